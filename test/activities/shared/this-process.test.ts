import { once } from 'node:events';
import { spawn } from 'node:child_process';
import { describe, expect, test } from '@jest/globals';
import { isGone, thisProcess } from '../../../src/activities/shared/this-process.ts';

describe('a process', () => {
  test('that runs is not gone', () => {
    expect(isGone(thisProcess)).toBe(false);
  });

  test('that has ended is gone', async () => {
    const child = spawn('true');
    const pid = child.pid ?? 0;
    await once(child, 'exit');
    expect(isGone({ ...thisProcess, pid })).toBe(true);
  });

  test('whose number another one has by now is gone', () => {
    expect(isGone({ ...thisProcess, started: 'long ago' })).toBe(true);
  });

  test('of another machine may still be there', () => {
    expect(isGone({ machine: 'another', pid: 2 ** 30, started: '1' })).toBe(false);
  });
});
