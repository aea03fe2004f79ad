import type { MetricMeter } from '@temporalio/common';
import type { NativeConnection } from '@temporalio/worker';
import type { Config } from '../../config/schema.ts';
import { siteQueue } from '../../contracts/operation.ts';
import { servingPollers } from '../../domain/pollers.ts';
import { activityPollers } from '../activity-pollers.ts';

/** How many workers serve each queue that operations may need: of every site that the config has hosts at. */
export function queueGauges(
  meter: MetricMeter,
  { config, sites }: { readonly config: Config; readonly sites: readonly string[] },
  connection: NativeConnection,
  namespace: string,
): () => Promise<void> {
  const workers = meter.createGauge('stackhand_queue_workers', 'int', '', 'Workers that ask for work of a queue');
  const ofHosts = Object.values(config.hosts).map(({ site }) => site);
  const queues = [...new Set([undefined, ...sites, ...ofHosts])].map(siteQueue);
  return async () => {
    for (const queue of queues) {
      const told = await activityPollers(connection, namespace, queue);
      workers.set(servingPollers(told, Date.now()).length, { queue });
    }
  };
}
