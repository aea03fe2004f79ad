import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openHost, type Host } from '../../../../src/systems/host/index.ts';
import type { HostPaths } from '../../../../src/systems/jobs/paths.ts';

/** This machine as a host; `env` is added to the environment of every command. */
export function localHost(env: Readonly<Record<string, string>> = {}): Host {
  const local = openHost({
    name: 'here',
    transport: 'local',
    address: 'localhost',
    port: 22,
    user: 'root',
    sudo: false,
    runDirectory: '/run/stackhand',
    stateDirectory: '/var/lib/stackhand',
  });
  return {
    name: local.name,
    run: (argv, options) => local.run(argv, { ...options, env: { ...env, ...options?.env } }),
    close: () => local.close(),
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
export async function eventually(what: string, holds: () => boolean | Promise<boolean>, seconds = 20): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`not within ${seconds} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
