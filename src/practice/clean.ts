import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isSite, runningSite } from './directory.ts';
import { killProcesses } from './processes.ts';
import { scratchIn } from './scratch.ts';

/** Ends the site and everything that was started on it, detached jobs too, and removes its directory. */
export async function clean(directory: string): Promise<void> {
  if (!isSite(directory)) throw new Error(`${directory} is no practice site`);
  const pid = runningSite(scratchIn(directory));
  if (pid !== undefined) process.kill(pid, 'SIGTERM');
  while (runningSite(scratchIn(directory)) !== undefined) await sleep(50);
  await killProcesses(directory);
  // A mount is a link here: the share is removed with the rest, and nothing outside is followed.
  rmSync(directory, { recursive: true, force: true });
}
