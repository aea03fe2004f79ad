import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll } from '@jest/globals';
import { execa } from 'execa';
import type { Activities } from '../../../src/activities/index.ts';
import type { Ledger } from '../../../src/contracts/operation.ts';
import { useTemporal } from '../../support/temporal.ts';
import type { Lab } from './lab.ts';
import { on, scratch, writeConfig } from './lab.ts';

/** How a CLI command ended. */
export interface Answer {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * The program as its users have it: the real CLI and the real worker as processes of their own, on a Temporal server
 * of this file's own, against a real hypervisor.
 */
export function useSite(lab: Lab, config = ''): Site {
  const temporal = useTemporal({ own: true });
  const site = new Site(lab, temporal);
  beforeAll(() => site.open(config), 120_000);
  afterEach(() => site.stopWorkers(), 60_000);
  afterAll(() => site.close(), 60_000);
  return site;
}

export class Site {
  readonly lab: Lab;
  readonly temporal: ReturnType<typeof useTemporal>;
  #directory = '';
  #config = '';
  #remove: () => Promise<void> = () => Promise.resolve();
  readonly #workers = new Set<ChildProcess>();

  constructor(lab: Lab, temporal: ReturnType<typeof useTemporal>) {
    this.lab = lab;
    this.temporal = temporal;
  }

  async open(config: string): Promise<void> {
    const { directory, remove } = await scratch();
    this.#directory = directory;
    this.#remove = remove;
    this.#config = await writeConfig(this.lab, directory, config);
  }

  get directory(): string {
    return this.#directory;
  }

  get env(): NodeJS.ProcessEnv {
    const { PATH, HOME } = process.env;
    return {
      PATH,
      HOME,
      ...this.temporal.env,
      STACKHAND_CONFIG: this.#config,
      XDG_DATA_HOME: join(this.#directory, 'data'),
      XDG_STATE_HOME: join(this.#directory, 'state'),
    };
  }

  /** Starts a worker process and waits until it serves. */
  async startWorker(): Promise<ChildProcess> {
    const log = openSync(join(this.#directory, 'worker.log'), 'a');
    const worker = spawn(process.execPath, ['dist/worker/main.js'], { env: this.env, stdio: ['ignore', log, 'pipe'] });
    this.#workers.add(worker);
    worker.once('exit', () => this.#workers.delete(worker));
    let told = '';
    worker.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      told += chunk;
    });
    await until(() => told.includes('ready') || worker.exitCode !== null, 30_000, 'the worker serves');
    if (worker.exitCode !== null) throw new Error(`the worker ended: ${told}`);
    return worker;
  }

  /** As a machine's power loss would: no goodbye. */
  async kill(worker: ChildProcess): Promise<void> {
    const ended = once(worker, 'exit');
    worker.kill('SIGKILL');
    await ended;
  }

  async stopWorkers(): Promise<void> {
    await Promise.all([...this.#workers].map((worker) => this.kill(worker)));
  }

  async cli(...args: string[]): Promise<Answer> {
    const { exitCode, stdout, stderr } = await execa(process.execPath, ['dist/client/main.js', ...args], {
      env: this.env,
      extendEnv: false,
      reject: false,
      timeout: 280_000,
      stdin: 'ignore',
    });
    return { exitCode: exitCode ?? -1, stdout, stderr };
  }

  /** Starts an operation without following it; resolves with its workflow id. */
  async begin(...args: string[]): Promise<string> {
    const { exitCode, stdout, stderr } = await this.cli(...args, '--detach', '--json');
    if (exitCode !== 0) throw new Error(`${args.join(' ')}: ${stderr}`);
    const { workflowId } = JSON.parse(stdout) as { workflowId: string };
    return workflowId;
  }

  /** Begins a backup that is slow enough to be caught in the middle of its archive, and waits until it is there. */
  async beginArchiving(vm: string, ...more: string[]): Promise<string> {
    const id = await this.begin('vm', 'backup', vm, '--shutdown', '--bandwidth', '2M/s', ...more);
    await this.reached(id, 'archive');
    const progress = 'cat /run/stackhand/jobs/*/archive-*/progress 2>/dev/null; true';
    await until(async () => (await on(this.lab, progress)) !== '', 60_000, 'the archive is under way', 500);
    return id;
  }

  /** Types of the activities that were scheduled so far, in order. */
  async scheduled(workflowId: string): Promise<string[]> {
    const { events } = await this.temporal.client.workflow.getHandle(workflowId).fetchHistory();
    return (events ?? []).flatMap(({ activityTaskScheduledEventAttributes: scheduled }) =>
      scheduled?.activityType?.name == null ? [] : [scheduled.activityType.name],
    );
  }

  /** Waits until an activity of this type has been scheduled for the nth time. */
  async reached(workflowId: string, activity: keyof Activities, times = 1): Promise<void> {
    await until(
      async () => (await this.scheduled(workflowId)).filter((name) => name === activity).length >= times,
      120_000,
      `${workflowId} reaches ${activity}`,
      50,
    );
  }

  async ledger(workflowId: string): Promise<Ledger> {
    return this.temporal.client.workflow.getHandle(workflowId).query<Ledger>('ledger');
  }

  /** The workflow's status once it has closed. */
  async ended(workflowId: string, within = 240_000): Promise<string> {
    const handle = this.temporal.client.workflow.getHandle(workflowId);
    await until(async () => (await handle.describe()).status.name !== 'RUNNING', within, `${workflowId} ends`);
    return (await handle.describe()).status.name;
  }

  async close(): Promise<void> {
    await this.stopWorkers();
    await this.#remove();
  }
}

/** Polls a condition until it holds; throws at the deadline. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  within: number,
  what: string,
  every = 200,
): Promise<void> {
  const deadline = Date.now() + within;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`not within ${String(within / 1000)} s: ${what}`);
    await pause(every);
  }
}
