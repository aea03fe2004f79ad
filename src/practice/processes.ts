import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { marker } from './scratch.ts';

export interface Process {
  readonly pid: number;
  /** Its command line, for people. */
  readonly command: string;
  /** Working directory and open files. */
  files(): string[];
}

/**
 * Everything that runs on the practice site of this directory, detached jobs too: a child inherits the environment,
 * whatever process group or session it moves to.
 */
export function processesOf(directory: string): Process[] {
  const wanted = `${marker}=${directory}`;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => read(`/proc/${pid}/environ`).split('\0').includes(wanted))
    .map((pid) => ({
      pid: Number(pid),
      command: read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim().slice(0, 200),
      files: () => [`/proc/${pid}/cwd`, ...list(`/proc/${pid}/fd`)].map(target).filter((file) => file !== ''),
    }));
}

/** Ends them as a power cut does. Resolves when none is left. */
export async function killProcesses(directory: string): Promise<void> {
  for (;;) {
    const left = processesOf(directory).filter(({ pid }) => pid !== process.pid);
    if (left.length === 0) return;
    for (const { pid } of left) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It ended by itself.
      }
    }
    await sleep(50);
  }
}

// Processes come and go while they are read, and those of others can't be read: neither is one of ours.
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function list(directory: string): string[] {
  try {
    return readdirSync(directory).map((name) => `${directory}/${name}`);
  } catch {
    return [];
  }
}

function target(link: string): string {
  try {
    return readlinkSync(link);
  } catch {
    return '';
  }
}
