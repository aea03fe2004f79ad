import { expect, test } from '@jest/globals';
import { fairShares } from '../../src/domain/fair-shares.ts';

test.each([
  [4, [4], [4]],
  [4, [4, 4], [2, 2]],
  [4, [1, 4], [1, 3]],
  [5, [4, 4], [3, 2]],
  [4, [4, 0, 4], [2, 0, 2]],
  [2, [1, 1, 1], [1, 1, 0]],
  [8, [1, 2], [1, 2]],
  [4, [], []],
])('of %i, those who want %j get %j', (total, wants, shares) => {
  expect(fairShares(total, wants)).toEqual(shares);
});
