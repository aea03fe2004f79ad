import { expect, test } from '@jest/globals';
import { growingWait } from '../../src/domain/growing-wait.ts';

test('doubles from round to round, up to a quarter of an hour', () => {
  expect([0, 1, 2, 5, 6, 7, 5000].map((round) => growingWait(round, 20))).toEqual([20, 40, 80, 640, 900, 900, 900]);
  expect([0, 1, 4, 5].map((round) => growingWait(round, 45))).toEqual([45, 90, 720, 900]);
});

test('lets an undo go on for weeks before its history is full', () => {
  const eventsInARound = 30;
  let seconds = 0;
  for (let round = 0; round * eventsInARound < 51_200; round += 1) seconds += growingWait(round, 20);
  expect(seconds).toBeGreaterThan(14 * 24 * 3600);
});
