import { spawnSync } from 'node:child_process';
import { writeSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter } from 'node:path';
import { takeFault } from '../faults.ts';
import { marker, scratchIn, type Scratch } from '../scratch.ts';
import { SiteState } from '../state.ts';

/** What a stand-in has: the site it belongs to (the shim in bin/ says which). */
export interface Site {
  readonly scratch: Scratch;
  readonly state: SiteState;
}

export function openSite(): Site {
  const directory = process.env[marker];
  if (directory === undefined) throw new Error(`${marker} is not set: this program belongs to a practice site`);
  const scratch = scratchIn(directory);
  return { scratch, state: new SiteState(scratch) };
}

/** The command's end, with what it says. */
export class Failure extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

// Written at once, since a stand-in ends by process.exit, which would lose what still waits in a pipe.
export function out(text: string): void {
  write(1, text);
}

export function err(text: string): void {
  write(2, text);
}

function write(stream: 1 | 2, text: string): void {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length;) {
    try {
      at += writeSync(stream, bytes, at);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // The reader is gone: other programs die of SIGPIPE here.
      if (code === 'EPIPE') process.exit(128 + constants.signals.SIGPIPE);
      if (code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}

/** Runs `effect` below the faults named, the most special name first. */
export async function withFaults<T>(site: Site, names: readonly string[], effect: () => T | Promise<T>): Promise<T> {
  const rule = takeFault(site.state, names);
  if (rule === undefined) return effect();
  if (rule.delay !== undefined) await seconds(rule.delay);
  if (rule.late !== true) await strike(rule);
  const result = await effect();
  if (rule.late === true) await strike(rule);
  return result;
}

async function strike(rule: { fail?: string | undefined; exitCode?: number | undefined; hang?: boolean | undefined }) {
  while (rule.hang === true) await seconds(3600);
  if (rule.fail !== undefined) throw new Failure(rule.fail, rule.exitCode);
}

export function seconds(count: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, count * 1000);
  });
}

/** An environment in which the real programs are found. */
export function realPath(site: Site): NodeJS.ProcessEnv {
  const directories = (process.env['PATH'] ?? '').split(delimiter);
  return { ...process.env, PATH: directories.filter((one) => one !== site.scratch.bin).join(delimiter) };
}

/** Runs the real program of this name with the same arguments, and ends as it ends. */
export function delegate(site: Site, program: string, argv: readonly string[]): never {
  const { status, signal, error } = spawnSync(program, argv, { stdio: 'inherit', env: realPath(site) });
  if (error !== undefined) {
    err(`${program}: command not found\n`);
    process.exit(127);
  }
  process.exit(status ?? 128 + (signal === null ? 0 : constants.signals[signal]));
}

/** Runs a stand-in to its end; `prefix` goes before what a failure says. */
export async function main(run: () => Promise<void> | void, prefix = ''): Promise<never> {
  try {
    await run();
    process.exit(0);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    if (error.message !== '') err(`${prefix}${error.message.replace(/\n*$/, '\n')}`);
    process.exit(error.exitCode);
  }
}
