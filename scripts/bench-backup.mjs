/**
 * `npm run bench:backup [-- --size GiB --data MB --runs N --only TEXT --directory DIR]`: how long the archive of one
 * sparse raw image takes, ours and what people use instead. The table is stdout; docs/benchmarks.md explains it.
 */
import { mkdtemp, rm, statfs } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { makeImage } from '../bench/image.mjs';
import { describeMachine } from '../bench/machine.mjs';
import { measure } from '../bench/measure.mjs';
import { resultTable } from '../bench/table.mjs';
import { ourWays, shellWays, virtnbdbackupWays } from '../bench/ways.mjs';
import { ensurePrograms } from './lib/programs.mjs';
import { root } from './lib/run.mjs';
import { Stop, main, say } from './lib/say.mjs';
import { setup } from './setup.mjs';

const baselineName = 'tar -S \\| zstd -T0 -3';

await main(async () => {
  const options = readOptions();
  await setup();
  await ensurePrograms(['bash', 'tar', 'gzip', 'zstd', 'flock', 'setsid', 'findmnt'], 'this benchmark runs');
  const directory = await mkdtemp(join(options.directory, 'stackhand-bench-'));
  const closers = [() => rm(directory, { recursive: true, force: true })];
  const close = async () => {
    while (closers.length > 0) await closers.pop()();
  };
  process.once('SIGINT', () => void close().finally(() => process.exit(130)));
  try {
    await enoughSpace(directory, options);
    const image = join(directory, 'image.raw');
    say(`making an image of ${options.size / 2 ** 30} GiB with ${options.data / 1e6} MB of data`);
    const allocated = await makeImage(image, options);
    const ours = await ourWays({ dist: join(root, 'dist'), image, allocated, directory });
    closers.push(ours.close);
    const virtnbdbackup = await virtnbdbackupWays(image, directory);
    closers.push(virtnbdbackup.close);
    const all = [...shellWays(image), ...virtnbdbackup.ways, ...ours.ways];
    const ways = all.filter(({ name }) => name === baselineName || name.includes(options.only));
    const before = loadavg()[0];
    const results = await measure(
      ways.filter(({ missing }) => missing === undefined),
      { runs: options.runs, directory, say },
    );
    const baseline = ways.find(({ name }) => name === baselineName);
    const machine = await describeMachine(directory);
    const load = `load average ${before.toFixed(1)} before, ${loadavg()[0].toFixed(1)} after`;
    process.stdout.write(
      `${resultTable(ways, results, { data: allocated, baseline })}\n\n` +
        `Medians of ${options.runs}; an image of ${options.size / 2 ** 30} GiB with ${Math.round(allocated / 1e6)} MB of data.\n` +
        `${[...machine, load].map((line) => `- ${line}\n`).join('')}`,
    );
  } finally {
    await close();
  }
});

function readOptions() {
  const { values } = parseArgs({
    options: {
      size: { type: 'string', default: '4' },
      data: { type: 'string', default: '400' },
      runs: { type: 'string', default: '3' },
      only: { type: 'string', default: '' },
      directory: { type: 'string', default: '/var/tmp' },
    },
  });
  const [size, data, runs] = ['size', 'data', 'runs'].map((name) => {
    const value = Number(values[name]);
    if (value > 0) return value;
    throw new Stop(`--${name} ${values[name]} is not a number above 0`, 'npm run bench:backup -- --size 4 --data 400');
  });
  return {
    size: Math.round(size * 1024) * 2 ** 20,
    data: data * 1e6,
    runs: Math.ceil(runs),
    only: values.only,
    directory: values.directory,
  };
}

async function enoughSpace(directory, { size, data }) {
  const { bavail, bsize } = await statfs(directory);
  // The image, another as qcow2, and a copy without holes.
  const needed = (size + 3 * data) * 1.1;
  if (bavail * bsize < needed) {
    throw new Stop(`${directory} needs ${Math.ceil(needed / 1e9)} GB free`, 'name another one: --directory DIR');
  }
}
