import { spawn } from 'node:child_process';
import type { ChildProcess, SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { isAlive, until } from '../../../support/poll.ts';
import { janitorEnds } from '../../../support/server.ts';

/** A program of the topology, with all that it starts. What it says goes into a file. */
export class Program {
  readonly log: string;
  readonly #process: ChildProcess;

  private constructor(process: ChildProcess, log: string) {
    this.#process = process;
    this.log = log;
  }

  static async start(log: string, program: string, args: readonly string[], options: SpawnOptions): Promise<Program> {
    const said = openSync(log, 'a');
    const child = spawn(program, args, { ...options, stdio: ['ignore', said, said] });
    await once(child, 'spawn');
    if (child.pid !== undefined) await janitorEnds({ pid: child.pid });
    return new Program(child, log);
  }

  get ended(): boolean {
    return this.#process.exitCode !== null || this.#process.signalCode !== null;
  }

  /** Itself and everything below it. */
  async pids(): Promise<number[]> {
    const { pid } = this.#process;
    if (pid === undefined || this.ended) return [];
    return [pid, ...(await below(pid))];
  }

  /** SIGKILL for all of it at once, as its container's end would. */
  async kill(): Promise<void> {
    const pids = await this.pids();
    for (const pid of pids) signal(pid, 'SIGKILL');
    await until('what was killed is gone', async () => !(await anyAlive(pids)));
  }

  /** Waits until it is of use, and says what it said when it ended instead. */
  async ready(what: string, condition: () => Promise<boolean>, seconds: number): Promise<void> {
    const told = async (): Promise<string> => {
      const lines = (await readFile(this.log, 'utf8')).trimEnd().split('\n').slice(-4);
      return lines.map((line) => line.slice(0, 300)).join('\n');
    };
    await until(
      what,
      async () => {
        if (this.ended) throw new Error(`it ended before ${what}:\n${await told()}`);
        return condition();
      },
      seconds,
    );
  }
}

async function anyAlive(pids: readonly number[]): Promise<boolean> {
  return (await Promise.all(pids.map(isAlive))).some(Boolean);
}

async function below(parent: number): Promise<number[]> {
  const stats = await Promise.all(
    (await readdir('/proc'))
      .filter((name) => /^\d+$/.test(name))
      .map((name) => readFile(`/proc/${name}/stat`, 'latin1').catch(() => '')),
  );
  const children = stats.flatMap((stat) => {
    const [, pid, of] = /^(\d+) \(.*\) \S (\d+)/s.exec(stat) ?? [];
    return Number(of) === parent ? [Number(pid)] : [];
  });
  return (await Promise.all(children.map(async (child) => [child, ...(await below(child))]))).flat();
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    // It ended with its parent.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
