import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/**
 * Runs `work` while no other process of this user does, by a lock file that holds its holder's pid. A holder that
 * died leaves the file behind: it is taken over. `waiting` is told once, with the holder's pid.
 */
export async function withLock<T>(
  file: string,
  work: () => Promise<T>,
  waiting: (pid: number) => void = () => {},
): Promise<T> {
  await mkdir(dirname(file), { recursive: true });
  // Linked into place, so that nobody ever reads a lock file without a pid in it.
  const mine = `${file}.${randomUUID()}`;
  await writeFile(mine, String(process.pid));
  try {
    for (let told = false; !(await take(mine, file)); await pause(100)) {
      const holder = Number(await readFile(file, 'utf8').catch(() => ''));
      if (holder > 0 && !alive(holder)) await clear(file, holder);
      else if (holder > 0 && !told) {
        waiting(holder);
        told = true;
      }
    }
  } finally {
    await rm(mine, { force: true });
  }
  try {
    return await work();
  } finally {
    await rm(file, { force: true });
  }
}

async function take(mine: string, file: string): Promise<boolean> {
  try {
    await link(mine, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Moves a dead holder's file away; what was moved by mistake, since somebody else was faster, goes back. */
async function clear(file: string, holder: number): Promise<void> {
  const moved = `${file}.${randomUUID()}`;
  await rename(file, moved).catch(() => {});
  const was = Number(await readFile(moved, 'utf8').catch(() => ''));
  if (was > 0 && was !== holder) await link(moved, file).catch(() => {});
  await rm(moved, { force: true });
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
