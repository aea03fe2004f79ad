/**
 * `npm run bench:flavors -- --cloud NAME [--count N] [--loop N] [--runs N]`: N flavors imported from a file, beside a loop
 * of `openstack flavor create` (over fewer of them, since each takes seconds). What was made is deleted again.
 */
import { writeFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { execa } from 'execa';
import { median, timed, withCloud } from '../bench/program.mjs';
import { main, say } from './lib/say.mjs';

await main(async () => {
  const { values } = parseArgs({
    options: {
      cloud: { type: 'string' },
      count: { type: 'string', default: '500' },
      loop: { type: 'string', default: '10' },
      runs: { type: 'string', default: '3' },
    },
  });
  const count = Number(values.count);
  const loop = Number(values.loop);
  const before = loadavg()[0];
  await withCloud(values.cloud, async ({ cli, env, directory }) => {
    const file = join(directory, 'flavors.txt');
    await writeFile(file, Array.from({ length: count }, (_, at) => `bench-${at} 1 64 1 0\n`).join(''));
    const openstack = (...args) => execa('openstack', args, { env });
    const clear = async () => {
      const { stdout } = await openstack('flavor', 'list', '--all', '--limit', '1000', '-f', 'value', '-c', 'Name');
      const ours = stdout.split('\n').filter((name) => name.startsWith('bench-'));
      if (ours.length > 0) await openstack('flavor', 'delete', ...ours);
    };
    const ways = {
      'a loop of `openstack flavor create`': {
        each: loop,
        run: async () => {
          for (let at = 0; at < loop; at += 1)
            await openstack('flavor', 'create', `bench-${at}`, ...['--vcpus', '1', '--ram', '64', '--disk', '1']);
        },
      },
      '**stackhand** `flavor import`': { each: count, run: () => cli('flavor', 'import', file, '--yes', '--quiet') },
    };
    const seconds = Object.fromEntries(Object.keys(ways).map((way) => [way, []]));
    for (let run = 1; run <= Number(values.runs); run += 1)
      for (const [way, { run: make }] of Object.entries(ways)) {
        await clear();
        seconds[way].push((await timed(make)).seconds);
        say(`run ${run}: ${way}: ${seconds[way].at(-1).toFixed(1)} s`);
      }
    await clear();
    process.stdout.write('| way | flavors | all, s | a flavor, s |\n|---|--:|--:|--:|\n');
    for (const [way, { each }] of Object.entries(ways)) {
      const all = median(seconds[way]);
      process.stdout.write(`| ${way} | ${each} | ${all.toFixed(1)} | ${(all / each).toFixed(2)} |\n`);
    }
    process.stdout.write(`\nMedians of ${values.runs}; load average ${before.toFixed(1)} before.\n`);
  });
});
