import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll } from '@jest/globals';
import { Context } from '@temporalio/activity';
import { DefaultLogger, bundleWorkflowCode } from '@temporalio/worker';
import type { WorkflowBundleWithSourceMap } from '@temporalio/worker';
import type { ResultPromise } from 'execa';
import { execa } from 'execa';
import { builtProgram } from '../../support/built.ts';
// jest can't link one module for two dynamic imports at once, and the CLI loads these when it needs them.
import '../../../src/client/connect.ts';
import '../../../src/client/find-operation.ts';
import '../../../src/client/inspect.ts';
import '../../../src/client/offer-dev.ts';
import '../../../src/client/recent-runs.ts';
import '../../../src/client/render/view.ts';
import '../../../src/client/schedules.ts';
import { runCli } from '../../../src/client/run.ts';
import { runDirectory, scratchDirectory } from '../../support/scratch.ts';
import { expectNoSecrets, secretScan } from '../../support/secrets.ts';

export interface Ran {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number | undefined;
}

export interface Cli {
  /** Runs `stackhand ARGS` as a process without a terminal, to its end. */
  (args: readonly string[], env?: NodeJS.ProcessEnv): Promise<Ran>;
  /** The same, left running. */
  start(args: readonly string[], env?: NodeJS.ProcessEnv): ResultPromise;
  /** Its home, empty at first. */
  readonly home: string;
}

/** The compiled CLI with a home of its own and nothing of this machine's environment. Call it at the top of a file. */
export function useCli(surroundings: () => NodeJS.ProcessEnv = () => ({})): Cli {
  const place = { main: '', home: '' };
  beforeAll(async () => {
    place.main = `${await builtProgram()}/client/main.js`;
    place.home = await scratchDirectory('home');
    await mkdir(join(place.home, 'work'));
  }, 180_000);
  afterAll(() => expectNoSecrets());
  const start = (args: readonly string[], env: NodeJS.ProcessEnv = {}) => {
    const running = execa(process.execPath, [place.main, ...args], {
      reject: false,
      extendEnv: false,
      stdin: 'ignore',
      cwd: join(place.home, 'work'),
      env: { PATH: process.env['PATH'], HOME: place.home, LANG: 'C.UTF-8', TZ: 'UTC', ...surroundings(), ...env },
      timeout: 60_000,
    });
    void running.then((ran) => heard(args, ran));
    return running;
  };
  const run = async (args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ran> => {
    const { stdout, stderr, exitCode } = await start(args, env);
    return { stdout, stderr, exitCode };
  };
  return Object.defineProperty(Object.assign(run, { start }), 'home', { get: () => place.home }) as unknown as Cli;
}

/** Whatever was said, no credential was in it. */
const heard = (args: readonly string[], { stdout, stderr }: Pick<Ran, 'stdout' | 'stderr'>): void =>
  secretScan.said(`what stackhand ${args.join(' ')} said`, `${stdout}\n${stderr}`);

/** Answers to the questions of a person at a terminal, in their order; what was asked is kept. */
export interface Person {
  readonly answers: unknown[];
  readonly asked: string[];
}

/**
 * The same CLI inside this process: for what needs no process of its own. With a `person` it is on a terminal, and
 * gives them the questions.
 */
export async function cliHere(args: readonly string[], env: NodeJS.ProcessEnv, person?: Person): Promise<Ran> {
  const { stdout, stderr } = { stdout: new Captured(person), stderr: new Captured(person) };
  const answer = <T>(question: string): Promise<T> => {
    person?.asked.push(question);
    if (person === undefined || person.answers.length === 0) throw new Error(`nobody answers: ${question}`);
    return Promise.resolve(person.answers.shift() as T);
  };
  const exitCode = await runCli(args, {
    env: { HOME: runDirectory(), LANG: 'C.UTF-8', NO_COLOR: '1', ...env },
    streams: { stdin: { isTTY: person !== undefined }, stdout, stderr },
    ask: { confirm: answer, text: answer, one: answer, several: answer },
  });
  heard(args, { stdout: stdout.text, stderr: stderr.text });
  return { stdout: stdout.text.trimEnd(), stderr: stderr.text.trimEnd(), exitCode };
}

class Captured extends Writable {
  text = '';
  readonly isTTY: boolean;
  readonly columns = 120;

  constructor(person: Person | undefined) {
    super();
    this.isTTY = person !== undefined;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

/** Everything said on stderr, as soon as it holds `text`; throws when the process ended before. */
export function said(running: ResultPromise, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let story = '';
    running.stderr?.on('data', (chunk: Buffer) => {
      story += chunk.toString();
      if (story.includes(text)) resolve(story);
    });
    running.once('exit', () => reject(new Error(`"${text}" was never said:\n${story}`)));
  });
}

let bundle: Promise<WorkflowBundleWithSourceMap> | undefined;

/** A worker of fake operations: useTemporal().startWorker(await fakeWorker()). */
export async function fakeWorker() {
  const workflowsPath = fileURLToPath(new URL('./fake-workflows.ts', import.meta.url));
  const quiet = new DefaultLogger('ERROR');
  bundle ??= bundleWorkflowCode({ workflowsPath, logger: quiet });
  return { workflowBundle: await bundle, activities: { archive } };
}

/** Reports half of 8 GiB until it is let go. */
async function archive(): Promise<void> {
  for (;;) {
    Context.current().heartbeat({ done: 4_294_967_296, total: 8_589_934_592, rate: 104_857_600 });
    await Context.current().sleep(100);
  }
}

/** The last document of a --json answer. */
export const json = <T = Record<string, unknown>>({ stdout }: Ran): T => JSON.parse(stdout) as T;
