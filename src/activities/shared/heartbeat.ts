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

/**
 * Heartbeats on a timer, not only when there is news: a quiet system is no dead worker. `tell` sets what the next
 * beats carry.
 */
export async function withHeartbeat<T>(run: (tell: (details: HeartbeatDetails) => void) => Promise<T>): Promise<T> {
  const context = Context.current();
  let details: HeartbeatDetails = {};
  const timer = setInterval(() => {
    context.heartbeat(details);
  }, interval);
  try {
    return await run((next) => {
      details = next;
    });
  } finally {
    clearInterval(timer);
  }
}

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
