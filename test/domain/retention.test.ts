import { describe, expect, test } from '@jest/globals';
import type { KeepRules } from '../../src/contracts/targets.ts';
import type { Backup } from '../../src/contracts/vm.ts';
import { prunePlan } from '../../src/domain/retention.ts';

const now = new Date('2026-12-31T12:00:00Z');
const web = '1ecbb2fc-12f0-42ff-85b0-74c668e27163';
const db = '63da3112-87ee-4646-8c88-f11c11c5d515';

function backup(takenAt: string, more: Partial<Backup> = {}): Backup {
  return { path: `web01-1ecbb2fc/${takenAt}`, status: 'good', takenAt, vm: 'web01', uuid: web, ...more };
}
const plan = (backups: Backup[], keep: KeepRules) =>
  prunePlan(backups, keep, now).map(({ path, keep, why }) => [path.split('/')[1], keep ? why : `remove: ${why}`]);

describe('rules', () => {
  test('keep the last so many', () => {
    const backups = ['2026-11-20T01:00:00Z', '2026-11-22T01:00:00Z', '2026-11-21T01:00:00Z'].map((at) => backup(at));
    expect(plan(backups, { last: 2 })).toEqual([
      ['2026-11-22T01:00:00Z', 'newest good, last 1 of 2'],
      ['2026-11-21T01:00:00Z', 'last 2 of 2'],
      ['2026-11-20T01:00:00Z', 'remove: no rule keeps it'],
    ]);
  });

  test('keep the newest of each day that has one, days without do not count; days are UTC', () => {
    const backups = [
      backup('2026-11-22T23:59:59Z'),
      backup('2026-11-22T00:00:00Z'),
      backup('2026-11-22T00:30:00+01:00'),
      backup('2026-10-01T01:00:00Z'),
      backup('2026-09-30T01:00:00Z'),
    ];
    expect(plan(backups, { daily: 3 })).toEqual([
      ['2026-11-22T23:59:59Z', 'newest good, daily 2026-11-22'],
      ['2026-11-22T00:00:00Z', 'remove: no rule keeps it'],
      ['2026-11-22T00:30:00+01:00', 'daily 2026-11-21'],
      ['2026-10-01T01:00:00Z', 'daily 2026-10-01'],
      ['2026-09-30T01:00:00Z', 'remove: no rule keeps it'],
    ]);
  });

  test('weeks are ISO weeks: Monday to Sunday, of the year of their Thursday', () => {
    const backups = ['2027-01-03', '2026-12-28', '2026-12-27', '2024-12-30', '2022-01-02'];
    const kept = prunePlan(
      backups.map((day) => backup(`${day}T00:00:00Z`)),
      { weekly: 9 },
      new Date('2027-02-01T00:00:00Z'),
    );
    expect(kept.map(({ why }) => why)).toEqual([
      'newest good, weekly 2026-W53',
      'no rule keeps it',
      'weekly 2026-W52',
      'weekly 2025-W01',
      'weekly 2021-W52',
    ]);
  });

  test('each counts by itself, and each says why', () => {
    const backups = ['2026-12-02', '2026-12-01', '2026-11-30', '2026-10-31'].map((day) => backup(`${day}T01:00:00Z`));
    expect(plan(backups, { last: 1, daily: 2, weekly: 1, monthly: 2 })).toEqual([
      ['2026-12-02T01:00:00Z', 'newest good, last 1 of 1, daily 2026-12-02, weekly 2026-W49, monthly 2026-12'],
      ['2026-12-01T01:00:00Z', 'daily 2026-12-01'],
      ['2026-11-30T01:00:00Z', 'monthly 2026-11'],
      ['2026-10-31T01:00:00Z', 'remove: no rule keeps it'],
    ]);
  });

  test('hold for each VM, which is its UUID, whatever it was called', () => {
    const renamed = backup('2026-11-21T01:00:00Z', { vm: 'www', uuid: web.toUpperCase() });
    const other = backup('2026-11-20T01:00:00Z', { vm: 'web01', uuid: db });
    expect(plan([renamed, other, backup('2026-11-22T01:00:00Z')], { last: 1 })).toEqual([
      ['2026-11-22T01:00:00Z', 'newest good, last 1 of 1'],
      ['2026-11-21T01:00:00Z', 'remove: no rule keeps it'],
      ['2026-11-20T01:00:00Z', 'newest good, last 1 of 1'],
    ]);
  });

  test.each([{}, { last: 0, daily: 0 }, { last: -1 }, { daily: 1.5 }, { weekly: Number.NaN, last: 3 }])(
    'that are empty or no counts are refused: %p',
    (keep) => {
      expect(() => prunePlan([backup('2026-11-22T01:00:00Z')], keep, now)).toThrow(
        expect.objectContaining({ type: 'InvalidInput' }),
      );
    },
  );
});

