/**
 * dist/: compiled modules, the shell scripts that travel beside them, and the workflow bundle that workers load.
 * Each part is made again only when what it is made of changed. Run through `npm run build` (setup.mjs, which holds
 * the lock).
 */
import { chmod, cp, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { bundleWorkflows } from './lib/bundle.mjs';
import { digestOf, filesBelow } from './lib/hash.mjs';
import { root, tool } from './lib/run.mjs';
import { Stop, say, seconds } from './lib/say.mjs';

const configuration = ['package-lock.json', 'tsconfig.json', 'tsconfig.build.json', 'scripts/build.mjs'];
const stampFile = join(root, 'dist/.stamp.json');

/** @param {{ onlyBundle?: boolean }} options */
export async function build({ onlyBundle = false } = {}) {
  const sources = await filesBelow('src');
  const typescript = sources.filter((file) => file.endsWith('.ts'));
  const assets = sources.filter((file) => !file.endsWith('.ts'));
  // What a workflow may import (the import rules hold that); activities are imported for their types only.
  const failures = 'src/payloads/workflow-failures.ts';
  const bundled = typescript.filter((file) => /^src\/(workflows|domain|contracts)\//.test(file) || file === failures);

  if (!onlyBundle) {
    await part('compiled', await digestOf([...configuration, ...typescript]), async () => {
      await compile();
      await removeStale(typescript);
    });
    await part('assets', await digestOf(assets), () => copyAssets(assets));
  }
  if (!bundled.includes('src/workflows/index.ts')) return;
  await part('bundled', await digestOf(['package-lock.json', 'scripts/lib/bundle.mjs', ...bundled]), () =>
    bundleWorkflows({
      workflowsPath: join(root, 'src/workflows/index.ts'),
      failureConverterPath: join(root, failures),
      workflowInterceptorModules: [join(root, 'src/workflows/interceptors.ts')],
      target: join(root, 'dist/workflows.bundle.js'),
    }),
  );
}

/** Runs `make` unless the stamp of the last build has this digest. The stamp is dropped first, so a failure leaves none. */
async function part(name, digest, make) {
  const stamps = await readFile(stampFile, 'utf8').then(JSON.parse, () => ({}));
  if (stamps[name] === digest) return;
  const since = Date.now();
  delete stamps[name];
  await writeStamps(stamps);
  await make();
  await writeStamps({ ...stamps, [name]: digest });
  say(`  ${name} (${seconds(since)})`);
}

async function writeStamps(stamps) {
  await mkdir(dirname(stampFile), { recursive: true });
  await writeFile(`${stampFile}.new`, JSON.stringify(stamps));
  await rename(`${stampFile}.new`, stampFile);
}

async function compile() {
  const { code, output } = await tool('typescript/bin/tsc', ['-p', 'tsconfig.build.json', '--pretty', 'false'], {
    output: 'keep',
  });
  if (code !== 0) throw new Stop(`the build has type errors:\n${output.trimEnd()}`, 'npm run build');
  await chmod(join(root, 'dist/client/main.js'), 0o755).catch(() => {});
}

/** Files of dist whose source is gone: left behind they would still be imported. */
async function removeStale(typescript) {
  const wanted = new Set(typescript.map((file) => file.replace(/^src\//, 'dist/').replace(/\.ts$/, '.js')));
  for (const file of await filesBelow('dist')) {
    if (
      /\.js(\.map)?$/.test(file) &&
      !file.startsWith('dist/workflows.bundle') &&
      !wanted.has(file.replace(/\.map$/, ''))
    )
      await rm(join(root, file), { force: true });
  }
}

async function copyAssets(assets) {
  for (const file of assets) {
    const target = join(root, file.replace(/^src\//, 'dist/'));
    await mkdir(dirname(target), { recursive: true });
    await cp(join(root, file), target);
    await chmod(target, (await stat(join(root, file))).mode);
  }
}
