import type { MetricMeter } from '@temporalio/common';
import type { NativeConnection } from '@temporalio/worker';
import { openPhases } from '../../contracts/operation.ts';
import { kinds } from './operations.ts';

/** Of one answer. */
const pageSize = 1000;

/** What is under way, and in which state, as Temporal lists it: the same from each worker. */
export function openOperationGauges(
  meter: MetricMeter,
  connection: NativeConnection,
  namespace: string,
): () => Promise<void> {
  const open = meter.createGauge('stackhand_operations_open', 'int', '', 'Operations under way, by kind and state');
  const query = `ExecutionStatus = 'Running' AND StackhandState IS NOT NULL`;
  return async () => {
    const counts = new Map(kinds.map((kind) => [kind, new Map(openPhases.map((state) => [state as string, 0]))]));
    let nextPageToken: Uint8Array | undefined;
    do {
      const page = await connection.workflowService.listWorkflowExecutions({
        ...{ namespace, query, pageSize },
        ...(nextPageToken === undefined ? {} : { nextPageToken }),
      });
      for (const { type, searchAttributes } of page.executions) {
        const states = counts.get(type?.name ?? '');
        const state = textOf(searchAttributes?.indexedFields?.['StackhandState']?.data);
        const before = states?.get(state);
        // Reads are no operations to wait for; and one that ends just now has its outcome for a state already.
        if (before !== undefined) states?.set(state, before + 1);
      }
      nextPageToken = page.nextPageToken.length === 0 ? undefined : page.nextPageToken;
    } while (nextPageToken !== undefined);
    for (const [kind, states] of counts) for (const [state, count] of states) open.set(count, { kind, state });
  };
}

const textOf = (data: Uint8Array | null | undefined): string =>
  data == null ? '' : String(JSON.parse(Buffer.from(data).toString()));
