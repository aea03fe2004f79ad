import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { execa } from 'execa';
import { withLock } from '../../../src/client/temporal/lock.ts';
import { scratchDirectory } from '../../support/scratch.ts';

describe('withLock', () => {
  test('holds the lock while the work runs, and leaves nothing behind, also after a failure', async () => {
    const directory = await scratchDirectory('lock');
    const file = join(directory, 'lock');
    expect(await withLock(file, () => readFile(file, 'utf8'))).toBe(String(process.pid));
    await expect(withLock(file, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(await readdir(directory)).toEqual([]);
  });

  test('waits for a holder that lives, and says for which', async () => {
    const file = join(await scratchDirectory('lock'), 'lock');
    const holder = execa('sleep', ['30'], { reject: false });
    await writeFile(file, String(holder.pid));
    const told: number[] = [];
    let entered = false;
    const waiting = withLock(
      file,
      () => Promise.resolve((entered = true)),
      (pid) => told.push(pid),
    );
    await pause(300);
    expect(entered).toBe(false);
    expect(told).toEqual([holder.pid]);
    holder.kill();
    await holder;
    expect(await waiting).toBe(true);
  });

  test('of several who find a dead holder, one at a time gets in', async () => {
    const file = join(await scratchDirectory('lock'), 'lock');
    const dead = await execa('sh', ['-c', 'echo $$']);
    await writeFile(file, dead.stdout);
    let inside = 0;
    const most: number[] = [];
    await Promise.all(
      Array.from({ length: 6 }, () =>
        withLock(file, async () => {
          most.push((inside += 1));
          await pause(20);
          inside -= 1;
        }),
      ),
    );
    expect(most).toEqual([1, 1, 1, 1, 1, 1]);
  });
});
