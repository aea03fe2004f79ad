import { access, constants, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { Fault } from '../../contracts/faults.ts';
import { directories } from './directories.ts';
import { download } from './download.ts';
import { goInstall } from './go-install.ts';
import { withLock } from './lock.ts';
import { release } from './release.ts';

export type Report = (line: string) => void;

/**
 * One way to get the program: puts `temporal` into an empty directory, or throws with the reason why it can't, in a
 * few words.
 */
export type Source = (directory: string, report: Report) => Promise<void>;

export interface ProgramOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** Tried in this order where the program is neither on PATH nor in the cache. */
  readonly sources?: readonly Source[];
}

/**
 * The path of a `temporal` program: from PATH, else from the cache, else fetched into the cache once (by download,
 * else built with Go: minutes). Two processes at once fetch once. Throws TemporalProgramMissing with what was tried.
 */
export async function ensureTemporalProgram(report: Report, options: ProgramOptions = {}): Promise<string> {
  const env = options.env ?? process.env;
  return (
    (await findTemporalProgram(env)) ?? fetchInto(cachedProgram(env), report, options.sources ?? [download, goInstall])
  );
}

/** The same without fetching anything; undefined where there is none. */
export async function findTemporalProgram(env: NodeJS.ProcessEnv = process.env): Promise<string | undefined> {
  for (const candidate of [...onPath(env), cachedProgram(env)]) {
    if (await works(candidate)) return candidate;
  }
  return undefined;
}

const onPath = (env: NodeJS.ProcessEnv): string[] =>
  (env['PATH'] ?? '')
    .split(':')
    .filter((directory) => directory !== '')
    .map((directory) => join(directory, 'temporal'));

const cachedProgram = (env: NodeJS.ProcessEnv): string =>
  join(directories(env).cache, `temporal-${release.version}`, 'temporal');

/** Another program may be called temporal, and a cache may hold one of another architecture: it has to answer. */
async function works(program: string): Promise<boolean> {
  try {
    await access(program, constants.X_OK);
    const { stdout } = await execa(program, ['--version'], { timeout: 20_000, killSignal: 'SIGKILL' });
    return /^temporal version /m.test(stdout);
  } catch {
    return false;
  }
}

async function fetchInto(program: string, report: Report, sources: readonly Source[]): Promise<string> {
  const target = join(program, '..');
  const waiting = (pid: number): void => report(`waiting for process ${pid}, which is fetching the Temporal program`);
  return withLock(
    `${target}.lock`,
    async () => {
      // Whoever held the lock before us may have just finished.
      if (await works(program)) return program;
      const reasons: string[] = [];
      for (const source of sources) {
        const fresh = `${target}.${process.pid}`;
        await mkdir(fresh, { recursive: true });
        try {
          await source(fresh, report);
          if (!(await works(join(fresh, 'temporal')))) throw new Error('what it gave does not run');
          // Whole or not at all: nobody ever finds half a program in the cache.
          await rm(target, { recursive: true, force: true });
          await rename(fresh, target);
          return program;
        } catch (error) {
          reasons.push((error as Error).message);
          report(`  ${(error as Error).message}`);
        } finally {
          await rm(fresh, { recursive: true, force: true });
        }
      }
      throw new Fault(
        'TemporalProgramMissing',
        `no Temporal program is here, and none could be fetched: ${reasons.join('; ')}`,
      );
    },
    waiting,
  );
}
