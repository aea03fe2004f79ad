import { describe, expect, test } from '@jest/globals';
import { batchSize, batchesOf, failureLimit, isFirstRound, roundOf, splitBatch } from '../../src/domain/batches.ts';

const page = (page: number, ...hosts: string[]) => ({
  page,
  servers: hosts.map((host, at) => ({ name: `${host}-${String(at)}`, host })),
});

describe('batches of a plan', () => {
  test('are neighbours of one page and one host, in its order', () => {
    const batches = batchesOf([page(0, 'a', 'a', 'a', 'b'), page(1, 'b', 'a')], 2);
    expect(batches.map(({ page: at, from, host, names }) => [at, from, host, names.length])).toEqual([
      [0, 0, 'a', 2],
      [0, 2, 'a', 1],
      [0, 3, 'b', 1],
      [1, 0, 'b', 1],
      [1, 1, 'a', 1],
    ]);
  });

  test('the canary is in batches of its own', () => {
    const sizes = batchesOf([page(0, ...Array<string>(10).fill('a'))], 4, 2).map(({ names }) => names.length);
    expect(sizes).toEqual([2, 4, 4]);
  });

  test('are a quarter of what may be in work, never more than a host bears, and never too many for a history', () => {
    expect(batchSize(100, 4, 4)).toBe(1);
    expect(batchSize(100, 100, 100)).toBe(25);
    expect(batchSize(100, 100, 10)).toBe(10);
    expect(batchSize(50_000, 200, 200)).toBe(50);
  });

  test('a limit of failures is a number, or a part of all that is planned', () => {
    expect(failureLimit(undefined, 200)).toBeUndefined();
    expect(failureLimit('3', 200)).toBe(3);
    expect(failureLimit('10%', 205)).toBe(20);
    expect(failureLimit('0', 5)).toBe(0);
  });

  test('a later round of an operation has a key of its own, and is told from the first', () => {
    expect([roundOf('drain-of-round-table', 1), roundOf('a', 3)]).toEqual(['drain-of-round-table', 'a-round-3']);
    expect(['drain-of-round-table', 'a-round-3', 'a-round-12'].map(isFirstRound)).toEqual([true, false, false]);
  });

  test('a batch that is larger than the room is begun in part', () => {
    const batch = { page: 0, from: 4, host: 'a', names: ['e', 'f', 'g'] };
    expect(splitBatch(batch, 3)).toEqual([batch]);
    expect(splitBatch(batch, 2)).toEqual([
      { ...batch, names: ['e', 'f'] },
      { ...batch, from: 6, names: ['g'] },
    ]);
  });
});
