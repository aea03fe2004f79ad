import { setTimeout as pause } from 'node:timers/promises';
import { JobWatch } from './job-files.ts';
import { command, detail, mebibytes, meter, tell, verdict } from './narrator.ts';
import type { SiteProcess } from './site-process.ts';
import type { Stackhand } from './stackhand.ts';

/** Of the archive, at which the worker is killed. */
const killAt = 0.25;
/** Seconds without any worker. */
const absence = 3;

/** So slow that on any machine the next worker finds the archive under way: 256 MiB in 32 seconds. */
const bandwidth = '8M/s';
const backup = [
  'vm',
  'backup',
  'web01',
  '--host',
  'practice',
  '--to',
  'practice',
  '--shutdown',
  '--bandwidth',
  bandwidth,
];

/** The main job, with the worst in its middle. True when everything that was promised held. */
export async function show(stackhand: Stackhand, site: SiteProcess, signal: AbortSignal): Promise<boolean> {
  tell('A host with four VMs. Nothing on it is real but SSH, the archives and the checksums.');
  await run(stackhand, ['vm', 'list', '--host', 'practice']);
  const before = await vm(site);

  tell('web01 is backed up: share mounted, VM shut down, disk archived, verified, VM started, share unmounted.');
  const watch = new JobWatch(site.ready.runDirectory);
  try {
    command('stackhand', ...backup);
    const following = stackhand.show(...backup);
    let ended = false;
    const over = (): boolean => (ended = true);
    void following.ended.then(over, over);
    while (!ended && share(watch) < killAt) await pause(100, undefined, { signal });
    if (ended) return verdict(false, 'the archive was cut off in its middle: the backup ended before');
    following.interrupt();
    await following.ended;

    await killEverything(stackhand);
    const atKill = watch.last;
    await showAbsence(watch, signal);
    const atReturn = watch.last;

    tell('A new worker comes, and finds the archive under way.');
    command('stackhand', 'dev', '--detach');
    if ((await stackhand.startDev()) !== 0) return false;
    const id = await stackhand.newestOperation('web01');
    if (id === undefined) return verdict(false, 'the operation is known to Temporal');
    const exitCode = await run(stackhand, ['operation', 'follow', id.slice(id.lastIndexOf('/') + 1)]);

    tell('What is left of it:');
    const after = await vm(site);
    const { mounts } = await site.state();
    const grew = `${mebibytes(atKill?.done ?? 0)} at the kill, ${mebibytes(atReturn?.done ?? 0)} just before the next one`;
    return [
      verdict(exitCode === 0, 'the backup is done and verified'),
      verdict((atReturn?.done ?? 0) > (atKill?.done ?? 0), `the archive went on without a worker: ${grew}`),
      verdict(
        watch.processes.size === 1,
        `it was never started over: one process (${[...watch.processes].join('; ')})`,
      ),
      verdict(after.state === 'running', `web01 is ${after.state} again`),
      verdict(
        after.starts === before.starts + 1 && after.stops === before.stops + 1,
        `it was shut down ${after.stops - before.stops} time and started ${after.starts - before.starts} time`,
      ),
      verdict(mounts.length === 0, mounts.length === 0 ? 'the share is unmounted' : 'the share is still mounted'),
    ].every(Boolean);
  } finally {
    watch.stop();
  }
}

async function run(stackhand: Stackhand, words: string[]): Promise<number> {
  command('stackhand', ...words);
  return stackhand.show(...words).ended;
}

/** The worker, and what would start a new one at once. The Temporal server stays. */
async function killEverything(stackhand: Stackhand): Promise<void> {
  const { pid, workers } = await stackhand.status();
  const pids = [pid, ...workers.map((identity) => Number.parseInt(identity, 10))].filter((one) => one !== undefined);
  tell('In the middle of the archive the worker is killed, and stackhand dev, which would start another.');
  command('kill', '-KILL', ...pids.map(String));
  for (const one of pids) process.kill(one, 'SIGKILL');
}

async function showAbsence(watch: JobWatch, signal: AbortSignal): Promise<void> {
  detail('Nobody is there now. The host goes on by itself:');
  for (let tenth = 0; tenth <= absence * 10; tenth += 1) {
    const { done = 0, total = 0 } = watch.last ?? {};
    meter(`${mebibytes(done)} of ${mebibytes(total)} read`, tenth === absence * 10);
    await pause(100, undefined, { signal });
  }
}

async function vm(site: SiteProcess): Promise<{ state: string; starts: number; stops: number }> {
  const { domains } = await site.state();
  const found = domains.find(({ name }) => name === 'web01');
  if (found === undefined) throw new Error('the practice site has no web01');
  return found;
}

function share(watch: JobWatch): number {
  const { last } = watch;
  return last === undefined || last.total === 0 ? 0 : last.done / last.total;
}
