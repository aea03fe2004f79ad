import { ActivityCancellationType, ActivityFailure, TimeoutFailure, proxyActivities } from '@temporalio/workflow';
import { TimeoutType } from '@temporalio/common';
import type { ActivityOptions } from '@temporalio/workflow';
import type { Activities } from '../../activities/index.ts';
import { siteQueue, unservedBy } from '../../contracts/operation.ts';
import { growingWait } from '../../domain/growing-wait.ts';

/**
 * Activities as a runbook calls them. Three ways to wait, and tables that say which activity waits how:
 *
 * - quick: a few commands on a host. A few minutes of tries, then it fails.
 * - slow: as few tries, but one may take hours. No deadline ends it: the next would run beside it on the host.
 * - long: may take days, tries without end: it re-attaches to what runs on the host, or begins anew where that is right.
 *
 * All heartbeat, so that the next try comes seconds after a worker's death; and when Temporal was away as a result
 * was reported, which the core gives up on after about 10 s. A cancel waits for the activity's end: what is put back
 * next must not meet one that is still at work.
 *
 * In an undo all end after a few tries, so that the operation can say that it is stuck, and begin the next round.
 */
const quick: ActivityOptions = {
  // Longer than any deadline that a command within has, so that the command's own words are what is reported.
  startToCloseTimeout: '10m',
  heartbeatTimeout: '10s',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '20s', maximumAttempts: 12 },
};
const long: ActivityOptions = {
  startToCloseTimeout: '30d',
  heartbeatTimeout: '10s',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '15s' },
};

const slow: ActivityOptions = { ...long, ...(quick.retry === undefined ? {} : { retry: quick.retry }) };

const slowActivities: readonly (keyof Activities)[] = [
  'emptyPartial',
  'pruneBackup',
  'checkHealthOfHost',
  'checkHealthOfCloud',
  'checkBackupAges',
];

/** Seconds until a call says that no worker polls its queue; while none does, it says so ever more rarely. */
const firstUnserved = 45;

const longActivities: readonly (keyof Activities)[] = [
  'shutDown',
  'archive',
  'verify',
  'compare',
  'extract',
  'isSame',
  'holdGuard',
  'bringBack',
  'stopJobs',
  'waitForLock',
  'mount',
  'unmount',
  'releaseStray',
  'releaseChecked',
  'dropPartial',
  'removeBackups',
  'leaseForReading',
  'checkImages',
  'endChecks',
  'removeRestored',
  'startRestored',
  'settleDomain',
  'checkHost',
  'notify',
  'tellOfHealth',
  'applyServers',
  'applyFlavors',
  'convertImage',
  'hashImageFile',
  'sendImage',
  'importImage',
];

/** How one call shows up, and what it may say while it waits. */
export interface CallContext {
  /** Operator's words for the Web UI's timeline. */
  readonly summary: string;
  /** Unique among what is pending in this workflow. */
  readonly activityId: string;
  /** Tries before an undo shows itself as stuck; absent outside of one. */
  readonly attempts?: number;
  /** Waits for a worker without end, or fails once none came in the first wait. */
  readonly patient: boolean;
  /** Told when no worker polls the queue, and with undefined when one came after all. */
  readonly waiting: (note: string | undefined) => void;
}

export type Calls = {
  readonly [K in keyof Activities]: (...args: Parameters<Activities[K]>) => Promise<Awaited<ReturnType<Activities[K]>>>;
};

/** The activities of the operation's site, which its first activity finds out, bound to the step that calls them. */
export function callsFor(site: () => string | undefined, context: CallContext): Calls {
  return new Proxy({} as Calls, {
    get:
      (_target, name) =>
      (...args: unknown[]) =>
        call(site(), context, String(name) as keyof Activities, args),
  });
}

async function call(
  site: string | undefined,
  context: CallContext,
  name: keyof Activities,
  args: unknown[],
): Promise<unknown> {
  const base = longActivities.includes(name) ? long : slowActivities.includes(name) ? slow : quick;
  const options: ActivityOptions = {
    ...base,
    taskQueue: siteQueue(site),
    summary: context.summary,
    activityId: context.activityId,
  };
  if (context.attempts !== undefined) options.retry = { ...base.retry, maximumAttempts: context.attempts };
  for (let waits = 0; ; waits += 1) {
    // A task in the queue is taken as soon as a worker comes, however long this still is.
    options.scheduleToStartTimeout = growingWait(waits, firstUnserved) * 1000;
    const activity = proxyActivities<Record<string, (...args: unknown[]) => Promise<unknown>>>(options)[name];
    if (activity === undefined) throw new Error(`no activity ${name}`);
    try {
      const result = await activity(...args);
      if (waits > 0) context.waiting(undefined);
      return result;
    } catch (error) {
      // Temporal never retries this timeout. Nobody took the task, so scheduling it again is safe; should somebody
      // have taken it after all, the activity looks first, as on any second attempt.
      if (!isUnserved(error) || !context.patient) throw error;
      context.waiting(unservedBy(site));
    }
  }
}

function isUnserved(error: unknown): boolean {
  return (
    error instanceof ActivityFailure &&
    error.cause instanceof TimeoutFailure &&
    error.cause.timeoutType === TimeoutType.SCHEDULE_TO_START
  );
}
