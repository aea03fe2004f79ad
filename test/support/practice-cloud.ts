import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Effect } from '../../src/practice/cloud/entities.ts';
import { builtProgram } from './built.ts';
import { scratchDirectory } from './scratch.ts';
import { secretScan } from './secrets.ts';

export interface CloudReady {
  readonly authUrl: string;
  readonly clouds: string;
  readonly adminrc: string;
  readonly control: string;
}

/** A practice cloud as its own process, and the way to steer it. */
export class PracticeCloud {
  readonly ready: CloudReady;
  readonly #process: ChildProcess;

  private constructor(process: ChildProcess, ready: CloudReady) {
    this.#process = process;
    this.ready = ready;
  }

  /** Options as its command line has them, without the dashes. */
  static async start(options: Readonly<Record<string, string | number>> = {}): Promise<PracticeCloud> {
    const directory = await scratchDirectory('cloud');
    // Told from every other word, so that it can be looked for where it must not be.
    const password = `practice-${randomBytes(9).toString('base64url')}`;
    const tokens = join(directory, 'tokens');
    secretScan.secret("the cloud's password", password);
    secretScan.secretsOf("a token of the cloud's", tokens);
    const args = Object.entries({ directory, password, tokens, ...options }).flatMap(([name, value]) => [
      `--${name}`,
      String(value),
    ]);
    const child = spawn(process.execPath, [`${await builtProgram()}/practice/cloud.js`, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines = createInterface({ input: child.stdout });
    const [line] = (await Promise.race([
      once(lines, 'line'),
      once(child, 'exit').then(() => Promise.reject(new Error('the practice cloud ended'))),
    ])) as [string];
    return new PracticeCloud(child, JSON.parse(line) as CloudReady);
  }

  /** One request to its control. */
  async control<T = unknown>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(`${this.ready.control}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${text}`);
    return JSON.parse(text) as T;
  }

  faults(...rules: object[]): Promise<unknown> {
    return this.control('PUT', '/faults', rules);
  }

  /** Ids of new servers. */
  addServers(given: object = {}): Promise<string[]> {
    return this.control('POST', '/servers', given);
  }

  effects(): Promise<Effect[]> {
    return this.control('GET', '/effects');
  }

  /** How often each of these got that action. */
  async times(ids: readonly string[], action: string): Promise<number[]> {
    const counts = new Map<string, number>();
    for (const effect of await this.effects())
      if (effect.action === action) counts.set(effect.server, (counts.get(effect.server) ?? 0) + 1);
    return ids.map((id) => counts.get(id) ?? 0);
  }

  calls(): Promise<Record<string, number>> {
    return this.control('GET', '/calls');
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGTERM');
    await ended;
  }
}
