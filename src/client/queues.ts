import type { Client } from '@temporalio/client';
import { siteQueue } from '../contracts/operation.ts';
import { inTime } from './in-time.ts';

/** A worker that asked for work of a queue within the last minute. */
export interface Poller {
  readonly identity: string;
  /** Milliseconds since the epoch. */
  readonly lastSeen: number;
}

/** A poll lasts a minute at most, so who asked longer ago than this is gone. */
const staleAfter = 75_000;

/** TASK_QUEUE_TYPE_* of temporal.api.enums.v1. */
const types = { workflows: 1, activities: 2 } as const;

/** Who serves a queue. Temporal remembers pollers for five minutes; those that stopped asking are left out. */
export async function pollers(
  client: Client,
  queue: string,
  kind: keyof typeof types = 'workflows',
  now: number = Date.now(),
): Promise<Poller[]> {
  const answer = await inTime(client, () =>
    client.workflowService.describeTaskQueue({
      namespace: client.options.namespace,
      taskQueue: { name: queue },
      taskQueueType: types[kind],
    }),
  );
  return (answer.pollers ?? [])
    .map((poller) => ({
      identity: poller.identity ?? 'unknown',
      lastSeen: Number(poller.lastAccessTime?.seconds ?? 0) * 1000,
    }))
    .filter((poller) => now - poller.lastSeen < staleAfter);
}

export async function hasWorker(client: Client): Promise<boolean> {
  return (await pollers(client, siteQueue(undefined))).length > 0;
}
