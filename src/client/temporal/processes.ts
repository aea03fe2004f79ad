import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { execa } from 'execa';

/** A process as a state file names it. A pid alone may be somebody else's by now, so its command line counts too. */
export interface ProcessMark {
  readonly pid: number;
  /** A part of the command line that no other process has. */
  readonly mark: string;
}

/** True while that very process runs. A process that ended and waits for its parent to notice does not. */
export async function runs({ pid, mark }: ProcessMark): Promise<boolean> {
  return exists(pid) && (await commandLine(pid)).includes(mark);
}

/** SIGTERM, then SIGKILL when `patience` milliseconds have passed. Resolves when it is gone; gone already is fine. */
export async function end(process: ProcessMark, patience = 10_000): Promise<void> {
  if (!(await runs(process))) return;
  signal(process.pid, 'SIGTERM');
  if (await gone(process, patience)) return;
  signal(process.pid, 'SIGKILL');
  await gone(process, 5_000);
}

async function gone(process: ProcessMark, patience: number): Promise<boolean> {
  const deadline = Date.now() + patience;
  while (await runs(process)) {
    if (Date.now() > deadline) return false;
    await pause(50);
  }
  return true;
}

/** Linux tells in /proc, without a program; elsewhere ps does. Empty for a process that is gone. */
async function commandLine(pid: number): Promise<string> {
  if (process.platform === 'linux') {
    return readFile(`/proc/${pid}/cmdline`, 'utf8').then(
      (text) => text.replaceAll('\0', ' '),
      () => '',
    );
  }
  const { stdout } = await execa('ps', ['-ww', '-o', 'command=', '-p', String(pid)], { reject: false });
  return stdout;
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    // Gone between the look and the signal.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
