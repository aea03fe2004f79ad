import type { Logger, MetricMeter } from '@temporalio/common';
import type { NativeConnection } from '@temporalio/worker';
import type { Config } from '../../config/schema.ts';
import type { Records } from '../../systems/records/records.ts';
import { backupGauges } from './backups.ts';
import { healthGauges } from './health.ts';
import { nowAndThen } from './now-and-then.ts';
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
  readonly log: Logger;
}

/** Gives what the records and Temporal know to Prometheus, anew now and then, until the returned function is called. */
export function publishGauges(
  meter: MetricMeter,
  { records, connection, namespace, log, ...known }: Known,
): () => void {
  const gauges = {
    'what health checks found': healthGauges(meter, records),
    'the newest backups': backupGauges(meter, { config: known.config, records }),
    'open operations': openOperationGauges(meter, connection, namespace),
    'workers of queues': queueGauges(meter, known, connection, namespace),
  };
  const ends = Object.entries(gauges).map(([what, publish]) => nowAndThen(what, publish, every, log));
  return () => {
    for (const end of ends) end();
  };
}
