import type { Client } from '@temporalio/client';

/** Milliseconds. A server that is busy, or on the other side of the world, still answers in this. */
const usually = 15_000;

/** Asks Temporal, and does not wait for its answer for ever: a deadline passes as TemporalUnreachable. */
export const inTime = <T>(client: Client, ask: () => Promise<T>, within = usually): Promise<T> =>
  client.withDeadline(Date.now() + within, ask);
