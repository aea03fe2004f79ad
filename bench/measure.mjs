import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../scripts/lib/run.mjs';
import { Stop } from '../scripts/lib/say.mjs';

/**
 * Runs all ways one after another, and that as many times as asked (A B C A B C …), so that a change of the machine's
 * load meets all of them.
 *
 * @returns {Promise<Map<object, { ended: number, onDisk: number, bytes: number }[]>>} seconds until the program ended,
 *   and until its output was synced to the disk; bytes allocated for the output
 */
export async function measure(ways, { runs, directory, say }) {
  const results = new Map(ways.map((way) => [way, []]));
  for (let round = 1; round <= runs; round += 1) {
    for (const way of ways) {
      const output = join(directory, 'output');
      // What the one before left to be written must not slow this one down.
      await sync([]);
      const since = performance.now();
      const done = await way.run(output);
      const ended = (performance.now() - since) / 1000;
      await sync(await filesOf(output));
      const onDisk = (performance.now() - since) / 1000;
      const bytes = await allocated(output);
      await done?.();
      for (const path of await readdir(directory)) {
        if (path.startsWith('output')) await rm(join(directory, path), { recursive: true });
      }
      results.get(way).push({ ended, onDisk, bytes });
      say(`round ${round}: ${onDisk.toFixed(1).padStart(6)} s  ${way.name.replaceAll(/[*\\]/g, '')}`);
    }
  }
  return results;
}

async function sync(files) {
  const { code, output } = await run('sync', ['--', ...files].slice(files.length === 0 ? 1 : 0), { output: 'keep' });
  if (code !== 0) throw new Stop(`sync failed: ${output}`);
}

async function filesOf(output) {
  if (!(await stat(output)).isDirectory()) return [output];
  const entries = await readdir(output, { withFileTypes: true, recursive: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}

async function allocated(output) {
  const stats = await Promise.all((await filesOf(output)).map((file) => stat(file)));
  return stats.reduce((sum, { blocks }) => sum + blocks * 512, 0);
}

export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
