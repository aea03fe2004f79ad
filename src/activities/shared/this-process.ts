import { randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { z } from 'zod';

/** A process, told apart from a later one that has its number. */
export const processIdentity = z.object({
  /** The machine since its boot, and the container in it: within it a number means one process. */
  machine: z.string(),
  pid: z.int(),
  started: z.string(),
});
export type ProcessIdentity = z.output<typeof processIdentity>;

/** Clock ticks since boot at which a process began: the 22nd field of /proc/PID/stat (proc(5)), after a name in brackets. */
function startOf(pid: number): string | undefined {
  try {
    const text = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

function machine(): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    // Nobody else is on it then, so nobody is seen to be gone from it.
    return randomUUID();
  }
}

export const thisProcess: ProcessIdentity = {
  machine: machine(),
  pid: process.pid,
  started: startOf(process.pid) ?? '',
};

/** Also one that /proc hides from this user, as systemd's ProtectProc and the mount option hidepid do. */
function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** Certainly gone; of another machine nobody can say. */
export function isGone({ machine: where, pid, started }: ProcessIdentity): boolean {
  if (where !== thisProcess.machine) return false;
  const now = startOf(pid);
  return now === undefined ? !isThere(pid) : now !== started;
}
