import type { MetricMeter } from '@temporalio/common';
import type { NativeConnection } from '@temporalio/worker';
import type { Config } from '../../config/schema.ts';
import type { Records } from '../../systems/records/records.ts';
import { backupGauges } from './backups.ts';
import { healthGauges } from './health.ts';
import { openOperationGauges } from './open-operations.ts';
import { queueGauges } from './queues.ts';

/** Milliseconds; as often as Prometheus usually asks. */
const every = 15_000;

export interface Known {
  readonly config: Config;
  readonly sites: readonly string[];
  readonly records: Records;
  readonly connection: NativeConnection;
  readonly namespace: string;
}

/** Gives what the records and Temporal know to Prometheus, anew now and then, until the returned function is called. */
export function publishGauges(meter: MetricMeter, { records, connection, namespace, ...known }: Known): () => void {
  const gauges = [
    healthGauges(meter, records),
    backupGauges(meter, { config: known.config, records }),
    openOperationGauges(meter, connection, namespace),
    queueGauges(meter, known, connection, namespace),
  ];
  // Records or a Temporal that can't be read now are told by whoever needs them; the metrics stay as they were.
  const publish = (): void => {
    for (const gauge of gauges) void gauge().catch(() => undefined);
  };
  publish();
  const timer = setInterval(publish, every);
  return () => clearInterval(timer);
}
