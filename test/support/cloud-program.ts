import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll } from '@jest/globals';
import { filesSite } from '../../src/contracts/operation.ts';
import type { ServerOutcome } from '../../src/contracts/server-operation.ts';
import { cliHere } from '../client/support/cli.ts';
import type { Person, Ran } from '../client/support/cli.ts';
import { builtProgram } from './built.ts';
import { until } from './poll.ts';
import { scratchDirectory } from './scratch.ts';
import { expectNoSecrets, secretScan } from './secrets.ts';
import { useTemporal } from './temporal.ts';
import type { TemporalOptions } from './temporal.ts';

export interface CloudPlace {
  /** clouds.yaml, and the cloud in it that is meant. */
  readonly clouds: string;
  readonly cloud: string;
  /** The config file's text. */
  readonly config?: string;
}

/**
 * The program as its users have it, against a cloud: the CLI, and a real worker as a process of its own that can be
 * killed. `open` gives the cloud, once Temporal is there. With `standing` a worker serves one test after another. `env` is
 * added to the environment of both. At the end all that they wrote is searched for credentials.
 */
export function useCloudProgram(
  open: () => Promise<CloudPlace>,
  options: TemporalOptions & { standing?: boolean; env?: () => Record<string, string> } = {},
): CloudProgram {
  const program = new CloudProgram(useTemporal(options), options.env);
  beforeAll(async () => program.open(await open()), 120_000);
  if (options.standing !== true) afterEach(() => program.stopWorkers(), 60_000);
  afterAll(async () => {
    await program.stopWorkers();
    await expectNoSecrets();
  }, 60_000);
  return program;
}

export class CloudProgram {
  readonly temporal: ReturnType<typeof useTemporal>;
  readonly #workers = new Set<ChildProcess>();
  #directory = '';
  #said = '';
  readonly #more: () => Record<string, string>;
  #place: CloudPlace | undefined;

  constructor(temporal: ReturnType<typeof useTemporal>, more: () => Record<string, string> = () => ({})) {
    this.temporal = temporal;
    this.#more = more;
  }

  async open(place: CloudPlace): Promise<void> {
    this.#place = place;
    this.#directory = await scratchDirectory('program');
    // Records, reports, the log of its workers: all of it but what a person wrote, or `cloud import` for them.
    secretScan.wroteTo(this.#directory, ['config.yaml', 'clouds-rc']);
    await writeFile(join(this.#directory, 'config.yaml'), place.config ?? '{}\n');
    await builtProgram();
  }

  get directory(): string {
    return this.#directory;
  }

  /** What its workers wrote to stderr so far. */
  get said(): string {
    return this.#said;
  }

  get env(): Record<string, string> {
    return {
      PATH: process.env['PATH'] ?? '',
      HOME: this.#directory,
      ...this.temporal.env,
      STACKHAND_CONFIG: join(this.#directory, 'config.yaml'),
      OS_CLIENT_CONFIG_FILE: this.#place?.clouds ?? '',
      OS_CLOUD: this.#place?.cloud ?? '',
      ...this.#more(),
    };
  }

  /**
   * A worker process that serves; as that of `stackhand dev` it reads files of this machine too. `dist`: where its program
   * is, for one of another release.
   */
  async startWorker(
    sites: readonly string[] = [filesSite(hostname())],
    more: Record<string, string> = {},
    options: readonly string[] = [],
    dist?: string,
  ): Promise<ChildProcess> {
    const log = openSync(join(this.#directory, 'worker.log'), 'a');
    const main = `${dist ?? (await builtProgram())}/worker/main.js`;
    const args = [main, ...sites.flatMap((site) => ['--site', site]), ...options];
    const worker = spawn(process.execPath, args, {
      env: { ...this.env, ...more },
      stdio: ['ignore', log, 'pipe'],
    });
    if (worker.stderr === null) throw new Error('a pipe was asked for');
    this.#workers.add(worker);
    worker.once('exit', () => this.#workers.delete(worker));
    let told = '';
    worker.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      told += chunk;
      this.#said += chunk;
      secretScan.said("a worker's stderr", chunk);
    });
    await until(
      'the worker serves',
      () => {
        if (worker.exitCode !== null) throw new Error(`the worker ended: ${told}`);
        return told.includes('worker: ready');
      },
      30,
    );
    return worker;
  }

  /** One serves, whether it has to be started or not. */
  async ensureWorker(): Promise<void> {
    if (this.#workers.size === 0) await this.startWorker();
  }

  async kill(worker: ChildProcess): Promise<void> {
    const ended = once(worker, 'exit');
    worker.kill('SIGKILL');
    await ended;
  }

  async stopWorkers(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    await Promise.all(
      [...this.#workers].map(async (worker) => {
        const ended = once(worker, 'exit');
        worker.kill(signal);
        await ended;
      }),
    );
  }

  /** One command, as typed. */
  run(args: readonly string[], person?: Person): Promise<Ran> {
    return cliHere(args, this.env, person);
  }

  /** Its answer as JSON. */
  async json<T = Record<string, unknown>>(...args: readonly string[]): Promise<T & { exitCode: number | undefined }> {
    const { stdout, stderr, exitCode } = await this.run([...args, '--json']);
    try {
      return { ...(JSON.parse(stdout) as T), exitCode };
    } catch {
      throw new Error(`no JSON: ${stdout}\n${stderr}`);
    }
  }

  /** Starts it and gives its workflow id. */
  async begin(...args: readonly string[]): Promise<string> {
    return (await this.json<{ workflowId: string }>(...args, '--detach')).workflowId;
  }

  async outcomes(id: string): Promise<ServerOutcome[]> {
    return (await this.json<{ outcomes: ServerOutcome[] }>('operation', 'servers', id)).outcomes;
  }
}
