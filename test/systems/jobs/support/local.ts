import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Host } from '../../../../src/systems/host/host.ts';
import type { HostPaths } from '../../../../src/systems/jobs/paths.ts';

/** This machine as a Host, with no more than these tests need; `env` is added to every command. */
export function localHost(env: Readonly<Record<string, string>> = {}): Host {
  return {
    name: 'here',
    run(argv, options = {}) {
      return new Promise((resolve, reject) => {
        const child = spawn('timeout', ['-s', 'KILL', String(options.deadline ?? 60), ...argv], {
          env: { ...process.env, LC_ALL: 'C', ...env, ...options.env },
        });
        let stdout = '';
        let stderr = '';
        if (options.onLine === undefined) child.stdout.on('data', (chunk) => (stdout += String(chunk)));
        else createInterface(child.stdout).on('line', options.onLine);
        child.stderr.on('data', (chunk) => (stderr += String(chunk)));
        child.stdin.on('error', () => undefined);
        child.stdin.end(options.input ?? '');
        const abort = (): void => {
          child.stdout.destroy();
          reject(options.signal?.reason as Error);
        };
        options.signal?.addEventListener('abort', abort, { once: true });
        child.on('error', reject);
        child.on('close', (code, signal) => {
          options.signal?.removeEventListener('abort', abort);
          resolve({ argv, exitCode: signal === null ? code! : 137, stdout, stderr });
        });
      });
    },
    close: () => Promise.resolve(),
  };
}

/** Fresh directories for one test file, removed by `remove`. */
export function scratch(): { directory: string; paths: HostPaths; remove(): void } {
  const directory = mkdtempSync(join(tmpdir(), 'stackhand-jobs-'));
  return {
    directory,
    paths: { run: join(directory, 'run'), state: join(directory, 'state') },
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

/** Asks again until it holds. */
export async function eventually(what: string, holds: () => boolean | Promise<boolean>, seconds = 15): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`not within ${seconds} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
