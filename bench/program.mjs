import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { root } from '../scripts/lib/run.mjs';
import { Stop } from '../scripts/lib/say.mjs';
import { ensureTemporal } from '../scripts/lib/temporal.mjs';
import { setup } from '../scripts/setup.mjs';

/** A program of its own: Temporal and a worker in that home. */
export async function withProgram(home, env, use) {
  const all = {
    ...process.env,
    XDG_DATA_HOME: join(home, 'data'),
    XDG_STATE_HOME: join(home, 'state'),
    XDG_CONFIG_HOME: join(home, 'config'),
    ...env,
  };
  const cli = (...args) => execa(process.execPath, [join(root, 'dist/client/main.js'), ...args], { env: all });
  await cli('dev', '--detach');
  try {
    await use({ cli, env: all });
  } finally {
    await cli('dev', '--stop');
  }
}

/** The same against a cloud of clouds.yaml that is there for this, in a directory that goes with it. */
export async function withCloud(cloud, use) {
  if (cloud === undefined) throw new Stop('say which cloud is there for this', '--cloud NAME');
  await setup();
  await ensureTemporal();
  const directory = await mkdtemp(join(tmpdir(), 'stackhand-bench-'));
  const clouds = process.env.OS_CLIENT_CONFIG_FILE;
  const env = { OS_CLOUD: cloud, ...(clouds && { OS_CLIENT_CONFIG_FILE: clouds }) };
  try {
    await withProgram(directory, env, (program) => use({ ...program, directory }));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** How long it took, and what it gave. */
export async function timed(run) {
  const since = performance.now();
  const value = await run();
  return { seconds: (performance.now() - since) / 1000, value };
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The most that the worker process holds, in KiB. */
export function watchMemory() {
  let most = 0;
  const look = async () => {
    const { stdout } = await execa('pgrep', ['-f', 'dist/worker/main.js'], { reject: false });
    for (const pid of stdout.split('\n').filter(Boolean)) {
      const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
      most = Math.max(most, Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0));
    }
  };
  const timer = setInterval(() => void look(), 500);
  return {
    stop: async () => {
      clearInterval(timer);
      await look();
      return most;
    },
  };
}
