/**
 * `npm run bench:images -- --cloud NAME [--size MiB] [--runs N]`: one file uploaded, beside `openstack image create --file`
 * and a bare `curl -T` to the same Glance, in turn. What was made is deleted again. The file is random, so nothing on the
 * way can make it smaller; it is read once before, so that no way pays for the disk.
 */
import { open } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { execa } from 'execa';
import { median, timed, watchMemory, withCloud } from '../bench/program.mjs';
import { main, say } from './lib/say.mjs';

await main(async () => {
  const { values } = parseArgs({
    options: {
      cloud: { type: 'string' },
      size: { type: 'string', default: '2048' },
      runs: { type: 'string', default: '3' },
    },
  });
  const size = Number(values.size);
  const before = loadavg()[0];
  await withCloud(values.cloud, async ({ cli, env, directory }) => {
    const file = join(directory, 'bench.raw');
    await write(file, size);
    const openstack = async (...args) => (await execa('openstack', args, { env, stdin: 'ignore' })).stdout.trim();
    const catalogue = JSON.parse(await openstack('catalog', 'show', 'image', '-f', 'json'));
    const endpoint = catalogue.endpoints
      .find(({ interface: kind }) => kind === 'public')
      .url.replace(/\/(v2)?\/?$/, '');
    const drop = (name) => openstack('image', 'delete', name);
    const ours = '**stackhand** `image upload`, the whole command';
    let most = 0;
    // Of ours, without the command around it.
    const alone = [];
    const ways = {
      // Login and making the image are not counted for it: the PUT alone.
      'bare `curl -T`': async (name) => {
        const auth = [
          '-sS',
          '--fail',
          '-H',
          `x-auth-token: ${await openstack('token', 'issue', '-f', 'value', '-c', 'id')}`,
        ];
        const spec = JSON.stringify({ name, disk_format: 'raw', container_format: 'bare' });
        const json = ['-H', 'content-type: application/json', '-d', spec];
        const { stdout } = await execa('curl', [...auth, ...json, `${endpoint}/v2/images`]);
        const put = ['-T', file, '-H', 'content-type: application/octet-stream'];
        const to = `${endpoint}/v2/images/${JSON.parse(stdout).id}/file`;
        return timed(() => execa('curl', [...auth, ...put, to]));
      },
      '`openstack image create --file`': (name) =>
        timed(() => openstack('image', 'create', '--disk-format', 'raw', '--file', file, name)),
      [ours]: async (name) => {
        const memory = watchMemory();
        const took = await timed(() => cli('image', 'upload', file, '--name', name, '--json'));
        most = Math.max(most, await memory.stop());
        const sending = JSON.parse(took.value.stdout).items.find(({ action }) => action === 'Send the content');
        alone.push((sending.endedAt - sending.startedAt) / 1000);
        return took;
      },
    };
    const seconds = Object.fromEntries(Object.keys(ways).map((way) => [way, []]));
    for (let run = 1; run <= Number(values.runs); run += 1)
      for (const [at, [way, send]] of Object.entries(ways).entries()) {
        const name = `bench-${run}-${at}`;
        seconds[way].push((await send(name)).seconds);
        await drop(name);
        say(`run ${run}: ${way}: ${seconds[way].at(-1).toFixed(1)} s`);
      }
    seconds['of that the sending alone'] = alone;
    process.stdout.write('| way | s | MiB/s |\n|---|--:|--:|\n');
    for (const way of Object.keys(seconds)) {
      const took = median(seconds[way]);
      process.stdout.write(`| ${way} | ${took.toFixed(1)} | ${(size / took).toFixed(0)} |\n`);
    }
    process.stdout.write(
      `\nMedians of ${values.runs}, ${size} MiB; the worker had at most ${(most / 1024).toFixed(0)} MiB; load average ${before.toFixed(1)} before.\n`,
    );
  });
});

async function write(path, mebibytes) {
  const file = await open(path, 'w');
  for (let at = 0; at < mebibytes; at += 1) await file.write(randomBytes(1024 * 1024));
  await file.close();
}
