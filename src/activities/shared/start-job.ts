import { Context } from '@temporalio/activity';
import { Fault, isFault } from '../../contracts/faults.ts';
import type { Host } from '../../systems/host/host.ts';
import type { JobRef } from '../../systems/jobs/job.ts';
import { tell } from './heartbeat.ts';

/** Times that a host which answers may fail to start a job: after some minutes it won't get better by itself. */
const tries = 20;

/**
 * Starts a job. A host that can't be reached is waited for without end, by Temporal; one that answers, and can't start
 * it (/run is full, systemd refuses), is given up: a VM may be off meanwhile.
 *
 * @param pause seconds between two tries
 * @throws Fault JobFailed, naming the cause; whatever is wrong with the way to the host
 */
export async function startOrGiveUp(host: Host, ref: JobRef, start: () => Promise<unknown>, pause = 15): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await start();
      return;
    } catch (error) {
      if (!isFault(error) || error.type !== 'CommandFailed') throw error;
      const what = `job ${ref.step} can't be started on ${host.name}: ${error.message}`;
      if (attempt === tries) {
        throw new Fault('JobFailed', what, {
          where: host.name,
          remedy: 'look at the space in /run and at systemd on the host',
        });
      }
      tell({ note: `${what}; try ${String(attempt)} of ${String(tries)}` });
      await Context.current().sleep(pause * 1000);
    }
  }
}
