import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const main = fileURLToPath(new URL('../../client/main.js', import.meta.url));

const status = z.object({
  running: z.boolean(),
  pid: z.number().optional(),
  webUi: z.string().optional(),
  workers: z.array(z.string()),
});
const listed = z.array(z.object({ workflowId: z.string() }));

/** A command that runs in front of the person, on the same terminal. */
export interface Running {
  readonly ended: Promise<number>;
  /** As Ctrl-C does. */
  interrupt(): void;
}

/**
 * The program, as a person starts it, with a Temporal server of the demo's own: whatever else runs on this machine
 * is left alone, and finds nothing of the demo.
 */
export class Stackhand {
  readonly #env: NodeJS.ProcessEnv;
  readonly #signal: AbortSignal | undefined;

  /**
   * @param directory for its server's data; `config` is its config file
   * @param signal ends what is shown, and makes it a failure
   */
  constructor(directory: string, config: string, signal?: AbortSignal) {
    this.#signal = signal;
    const rest = Object.entries(process.env).filter(([name]) => !/^(TEMPORAL_|STACKHAND_)/.test(name));
    this.#env = {
      ...Object.fromEntries(rest),
      STACKHAND_CONFIG: config,
      XDG_STATE_HOME: join(directory, 'demo', 'state'),
      XDG_DATA_HOME: join(directory, 'demo', 'data'),
    };
  }

  show(...words: string[]): Running {
    return this.#run(words, 'inherit');
  }

  /** Server and worker in the background. Its story is shown, since the first time it fetches a server. */
  startDev(): Promise<number> {
    return this.#run(['dev', '--detach'], 'ignore').ended;
  }

  #run(words: string[], stdout: 'inherit' | 'ignore'): Running {
    const child = spawn(process.execPath, [main, ...words], { env: this.#env, stdio: ['inherit', stdout, 'inherit'] });
    const interrupt = (): void => void child.kill('SIGINT');
    this.#signal?.addEventListener('abort', interrupt, { once: true });
    const ended = once(child, 'exit').then(([code]) => {
      this.#signal?.removeEventListener('abort', interrupt);
      this.#signal?.throwIfAborted();
      return (code as number | null) ?? 1;
    });
    return { ended, interrupt };
  }

  /** Its answer, with --json; what it tells meanwhile is not shown. */
  async ask(...words: string[]): Promise<unknown> {
    const child = spawn(process.execPath, [main, ...words, '--json'], {
      env: this.#env,
      stdio: ['ignore', 'pipe', 'pipe'],
      // In a group of its own: a second Ctrl-C must not end what clears up after the first.
      detached: true,
    });
    let answer = '';
    let story = '';
    child.stdout.on('data', (chunk: Buffer) => (answer += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (story += chunk.toString()));
    await once(child, 'close');
    if (answer === '') throw new Error(`stackhand ${words.join(' ')} said nothing: ${story.trim()}`);
    return JSON.parse(answer);
  }

  async status(): Promise<z.infer<typeof status>> {
    return status.parse(await this.ask('dev', '--status'));
  }

  async newestOperation(vm: string): Promise<string | undefined> {
    return listed.parse(await this.ask('operation', 'list', '--vm', vm, '--limit', '1'))[0]?.workflowId;
  }

  /** A script that runs the program as the demo does, for the person to go on with. */
  writeWrapper(directory: string): string {
    const names = ['STACKHAND_CONFIG', 'XDG_STATE_HOME', 'XDG_DATA_HOME'];
    const lines = names.map((name) => `export ${name}=${quote(this.#env[name] ?? '')}`);
    const file = join(directory, 'stackhand');
    mkdirSync(directory, { recursive: true });
    writeFileSync(
      `${file}.new`,
      ['#!/bin/sh', ...lines, `exec ${quote(process.execPath)} ${quote(main)} "$@"`, ''].join('\n'),
      { mode: 0o755 },
    );
    renameSync(`${file}.new`, file);
    return file;
  }
}

const quote = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;