describe('never removed, and no slot used', () => {
  test.each<[string, Partial<Backup>, string]>([
    ['an unverified one', { status: 'unverified' }, 'unverified: never removed by rules'],
    [
      'an incomplete one',
      { status: 'incomplete', why: 'no manifest' },
      'incomplete (no manifest): never removed by rules',
    ],
    ['a damaged one', { status: 'damaged' }, 'damaged: never removed by rules'],
    ['a foreign one', { status: 'foreign' }, 'foreign: never removed by rules'],
    ['one of the future', { takenAt: '2031-01-01T00:00:00Z' }, 'dated in the future: never removed by rules'],
    ['one without a date', { takenAt: 'yesterday' }, 'its manifest has no UUID or date: never removed by rules'],
  ])('%s', (_, odd, why) => {
    const kept = plan([{ ...backup('2026-11-23T01:00:00Z'), ...odd }, backup('2026-11-22T01:00:00Z')], { last: 1 });
    expect(kept).toContainEqual(['2026-11-23T01:00:00Z', why]);
    expect(kept).toContainEqual(['2026-11-22T01:00:00Z', 'newest good, last 1 of 1']);
  });

  test('what belongs to no VM comes last', () => {
    const foreign: Backup = { path: 'x/lost+found', status: 'foreign', why: 'not a name of ours' };
    expect(plan([foreign, backup('2026-11-22T01:00:00Z')], { last: 1 }).map(([path]) => path)).toEqual([
      '2026-11-22T01:00:00Z',
      'lost+found',
    ]);
  });
});

describe('for any backups and rules', () => {
  // A small generator of its own (mulberry32), so that a failure names the seed that shows it again.
  const random = (seed: number) => () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const statuses = ['good', 'good', 'good', 'unverified', 'damaged', 'incomplete'] as const;

  test.each(Array.from({ length: 60 }, (_, seed) => seed))('seed %p', (seed) => {
    const next = random(seed);
    const upTo = (count: number) => Math.floor(next() * count);
    const backups = Array.from({ length: upTo(80) }, (_, at): Backup => {
      const takenAt = new Date(now.getTime() - upTo(400 * 24) * 3_600_000).toISOString();
      const uuid = [web, db][upTo(2)]!;
      return { path: `d/${at}`, status: statuses[upTo(6)]!, takenAt, uuid, vm: uuid === web ? 'web01' : 'db01' };
    });
    const keep = { last: upTo(5), daily: upTo(9), weekly: upTo(6), monthly: 1 + upTo(12) };
    const items = prunePlan(backups, keep, now);

    expect(items.map(({ path }) => path).sort()).toEqual(backups.map(({ path }) => path).sort());
    const removed = items.filter((item) => !item.keep);
    expect(removed.every(({ status }) => status === 'good')).toBe(true);
    for (const uuid of [web, db]) {
      const good = items.filter((item) => item.uuid === uuid && item.status === 'good');
      const kept = good.filter((item) => item.keep);
      // Newest first, so the first good one is the newest.
      if (good.length > 0) expect(good[0]!.keep).toBe(true);
      expect(kept.length).toBeLessThanOrEqual(1 + keep.last + keep.daily + keep.weekly + keep.monthly);
      expect(kept.length).toBeGreaterThanOrEqual(Math.min(good.length, Math.max(1, keep.last)));
      const months = (of: typeof good) => [...new Set(of.map(({ takenAt }) => takenAt!.slice(0, 7)))];
      expect(months(kept).slice(0, keep.monthly)).toEqual(months(good).slice(0, keep.monthly));
    }
    // Removing what the plan says, and asking again, removes nothing more.
    const left = backups.filter(({ path }) => items.some((item) => item.path === path && item.keep));
    expect(prunePlan(left, keep, now).every((item) => item.keep)).toBe(true);
  });
});
