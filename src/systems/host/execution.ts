import type { Readable, Writable } from 'node:stream';
import type { Command } from './command.ts';
import type { RunOptions } from './host.ts';
import { Head, Lines, Tail } from './output.ts';

/** No faster than it is taken. Rejects the run where nobody takes it any more. */
function pipeInto(from: Readable, to: Writable, fail: (reason: unknown) => void): void {
  to.once('error', fail);
  to.once('close', () => fail(new Error('nobody takes the output any more')));
  from.pipe(to, { end: false });
}

/** A command that has been started, whatever carries it. */
export interface Running {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Calls back at most once, when the command's own end is known. */
  onExit(listener: (end: End) => void): void;
  /**
   * Calls back once, when nothing more can come. Where `whole` is false the output has broken off, and an exit that
   * was told before is no proof of all that the command said.
   */
  onClose(listener: (whole: boolean) => void): void;
  /** Lets go of it: closes its pipes or its channel, and kills nothing. */
  release(): void;
}

export type End = { readonly code: number } | { readonly signal: string };

export interface Finished {
  /** Undefined: it isn't known how, or whether, the command ended. */
  readonly end: End | undefined;
  /** Neither its end nor the end of its output came within deadline and grace. */
  readonly overdue: boolean;
  readonly stdout: string;
  readonly stderr: string;
  readonly truncated: boolean;
  readonly elapsedMs: number;
}

const defaultMaxOutput = 4 * 1024 * 1024;
const maxStderr = 64 * 1024;
/** Node fires a longer timer at once. A command that may run for 24 days has the keepalives instead. */
const longestTimer = 2 ** 31 - 1;

/**
 * Follows a running command to its end. Rejects only with the reason of `signal`, with what `onLine` threw, or with what
 * `output` broke with; all release the command.
 *
 * @param startedAt performance.now() from before the command was sent, so that its deadline on the host is never
 *   later than what is measured here
 */
export function follow(
  running: Running,
  command: Command,
  options: RunOptions,
  startedAt: number,
  graceMs: number,
): Promise<Finished> {
  const maxOutput = options.maxOutput ?? defaultMaxOutput;
  const head = new Head(maxOutput);
  const tail = new Tail(maxStderr);
  const lines = options.onLine && new Lines(options.onLine, maxOutput);
  const { signal } = options;
  return new Promise((resolve, reject) => {
    let end: End | undefined;
    let settled = false;

    const settle = (done: () => void): void => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      done();
    };
    const fail = (reason: unknown): void =>
      settle(() => {
        running.release();
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- the reason is the caller's own
        reject(reason);
      });
    const finish = (overdue: boolean): void =>
      settle(() => {
        if (overdue) running.release();
        resolve({
          end,
          overdue,
          stdout: head.text(),
          stderr: tail.text(),
          truncated: head.truncated,
          elapsedMs: performance.now() - startedAt,
        });
      });
    const abort = (): void => fail(signal?.reason);
    const guarded = (action: () => void): void => {
      if (settled) return;
      try {
        action();
      } catch (error) {
        fail(error);
      }
    };

    const remaining = command.deadline * 1000 + graceMs - (performance.now() - startedAt);
    const timer = remaining > longestTimer ? undefined : setTimeout(() => finish(true), remaining);
    const { output } = options;
    if (output === undefined) running.stdout.on('data', (chunk: Buffer) => guarded(() => (lines ?? head).add(chunk)));
    else pipeInto(running.stdout, output, fail);
    running.stderr.on('data', (chunk: Buffer) => guarded(() => tail.add(chunk)));
    // a command may end without reading its stdin, and a reset shows on every stream: onClose tells of both
    for (const stream of [running.stdin, running.stdout, running.stderr]) stream.on('error', () => undefined);
    running.onExit((value) => (end = value));
    running.onClose((whole) => {
      if (!whole) end = undefined;
      if (end) guarded(() => lines?.end());
      finish(false);
    });
    if (signal?.aborted) return abort();
    signal?.addEventListener('abort', abort, { once: true });
    running.stdin.end(options.input ?? '');
  });
}
