import { setTimeout as pause } from 'node:timers/promises';
import { JobWatch } from './job-files.ts';
import { command, detail, mebibytes, meter, tell, verdict } from './narrator.ts';
import type { Stage } from './stage.ts';
import type { Stackhand } from './stackhand.ts';

/** Of the archive, at which the worker is killed. */
const killAt = 0.25;
/** Seconds without any worker. */
const absence = 3;

/** The main job, with the worst in its middle. True when everything that was promised held. */
export async function show(stackhand: Stackhand, stage: Stage, signal: AbortSignal): Promise<boolean> {
  tell(stage.introduction);
  await run(stackhand, ['vm', 'list', '--host', stage.host]);
  const before = await stage.vm('web01');

  tell('web01 is backed up: share mounted, VM shut down, disk archived, verified, VM started, share unmounted.');
  const watch = new JobWatch(stage.runDirectory);
  try {
    const backup = backupOn(stage);
    command('stackhand', ...backup);
    const following = stackhand.show(...backup);
    let ended = false;
    const over = (): boolean => (ended = true);
    void following.ended.then(over, over);
    while (!ended && share(watch) < killAt) await pause(100, undefined, { signal });
    if (ended) return verdict(false, 'the archive was cut off in its middle: the backup ended before');
    following.interrupt();
    await following.ended;

    const atKill = watch.last;
    const mountedAtKill = await stage.mounts();
    await killEverything(stackhand);
    await showAbsence(watch, signal);
    const atReturn = watch.last;

    tell('A new worker comes, and finds the archive under way.');
    command('stackhand', 'dev', '--detach');
    if ((await stackhand.startDev()) !== 0) return false;
    const id = await stackhand.newestOperation('web01');
    if (id === undefined) return verdict(false, 'the operation is known to Temporal');
    const exitCode = await run(stackhand, ['operation', 'follow', id.slice(id.lastIndexOf('/') + 1)]);

    tell('What is left of it:');
    const after = await stage.vm('web01');
    const mounts = await stage.mounts();
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
      verdict(
        mountedAtKill.length === 1 && mounts.length === 0,
        `at the kill the share was ${mounted(mountedAtKill)}, now it is ${mounted(mounts)}`,
      ),
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

function backupOn({ host, repository, bandwidth }: Stage): string[] {
  const where = ['--host', host, '--to', repository];
  return ['vm', 'backup', 'web01', ...where, '--shutdown', '--bandwidth', bandwidth];
}

const mounted = (points: readonly string[]): string =>
  points.length === 0 ? 'unmounted' : `mounted at ${points.join(' and ')}`;

function share(watch: JobWatch): number {
  const { last } = watch;
  return last === undefined || last.total === 0 ? 0 : last.done / last.total;
}
