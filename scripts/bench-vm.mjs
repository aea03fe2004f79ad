/**
 * `npm run bench:vm [-- --data MB --directory DIR]`: what a backup asks of its VM and of its worker, on a real libvirt
 * with a real VM (test/lab; needs root): how long the VM is off, what the death of a worker costs, and the worker's
 * memory. The table is stdout; docs/benchmarks.md explains it.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { makeImage } from '../bench/image.mjs';
import { activities, peakMemory, startLab, startSite } from '../bench/site.mjs';
import { table } from '../bench/table.mjs';
import { ensurePrograms } from './lib/programs.mjs';
import { Stop, main, say } from './lib/say.mjs';
import { setup } from './setup.mjs';

const vm = 'web01';

await main(async () => {
  const { values } = parseArgs({
    options: { data: { type: 'string', default: '6000' }, directory: { type: 'string', default: '/var/tmp' } },
  });
  const data = Number(values.data) * 1e6;
  if (!(data > 0)) throw new Stop(`--data ${values.data} is not a number above 0`, 'npm run bench:vm -- --data 6000');
  if (process.getuid?.() !== 0) throw new Stop('the lab makes namespaces and virtual machines, which needs root');
  await setup();
  await ensurePrograms();
  const directory = await mkdtemp(join(values.directory, 'stackhand-bench-'));
  const closers = [() => rm(directory, { recursive: true, force: true })];
  const close = async () => {
    while (closers.length > 0) await closers.pop()();
  };
  process.once('SIGINT', () => void close().finally(() => process.exit(130)));
  try {
    const lab = await startLab(directory);
    closers.push(lab.stop);
    const site = await startSite(directory, lab);
    closers.push(() => site.stop());
    process.stdout.write(`${table(await measure(lab, site, data))}\n`);
  } finally {
    await close();
  }
});

async function measure(lab, site, data) {
  const virsh = (...args) => lab.inside('virsh', '-c', 'qemu:///system', ...args);
  const MB = (bytes) => `${Math.round(bytes / 1e6)} MB`;
  const s = (seconds) => `${seconds.toFixed(1)} s`;
  const rows = [['what', 'measured']];

  say('the VM with its own small disk');
  await virsh('start', vm);
  let worker = await site.startWorker();
  rows.push(['memory of a worker that serves, at most', MB(await peakMemory(worker))]);
  const small = await finished(site, await site.backUp(vm));
  rows.push([`the same after a backup of ${MB(small.read)}`, MB(await peakMemory(worker))]);

  say(`the VM with ${MB(data)} more`);
  await makeImage(join(lab.images, 'more.raw'), { size: 16 * 2 ** 30, data });
  await virsh('destroy', vm);
  const more = '/var/lib/libvirt/images/more.raw';
  await virsh('attach-disk', vm, more, 'vdb', '--subdriver', 'raw', '--config');
  await virsh('start', vm);
  const large = await finished(site, await site.backUp(vm));
  rows.push([`the same after a backup of ${MB(large.read)}`, MB(await peakMemory(worker))]);
  const early = await finished(site, await site.backUp(vm, '--start-early'));
  const describe = ({ off, shutDown, reading, start }) =>
    `${s(off)}: shutdown ${s(shutDown)}, reading ${s(reading)}, start ${s(start)}`;
  rows.push(['VM off for, verified before its start', describe(large)]);
  rows.push(['VM off for, with --start-early', describe(early)]);

  say('the worker is killed in the middle of the archive');
  const id = await site.backUp(vm, '--start-early');
  const job = async () => (await lab.inside('bash', '-c', 'cat /run/stackhand/jobs/*/archive-vdb*/pid; true')).trim();
  while (!/^\d+ /.test(await job())) await pause(50);
  const before = await job();
  await site.killWorker(worker);
  worker = await site.startWorker();
  const after = await job();
  const killed = await finished(site, id);
  rows.push([
    'the job after a worker was killed in it',
    before === after ? 'the same process: nothing is read again' : 'ANOTHER',
  ]);
  rows.push(['reading, with the kill', `${s(killed.reading)} (${s(killed.reading - early.reading)} more)`]);
  rows.push(['VM off for, with the kill', describe(killed)]);
  return rows;
}

/** Waits for a backup, and says how long its parts took. */
async function finished(site, workflowId) {
  const { outcome, result } = await site.client.workflow.getHandle(workflowId).result();
  if (outcome !== 'done') throw new Stop(`the backup ended as ${outcome}: stackhand operation show ${workflowId}`);
  const all = await activities(site.client, workflowId);
  const of = (type) => all.filter((activity) => activity.type === type);
  const [first, last] = [of('archive')[0], of('archive').at(-1)];
  const shutDown = of('shutDown')[0];
  const start = of('start')[0];
  // With --start-early an archive returns when its source has been read, and is then followed again to its end.
  const read = of('archive').findLast(({ scheduled }) => scheduled < start.scheduled) ?? last;
  return {
    off: start.ended - shutDown.started,
    shutDown: shutDown.ended - shutDown.started,
    reading: read.ended - first.scheduled,
    start: start.ended - start.scheduled,
    read: result.archives.reduce((sum, { streamBytes }) => sum + streamBytes, 0),
  };
}
