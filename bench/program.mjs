import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { root } from '../scripts/lib/run.mjs';

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
