import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

/**
 * Runs a program in the project's directory to its end. `output: 'keep'` collects stdout and stderr together;
 * otherwise both go where ours go, stdin is closed either way. Never throws for an exit code.
 *
 * @returns {Promise<{ code: number, output: string }>} 127 where the program isn't there, 128+n for signal n
 */
export function run(program, args, { output = 'show', env = process.env, cwd = root, onData } = {}) {
  return new Promise((resolve) => {
    const stdio = output === 'keep' ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'inherit', 'inherit'];
    const child = spawn(program, args, { cwd, env, stdio });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
        onData?.(chunk);
      });
    }
    const forward = (signal) => child.kill(signal);
    process.on('SIGINT', forward).on('SIGTERM', forward);
    const end = (code) => {
      process.off('SIGINT', forward).off('SIGTERM', forward);
      resolve({ code, output: text });
    };
    child.on('error', (error) => {
      text += error.message;
      end(127);
    });
    child.on('close', (code, signal) => end(code ?? 128 + (signal === 'SIGINT' ? 2 : signal === 'SIGKILL' ? 9 : 15)));
  });
}

/** A program of node_modules, run with this Node so that no shell or PATH is involved. */
export const tool = (path, args, options) => run(process.execPath, [`${root}/node_modules/${path}`, ...args], options);
