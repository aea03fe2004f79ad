import type { Writable } from 'node:stream';

/**
 * A machine that commands run on: argv in, result out. Three implementations (this machine, ssh2, the system's ssh)
 * pass one conformance suite. Nothing a user typed is ever spliced into shell text: argv is quoted in one place
 * (domain/quote.ts), and scripts take what they need as arguments.
 *
 * Every command runs as `timeout -s KILL <deadline> env LC_ALL=C …` (below `sudo -n` where the target says so), so
 * that it ends on the host itself, also when the connection is gone.
 *
 * What a retry sees. Nothing is sent twice by itself: a lost connection is made again for the next command only.
 * - HostUnreachable before the command was sent: nothing happened.
 * - HostUnreachable while it ran, and after an abort: it may not have begun, may still run until its deadline (beside
 *   the retry), or may have ended well. Output had before is not given.
 * - Input that was on its way then breaks off, which looks like its end to the command: one that acts on its input
 *   has to know how long it is (writeFile does).
 * - CommandTimedOut: it is dead, and so is its process group; what it had done stays done. What left the group with
 *   setsid, as detached jobs do, lives on.
 * - The permanent ones (a host key, a login, sudo): it never began.
 */
export interface Host {
  readonly name: string;

  /**
   * Runs argv to its end. Resolves for any exit code; throws a Fault for everything that kept it from running or
   * ending: HostUnreachable, HostKeyUnknown, HostKeyChanged, AuthenticationRefused, SudoNeedsPassword,
   * CommandTimedOut. A program that isn't there is exit code 127, as a shell has it.
   */
  run(argv: readonly string[], options?: RunOptions): Promise<RunResult>;

  /** Ends connections; running commands are left alone. */
  close(): Promise<void>;
}

export interface RunOptions {
  /** Written to the command's stdin, then closed. Without it stdin is empty. */
  readonly input?: string | Buffer;
  /** Seconds until SIGKILL on the host. Default 60. */
  readonly deadline?: number;
  /** Added to the environment of the command. */
  readonly env?: Readonly<Record<string, string>>;
  /** Called for each complete line of stdout while the command runs; stdout is then not collected. */
  readonly onLine?: (line: string) => void;
  /**
   * Stdout goes there as it comes, no faster than it is taken, and is not collected; it is not ended. Where it breaks,
   * the command is let go of, and the promise rejects with why.
   */
  readonly output?: Writable;
  /** Stops waiting: the promise rejects with the signal's reason; the command ends by its deadline or a closed pipe. */
  readonly signal?: AbortSignal;
  /** Bytes of stdout kept (default 4 MiB) and of stderr (64 KiB, its end); the rest is read and dropped. */
  readonly maxOutput?: number;
  /** False: without sudo even where the target has it. */
  readonly sudo?: boolean;
}

export interface RunResult {
  readonly argv: readonly string[];
  /** 128+n where signal n ended it. */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** There was more stdout than `maxOutput`: never take it for a whole list. */
  readonly truncated?: true;
}

/** The same host, whose commands are waited for no longer than the signal says. */
export const until = (host: Host, signal: AbortSignal): Host => ({
  name: host.name,
  run: (argv, options) => host.run(argv, { ...options, signal }),
  close: () => host.close(),
});
