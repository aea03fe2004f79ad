import { Context } from '@temporalio/activity';

/** Bytes and rates of a running activity, as the CLI reads them from pending activities. */
export interface HeartbeatDetails {
  readonly done?: number;
  readonly total?: number;
  /** Bytes a second, over the last few seconds. */
  readonly rate?: number;
  /** In operator's words, where there are no bytes. */
  readonly note?: string;
}

const interval = 1000;
const told = new WeakMap<Context, HeartbeatDetails>();
const beaten = new WeakMap<Context, number>();
const frozen = new WeakSet<Context>();

/**
 * Every activity heartbeats, on a timer and not only when there is news: a quiet system is no dead worker, and a dead
 * worker's activity is tried again after seconds rather than at its deadline.
 */
export async function heartbeating<T>(run: () => Promise<T>): Promise<T> {
  const context = Context.current();
  beaten.set(context, Date.now());
  const timer = setInterval(() => {
    noteGap(context);
    beaten.set(context, Date.now());
    context.heartbeat(told.get(context) ?? {});
  }, interval);
  try {
    return await run();
  } finally {
    clearInterval(timer);
  }
}

/** What the next heartbeats of this activity carry. */
export function tell(details: HeartbeatDetails): void {
  told.set(Context.current(), details);
}

/** Temporal gives an activity up after ten intervals without a beat: half of that is too near. */
function noteGap(context: Context): void {
  if (Date.now() - (beaten.get(context) ?? 0) >= 5 * interval) frozen.add(context);
}

/**
 * Whether this attempt is still the one that counts. One whose process was frozen (a suspended machine, SIGSTOP) for
 * longer than Temporal waits may have a successor, for good; so has one that Temporal knows no more. It must not ask
 * for anything any more.
 */
export function isCurrent(): boolean {
  const context = Context.current();
  noteGap(context);
  const { notFound, timedOut, reset } = context.cancellationDetails ?? {};
  return !frozen.has(context) && notFound !== true && timedOut !== true && reset !== true;
}

/** True when this worker ends: what only waits lets go, and another worker's attempt goes on. */
export const workerEnds = (): boolean => Context.current().cancellationDetails?.workerShutdown === true;

/** A rate from the last seconds of a growing count. */
export function rateMeter(now: () => number = Date.now): (done: number) => number | undefined {
  const seen: { at: number; done: number }[] = [];
  return (done) => {
    const at = now();
    seen.push({ at, done });
    while (seen.length > 2 && at - (seen[0]?.at ?? at) > 5000) seen.shift();
    const first = seen[0];
    if (first === undefined || at === first.at) return undefined;
    return Math.max(0, ((done - first.done) / (at - first.at)) * 1000);
  };
}

/** True when a person asked this activity to end; not when a worker shuts down or a server lost track of it. */
export function cancelRequested(): boolean {
  return Context.current().cancellationDetails?.cancelRequested === true;
}
