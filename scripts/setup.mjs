/**
 * Makes a checkout ready: installs what package-lock.json names and builds. Plain Node, since it runs before
 * node_modules exists. Does nothing in a fraction of a second where nothing changed; two at once take turns.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { withLock } from './lib/lock.mjs';
import { root, run } from './lib/run.mjs';
import { Stop, main, say, seconds } from './lib/say.mjs';

const oldest = [20, 19];

/** @param {{ onlyBundle?: boolean }} options */
export async function setup(options = {}) {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < oldest[0] || (major === oldest[0] && minor < oldest[1])) {
    throw new Stop(
      `Node ${process.versions.node} is too old: ${oldest.join('.')} or newer is needed`,
      'install a current Node, then run this again',
    );
  }
  await withLock(join(root, '.stackhand/setup.lock'), async () => {
    const missing = await missingPackage();
    if (missing !== undefined) await install(missing);
    const { build } = await import('./build.mjs');
    await build(options);
  });
}

/**
 * The first package that is not installed as the lock says; undefined when all are. npm keeps its own account of
 * node_modules there, written last, so an install that was interrupted counts as none.
 */
async function missingPackage() {
  const wanted = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')).packages;
  const account = await readFile(join(root, 'node_modules/.package-lock.json'), 'utf8').catch(() => undefined);
  if (account === undefined) return 'node_modules';
  const found = JSON.parse(account).packages;
  return Object.keys(wanted).find((path) => {
    if (path === '') return false;
    if (found[path] === undefined) return !wanted[path].optional && !wanted[path].devOptional;
    return found[path].version !== wanted[path].version;
  });
}

async function install(missing) {
  const since = Date.now();
  say(`installing packages (npm ci; ${missing.replace(/^node_modules\//, '')} is missing or of another version)`);
  const { code, output } = await run('npm', ['ci', '--no-fund', '--no-audit'], { output: 'keep' });
  if (code !== 0) throw new Stop(`npm ci failed (exit ${code}):\n${output.trimEnd()}`, 'npm ci');
  say(`  packages installed in ${seconds(since)}`);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const since = Date.now();
  await main(async () => {
    await setup({ onlyBundle: process.argv.includes('--only-bundle') });
    say(`ready (${seconds(since)})`);
  });
}
