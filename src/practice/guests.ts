import { closeSync, openSync, writeSync } from 'node:fs';
import type { Scratch } from './scratch.ts';
import { stateOf, type SiteState } from './state.ts';

/** Between the last write of a guest and its power-off, so that a write never lands on the disk of a VM that is off. */
const quietBeforeOff = 1000;

/**
 * What running guests do: each writes to its disks now and then, so that a backup taken of a running VM shows in the
 * image's times. Returns how to stop it.
 */
export function runGuests(scratch: Scratch, state: SiteState): () => void {
  const timer = setInterval(() => {
    // Puts what the passing of time has done (a guest that powered off) into the state and the logs.
    state.update(() => {});
    writeAll(scratch, state);
  }, 1000);
  return () => clearInterval(timer);
}

function writeAll(scratch: Scratch, state: SiteState): void {
  // Reading and writing are one tick of this process: `virsh destroy` allows for it before it answers.
  const now = Date.now();
  for (const { run, disks, ...domain } of Object.values(state.read().domains)) {
    if (run === undefined || stateOf({ run, disks, ...domain }) !== 'running') continue;
    if (run.offAt !== undefined && run.offAt - now < quietBeforeOff) continue;
    for (const { path, readonly } of disks) {
      // Only images of its own: a definition can name any file of this machine.
      if (path === undefined || readonly || !path.startsWith(`${scratch.directory}/`)) continue;
      writeLine(path, `${new Date(now).toISOString()} ${domain.name} is alive\n`);
    }
  }
}

function writeLine(path: string, line: string): void {
  try {
    const file = openSync(path, 'r+');
    writeSync(file, line, 512);
    closeSync(file);
  } catch {
    // The image was taken away from a running guest: qemu would report an I/O error inside of it.
  }
}
