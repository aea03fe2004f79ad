import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { directories } from './directories.ts';
import { withLock } from './lock.ts';
import { ensureTemporalProgram } from './program.ts';
import type { Report } from './program.ts';
import { freePort } from './ports.ts';
import { end, runs } from './processes.ts';
import { startServer } from './server.ts';
import type { Server } from './server.ts';

const stateSchema = z.object({
  pid: z.number().int().positive(),
  mark: z.string().min(1),
  address: z.string(),
  uiAddress: z.string(),
  dbFile: z.string(),
  logFile: z.string(),
});

export interface DevOptions {
  /** Where its data, log and state are; ~/.local/state/stackhand/dev by default. */
  readonly directory?: string;
  readonly port?: number;
  readonly uiPort?: number;
  readonly detach?: boolean;
  readonly env?: NodeJS.ProcessEnv;
}

export const devDirectory = (env: NodeJS.ProcessEnv = process.env): string => join(directories(env).state, 'dev');

/**
 * The dev server of this user: the one that runs, else a new one over the same data. `detach` only says whether our
 * own process waits for it; how it ends is stopDev's business either way.
 */
export async function startDev(report: Report, options: DevOptions = {}): Promise<Server> {
  const directory = options.directory ?? devDirectory(options.env);
  const waiting = (pid: number): void => report(`waiting for process ${pid}, which is starting the server`);
  return withLock(
    join(directory, 'lock'),
    async () => {
      const running = await devState(directory);
      if (running !== undefined) return running;
      const program = await ensureTemporalProgram(report, options.env === undefined ? {} : { env: options.env });
      const server = await startServer({
        program,
        dbFile: join(directory, 'temporal.db'),
        logFile: join(directory, 'server.log'),
        ...(await ports(directory, options)),
        ...(options.detach === undefined ? {} : { detach: options.detach }),
      });
      await writeState(directory, server);
      return server;
    },
    waiting,
  );
}

/** The dev server that runs; undefined where none does. */
export async function devState(directory = devDirectory()): Promise<Server | undefined> {
  const server = await lastState(directory);
  return server !== undefined && (await runs(server)) ? server : undefined;
}

/** Where the dev server of this user was the last time, whether it runs or not. */
export async function lastDevAddress(directory = devDirectory()): Promise<string | undefined> {
  return (await lastState(directory))?.address;
}

/** Ends it and waits for that. False where none ran. Its data stay. */
export async function stopDev(directory = devDirectory()): Promise<boolean> {
  const server = await devState(directory);
  if (server === undefined) return false;
  await end(server);
  return true;
}

/** The ports of the last time, so that an open Web UI and a worker find it again; where they are free. */
async function ports(directory: string, options: DevOptions): Promise<{ port?: number; uiPort?: number }> {
  const last = await lastState(directory);
  const port = options.port ?? (await same(last?.address));
  const uiPort = options.uiPort ?? (await same(last?.uiAddress));
  return { ...(port === undefined ? {} : { port }), ...(uiPort === undefined ? {} : { uiPort }) };
}

async function same(address: string | undefined): Promise<number | undefined> {
  const port = Number(address?.split(':').at(-1));
  return port > 0 && (await freePort(port)) === port ? port : undefined;
}

async function lastState(directory: string): Promise<Server | undefined> {
  const text = await readFile(join(directory, 'server.json'), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return stateSchema.parse(JSON.parse(text));
  } catch {
    // A file of another version, or cut short by a full disk: as good as none.
    await rm(join(directory, 'server.json'), { force: true });
    return undefined;
  }
}

async function writeState(directory: string, server: Server): Promise<void> {
  const file = join(directory, 'server.json');
  await mkdir(directory, { recursive: true });
  await writeFile(`${file}.new`, `${JSON.stringify(server, null, 2)}\n`);
  await rename(`${file}.new`, file);
}
