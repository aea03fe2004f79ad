import { describe, expect, test } from '@jest/globals';
import picocolors from 'picocolors';
import { Rates } from '../../../src/client/render/measure.ts';
import { rowsOf } from '../../../src/client/render/rows.ts';
import { table } from '../../../src/client/render/table.ts';
import type { Canvas } from '../../../src/client/render/table.ts';
import type { Sight } from '../../../src/client/watch.ts';
import { width } from '../../../src/client/render/text.ts';
import { item, sight } from '../support/sight.ts';

const plain: Canvas = { colour: picocolors.createColors(false), unicode: true, columns: 100, rows: 40 };

const drawn = (seen: Sight, now: number, canvas: Partial<Canvas> = {}): string[] =>
  table(seen, rowsOf(seen, new Rates(), now), now, { ...plain, ...canvas });

describe('the table of an operation', () => {
  const archiving = sight(
    [
      item('Look', { state: 'done', startedAt: 0, endedAt: 2000 }),
      item('Archive vda', { state: 'running', startedAt: 2000, activityId: 'archive-vda' }),
      item('Verify vda'),
    ],
    {
      pending: [
        {
          activityId: 'archive-vda',
          attempt: 1,
          started: true,
          queued: false,
          progress: { done: 2 ** 32, total: 2 ** 33, rate: 100 * 2 ** 20 },
        },
      ],
    },
  );

  test('has a line for each step, with bytes, rate and time left of the one that runs', () => {
    expect(drawn(archiving, 62_000)).toEqual([
      'Back up web01 on kvm1  working  1 min 2 s',
      '  ✔ Look         2 s',
      '  ▶ Archive vda  ████████░░░░░░░░ 50 %  4 GiB of 8 GiB  100 MiB/s  40 s left  1 min',
      '  · Verify vda',
    ]);
  });

  test('has marks of ASCII where the terminal has no others', () => {
    expect(drawn(archiving, 62_000, { unicode: false })[2]).toBe(
      '  > Archive vda  ########........ 50 %  4 GiB of 8 GiB  100 MiB/s  40 s left  1 min',
    );
  });

  test.each([40, 60, 80])('is never wider than a terminal of %i columns', (columns) => {
    for (const line of drawn(archiving, 62_000, { columns })) expect(width(line)).toBeLessThanOrEqual(columns);
  });

  test('says why a step takes long: its last attempt failed', () => {
    const pending = [
      {
        activityId: 'm',
        attempt: 4,
        started: false,
        queued: false,
        failure: 'kvm1: connection\nrefused',
        nextAttemptAt: 22_000,
      },
    ];
    expect(
      drawn(sight([item('Mount', { state: 'running', startedAt: 0, activityId: 'm' })], { pending }), 10_000)[1],
    ).toBe('  ▶ Mount  10 s  attempt 4 in 12 s: kvm1: connection refused');
  });

  test('says what a step waits for, as its activity tells it', () => {
    const pending = [
      { activityId: 's', attempt: 1, started: true, queued: false, note: 'waiting for web01 to power off, 4 min left' },
    ];
    expect(
      drawn(sight([item('Shut down', { state: 'running', startedAt: 0, activityId: 's' })], { pending }), 9000)[1],
    ).toBe('  ▶ Shut down  9 s  waiting for web01 to power off, 4 min left');
  });

  test('says what is waited for, and who is needed', () => {
    const waiting = sight([], { trouble: 'no worker' }, { phase: 'needs you', note: 'kvm1 does not answer' });
    expect(drawn(waiting, 1000)).toEqual([
      'Back up web01 on kvm1  needs you  1 s',
      '  kvm1 does not answer',
      '  no worker',
    ]);
  });

  test('tells the operation before any worker has told it', () => {
    const { ledger: _, ...unknown } = sight([]);
    expect(drawn(unknown, 5000)).toEqual(['vm-backup/kvm1/web01/1f3c9a2e  starting  5 s']);
  });

  test('has the steps of a VM below it where several are backed up', () => {
    const several = sight(
      [
        item('Back up web01', { name: 'web01', state: 'running', startedAt: 0 }),
        item('Back up db01', { name: 'db01' }),
      ],
      { children: [sight([item('Look', { state: 'running' })])] },
      { title: 'Back up web01, db01 on kvm1' },
    );
    expect(drawn(several, 3000).slice(1)).toEqual(['  ▶ Back up web01  3 s', '    ▶ Look', '  · Back up db01']);
  });
});

describe('more items than the terminal has lines', () => {
  const many = sight(
    Array.from({ length: 700 }, (_, index) =>
      item(`Stop ${String(index)}`, { state: index < 300 ? 'done' : index < 304 ? 'running' : 'planned' }),
    ),
  );

  test('are counted, and those that run are shown', () => {
    const lines = drawn(many, 0, { rows: 12 });
    expect(lines).toHaveLength(12);
    for (const running of ['Stop 300', 'Stop 303']) expect(lines.join('\n')).toContain(`▶ ${running}`);
    expect(lines.at(-1)).toBe('  300 done, 4 running, 396 planned');
  });

  test('a failed one is never left out for a planned one', () => {
    const failed = sight([...(many.ledger?.items ?? []), item('Stop last', { state: 'failed', why: 'no host' })]);
    expect(drawn(failed, 0, { rows: 12 }).join('\n')).toContain('✘ Stop last  no host');
  });
});
