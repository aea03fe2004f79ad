import { expect, test } from '@jest/globals';
import { backupProblems } from '../../../src/domain/health/backup-problems.ts';

const now = Date.UTC(2026, 10, 28, 12);
const hoursAgo = (hours: number): string => new Date(now - hours * 3_600_000).toISOString();
const told = (
  vms: Parameters<typeof backupProblems>[1],
  expected: readonly { vm: string; within: number }[],
): string[] =>
  backupProblems(
    'kvm1',
    vms,
    expected.map((each) => ({ host: 'kvm1', ...each })),
    now,
  ).problems.map(({ verdict, what }) => `${verdict}: ${what}`);
const day = 24 * 3600;

test('one that is too old, or none at all', () => {
  const vms = [{ name: 'web01', at: hoursAgo(50) }, { name: 'web02' }, { name: 'web03', at: hoursAgo(20) }];
  expect(told(vms, [{ vm: '*', within: day }])).toEqual([
    'critical: the newest good backup of VM web01 is 2 d 2 h old, and may be 1 d',
    'critical: VM web02 has no good backup',
  ]);
});

test('where several expectations mean a VM the strictest counts, in whichever order', () => {
  const vms = [{ name: 'db01', at: hoursAgo(20) }];
  const expected = [
    { vm: '*', within: 7 * day },
    { vm: 'db*', within: 3600 },
  ];
  for (const order of [expected, [...expected].reverse()]) expect(told(vms, order)).toHaveLength(1);
});

test('a VM that nobody has, and a note without a date, are not silence', () => {
  expect(told([], [{ vm: 'web01', within: day }])).toEqual([
    'unknown: no VM is called web01, and backups of it are expected',
  ]);
  expect(told([{ name: 'web01', at: 'yesterday' }], [{ vm: '*', within: day }])).toEqual([
    'unknown: the note of the newest backup of VM web01 has no date: yesterday',
  ]);
});
