import { expect, test } from '@jest/globals';
import { formatAge, formatBytes, formatDuration, formatEta, formatRate } from '../../src/domain/format.ts';

const KiB = 1024;
const MiB = 1024 * KiB;
const GiB = 1024 * MiB;

test.each([
  [0, '0 B'],
  [-5, '0 B'],
  [1, '1 B'],
  [1023, '1023 B'],
  [1024, '1 KiB'],
  [1023.6 * KiB, '1 MiB'],
  [1.24 * GiB, '1.2 GiB'],
  [9.96 * GiB, '10 GiB'],
  [85.4 * MiB, '85 MiB'],
  [3 * 1024 ** 5, '3 PiB'],
  [5000 * 1024 ** 5, '5000 PiB'],
])('%p bytes are %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test('a rate is bytes per second', () => {
  expect(formatRate(85 * MiB)).toBe('85 MiB/s');
});

test.each([
  [0, '0 s'],
  [999, '0 s'],
  [45_000, '45 s'],
  [200_000, '3 min 20 s'],
  [3_600_000, '1 h'],
  [7_509_000, '2 h 5 min'],
  [3_605_000, '1 h'],
  [90_061_000, '1 d 1 h'],
])('%p ms last %s', (milliseconds, text) => {
  expect(formatDuration(milliseconds)).toBe(text);
});

test.each([
  [0, 100, 5000, ''],
  [50, 100, 0, ''],
  [101, 100, 5000, ''],
  [25, 100, 10_000, '30 s left'],
  [100, 100, 10_000, 'almost done'],
])('%p of %p after %p ms: %j', (done, total, elapsed, text) => {
  expect(formatEta(done, total, elapsed)).toBe(text);
});

test.each([
  [undefined, 'never'],
  ['not a date', 'unknown'],
  ['2026-11-22T12:00:30Z', 'just now'],
  ['2026-11-22T12:04:59Z', 'just now'],
  ['2026-11-22T13:00:00Z', 'in the future'],
  ['2026-11-22T11:59:00Z', '1 minute ago'],
  ['2026-11-22T11:00:00Z', '1 hour ago'],
  ['2026-11-20T13:00:00Z', '47 hours ago'],
  ['2026-11-20T12:00:00Z', '2 days ago'],
  [new Date('2026-01-01T00:00:00Z'), '325 days ago'],
])('at noon of 2026-11-22, %s is %s', (at, text) => {
  expect(formatAge(at, new Date('2026-11-22T12:00:00Z'))).toBe(text);
});
