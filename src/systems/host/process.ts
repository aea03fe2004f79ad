import type { ChildProcess } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { execa } from 'execa';
import type { Running } from './execution.ts';

export interface Started {
  readonly running: Running;
  /** Why the program could not be started; known once it has closed. */
  failure(): Error | undefined;
}

/**
 * Starts a program of this machine. It has no terminal and takes no Ctrl-C, and it outlives this process: it ends
 * like a command over SSH does.
 *
 * @param kill end it when it is released; else only its pipes are closed
 */
export function startProcess(words: readonly string[], env: NodeJS.ProcessEnv, kill = false): Started {
  const [file = '', ...args] = words;
  const child = execa(file, args, {
    env,
    extendEnv: false,
    cwd: '/',
    buffer: false,
    reject: false,
    encoding: 'buffer',
    stdio: 'pipe',
    detached: true,
    cleanup: false,
  });
  const { stdin, stdout, stderr } = child as unknown as { stdin: Writable; stdout: Readable; stderr: Readable };
  const events = child as unknown as ChildProcess;
  let failure: Error | undefined;
  const running: Running = {
    stdin,
    stdout,
    stderr,
    onExit: (listener) => {
      events.once('exit', (code, signal) => listener(signal === null ? { code: code ?? 0 } : { signal }));
    },
    onClose: (listener) => {
      if (child.pid !== undefined) {
        events.once('close', () => listener(true));
        return;
      }
      void child.then((result) => {
        // Never execa's own message: it holds the command line, and with it what may be secret.
        failure = result.cause instanceof Error ? result.cause : new Error(result.code ?? 'it did not start');
        listener(true);
      });
    },
    release: () => {
      for (const stream of [stdin, stdout, stderr]) stream.destroy();
      if (kill) child.kill();
      events.unref();
    },
  };
  return { running, failure: () => failure };
}
