import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { say } from './say.mjs';

/**
 * Runs `work` while no other process of this machine does, by a lock file that holds its holder's pid. A holder that
 * died leaves the file behind: it is taken over.
 */
export async function withLock(file, work) {
  await mkdir(dirname(file), { recursive: true });
  // Linked into place, so that nobody ever reads a lock file without a pid in it.
  const mine = `${file}.${randomUUID()}`;
  await writeFile(mine, String(process.pid));
  try {
    for (let told = false; !(await take(mine, file));) {
      const holder = Number(await readFile(file, 'utf8').catch(() => ''));
      if (holder > 0 && !alive(holder)) await clear(file, holder);
      else if (holder > 0 && !told) {
        say(`  waiting for process ${holder}, which is setting up the same checkout`);
        told = true;
      }
      await pause(100);
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

const take = (mine, file) =>
  link(mine, file).then(
    () => true,
    (error) => {
      if (error.code === 'EEXIST') return false;
      throw error;
    },
  );

/** Moves a dead holder's file away; what was moved by mistake (somebody else was faster) goes back. */
async function clear(file, holder) {
  const moved = `${file}.${randomUUID()}`;
  await rename(file, moved).catch(() => {});
  const was = Number(await readFile(moved, 'utf8').catch(() => ''));
  if (was > 0 && was !== holder) await link(moved, file).catch(() => {});
  await rm(moved, { force: true });
}

function alive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
