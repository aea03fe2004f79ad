import { expect, test } from '@jest/globals';
import { exitCodes } from '../../src/client/exit-codes.ts';

test('exit codes are what scripts and monitoring rely on: they never change', () => {
  expect(exitCodes).toEqual({
    done: 0,
    failed: 1,
    usage: 2,
    partial: 3,
    cancelled: 4,
    unreachable: 5,
    missed: 6,
    abandoned: 7,
    interrupted: 130,
  });
});
