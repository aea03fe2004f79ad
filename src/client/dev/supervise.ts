import type { ChildProcess } from 'node:child_process';
import { hostname } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { connect } from '../connect.ts';
import { pollers } from '../queues.ts';
import { devState, startDev, stopDev } from '../temporal/dev.ts';
import type { Server } from '../temporal/server.ts';
import { filesSite, taskQueue } from '../../contracts/operation.ts';
import { becomeSupervisor, forget, tell } from './supervisor-state.ts';
import { exitOf, spawnWorker } from './worker-process.ts';

export interface SuperviseOptions {
  readonly config: string | undefined;
  readonly sites: readonly string[];
  readonly story: (line: string) => void;
  /** Told each time server and worker are both there. */
  readonly ready: (server: Server) => void;
  readonly signal: AbortSignal;
}

/** How long a worker may take to let go of what it holds. Jobs on hosts run on without it. Milliseconds. */
const drain = 30_000;

/** Keeps server and worker running until the signal, then ends both, the worker first. */
export async function supervise(options: SuperviseOptions): Promise<void> {
  await becomeSupervisor();
  try {
    for (let failures = 0; !options.signal.aborted;) {
      const server = await startDev(options.story);
      const began = Date.now();
      // It is of this machine and of this user, so it may as well read their files (image upload PATH).
      const sites = [...options.sites, filesSite(hostname())];
      const worker = spawnWorker({ ...options, sites, env: onlyThis(server) }, ['ignore', 'inherit', 'inherit']);
      const exit = exitOf(worker);
      const over = new AbortController();
      const signal = AbortSignal.any([options.signal, over.signal]);
      void announce(server, worker, { ...options, signal }).catch(() => undefined);
      const why = await Promise.race([
        exit.then((code) => `the worker ended with exit code ${String(code)}`),
        serverGone(signal),
      ]);
      over.abort();
      await tell({ ready: false });
      await stop(worker, exit);
      if (why === undefined) break;
      failures = Date.now() - began > 60_000 ? 1 : failures + 1;
      const wait = Math.min(30, 2 ** failures);
      options.story(`${why}; starting again in ${String(wait)} s`);
      await pause(wait * 1000, undefined, { signal: options.signal }).catch(() => undefined);
    }
  } finally {
    await stopDev();
    await forget();
  }
}

/** The worker is to serve this server, whatever the shell's environment and temporal.toml name. */
function onlyThis(server: Server): NodeJS.ProcessEnv {
  const rest = Object.entries(process.env).filter(([name]) => !name.startsWith('TEMPORAL_'));
  return {
    ...Object.fromEntries(rest),
    TEMPORAL_ADDRESS: server.address,
    TEMPORAL_NAMESPACE: 'default',
    // One that isn't there counts as none; an empty one is an error of the library's.
    TEMPORAL_CONFIG_FILE: `${server.dbFile}.no-toml`,
    // What an operation does is seen where it was started: this terminal is for what goes wrong.
    STACKHAND_LOG: process.env['STACKHAND_LOG'] ?? 'warn',
  };
}

/** Resolves with why when the server has gone; with undefined at the signal. */
async function serverGone(signal: AbortSignal): Promise<string | undefined> {
  while (!signal.aborted) {
    if ((await devState()) === undefined) return 'the Temporal server ended';
    await pause(2000, undefined, { signal }).catch(() => undefined);
  }
  return undefined;
}

async function announce(server: Server, worker: ChildProcess, { ready, signal }: SuperviseOptions): Promise<void> {
  const { client, close } = await connect({
    address: server.address,
    namespace: 'default',
    env: { PATH: process.env['PATH'] },
  });
  try {
    while (!signal.aborted) {
      const [mine] = (await pollers(client, taskQueue)).filter(({ identity }) =>
        identity.startsWith(`${String(worker.pid)}@`),
      );
      if (mine !== undefined) {
        await tell({ ready: true, ...(worker.pid === undefined ? {} : { workerPid: worker.pid }) });
        return ready(server);
      }
      await pause(250);
    }
  } finally {
    await close();
  }
}

async function stop(worker: ChildProcess, exit: Promise<number>): Promise<void> {
  worker.kill('SIGTERM');
  const killing = setTimeout(() => worker.kill('SIGKILL'), drain);
  await exit;
  clearTimeout(killing);
}
