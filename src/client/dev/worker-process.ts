import { spawn } from 'node:child_process';
import type { ChildProcess, StdioOptions } from 'node:child_process';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

export interface WorkerSettings {
  readonly config: string | undefined;
  readonly sites: readonly string[];
  readonly metrics?: string | undefined;
  readonly build?: { readonly deployment: string; readonly buildId: string; readonly current: boolean } | undefined;
  /** Which Temporal it serves: TEMPORAL_*. */
  readonly env: NodeJS.ProcessEnv;
}

/**
 * A worker is a process of its own: it may take the CLI down with nothing, and the CLI may end without it. It
 * imports the native part of the SDK, which the CLI never loads.
 */
export function spawnWorker(
  { config, sites, metrics, build, env }: WorkerSettings,
  stdio: StdioOptions = 'inherit',
): ChildProcess {
  const main = fileURLToPath(new URL('../../worker/main.js', import.meta.url));
  const options = [
    ...(config === undefined ? [] : ['--config', config]),
    ...sites.flatMap((site) => ['--site', site]),
    ...(metrics === undefined ? [] : ['--metrics', metrics]),
    ...(build === undefined ? [] : ['--deployment', build.deployment, '--build-id', build.buildId]),
    ...(build?.current === true ? ['--current'] : []),
  ];
  return spawn(process.execPath, [...frugal.node, main, ...options], {
    env: { ...frugal.env, ...env },
    stdio,
    // In a group of its own Ctrl-C reaches us first, and we pass it on once.
    detached: true,
  });
}

/**
 * A worker waits most of its time, beside whatever else its machine does: young generations of V8 that are small, and
 * few arenas of glibc's malloc for the SDK's native threads, save it a fifth of its memory (docs/benchmarks.md).
 */
const frugal = { node: ['--max-semi-space-size=2'], env: { MALLOC_ARENA_MAX: '2' } } as const;

/** The exit code as a shell has it. */
export function exitOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    child.once('error', () => resolve(127));
    child.once('exit', (code, signal) => resolve(code ?? (signal === null ? 1 : 128 + constants.signals[signal])));
  });
}
