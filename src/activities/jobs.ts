import { AsyncResource } from 'node:async_hooks';
import { Context } from '@temporalio/activity';
import { isFault } from '../contracts/faults.ts';
import type { HostTarget } from '../contracts/targets.ts';
import { followJob, stopJob } from '../systems/jobs/job.ts';
import type { JobOutcome, JobProgress, JobRef } from '../systems/jobs/job.ts';
import type { Host } from '../systems/host/host.ts';
import type { HostPaths } from '../systems/jobs/paths.ts';
import type { Deps } from './shared/deps.ts';
import { pathsOf } from './shared/deps.ts';
import { Final } from './shared/failure.ts';
import { rateMeter, tell } from './shared/heartbeat.ts';
import { startOrGiveUp } from './shared/start-job.ts';

/** Faults of the way to the host, not of the job: the job goes on, and the next try re-attaches to it. */
const ofTheWay: readonly string[] = [
  'HostUnreachable',
  'HostKeyChanged',
  'HostKeyUnknown',
  'AuthenticationRefused',
  'SudoNeedsPassword',
  'CommandTimedOut',
  'CommandFailed',
];

/**
 * Starts a job, or re-attaches to it, and follows it with its bytes as heartbeats. Any cancellation only detaches:
 * ending a job is an undo of its own (stopJobs), since a cancelled activity may never get another try. A job that a host
 * which answers can't start fails as JobFailed, after some minutes of tries.
 */
export async function attend(
  host: Host,
  paths: HostPaths,
  ref: JobRef,
  start: () => Promise<unknown>,
  until: 'read' | 'end' = 'end',
): Promise<JobOutcome | { state: 'read' }> {
  const { cancellationSignal } = Context.current();
  const rate = rateMeter();
  try {
    await startOrGiveUp(host, ref, start);
    return await followJob(host, paths, ref, {
      until,
      signal: cancellationSignal,
      // A pooled connection speaks in the context of the activity that opened it, not of this one.
      onProgress: AsyncResource.bind(({ done, total }: JobProgress) => {
        const speed = rate(done);
        tell({ done, total, ...(speed === undefined ? {} : { rate: Math.round(speed) }) });
      }),
    });
  } catch (error) {
    if (isFault(error) && !ofTheWay.includes(error.type)) throw new Final(error);
    throw error;
  }
}

export const jobActivities = ({ host }: Deps) => ({
  /**
   * Ends every job of an operation on a host and waits for the end of its processes.
   * Key: the operation. A retry finds less to end. Cancel: none, it is an undo. Permanent: none.
   */
  async stopJobs(target: HostTarget, operation: string): Promise<void> {
    await stopJob(host(target), pathsOf(target), { operation });
  },
});
