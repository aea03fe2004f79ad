import type { Client } from '@temporalio/client';
import { siteQueue } from '../contracts/operation.ts';
import { servingPollers } from '../domain/pollers.ts';
import type { Poller } from '../domain/pollers.ts';
import { inTime } from './in-time.ts';

/** TASK_QUEUE_TYPE_* of temporal.api.enums.v1. */
const types = { workflows: 1, activities: 2 } as const;

/** Who serves a queue. */
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
  return servingPollers(answer.pollers, now);
}

export async function hasWorker(client: Client): Promise<boolean> {
  return (await pollers(client, siteQueue(undefined))).length > 0;
}
