import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** An archive job as its files on the practice host tell it. */
export interface ArchiveJob {
  /** The process and when it started: another one would be another start. */
  readonly process: string;
  /** Bytes read of the disk. */
  readonly done: number;
  readonly total: number;
}

/**
 * The first archive job there is: the program keeps each in a directory of its own below jobs/OPERATION/STEP, with
 * files "pid" and "progress". Undefined before it has begun and after it was cleared away.
 */
export function archiveJob(runDirectory: string): ArchiveJob | undefined {
  const jobs = join(runDirectory, 'jobs');
  for (const operation of list(jobs)) {
    for (const step of list(join(jobs, operation))) {
      if (!step.startsWith('archive')) continue;
      const [pid, started] = words(join(jobs, operation, step, 'pid'));
      const [done, total] = words(join(jobs, operation, step, 'progress')).map(Number);
      if (pid !== undefined && started !== undefined && done !== undefined && total !== undefined) {
        return { process: `${pid}, started at tick ${started}`, done, total };
      }
    }
  }
  return undefined;
}

function list(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function words(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').trim().split(' ');
  } catch {
    return [];
  }
}

/** Looks at the job over the whole show. */
export class JobWatch {
  readonly processes = new Set<string>();
  readonly #timer: NodeJS.Timeout;
  #last: ArchiveJob | undefined;

  constructor(runDirectory: string) {
    this.#timer = setInterval(() => {
      const now = archiveJob(runDirectory);
      if (now === undefined) return;
      this.processes.add(now.process);
      this.#last = now;
    }, 200);
  }

  get last(): ArchiveJob | undefined {
    return this.#last;
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
