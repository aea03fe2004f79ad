import type { Client } from '@temporalio/client';
import type { Ledger, Report } from '../contracts/operation.ts';
import { endingOf } from './ending.ts';
import type { Ended } from './ending.ts';
import { listed } from './operations.ts';
import type { Listed } from './operations.ts';
import { Watch } from './watch.ts';
import type { Sight } from './watch.ts';
import { inTime } from './in-time.ts';

/** All that can be told of one operation, with or without a worker. */
export interface Facts extends Listed {
  readonly title: string;
  readonly sight: Sight;
  readonly ended?: Ended;
}

export async function lookAt(client: Client, workflowId: string): Promise<Facts> {
  const handle = client.workflow.getHandle(workflowId);
  const [description, sight] = await Promise.all([
    inTime(client, () => handle.describe()),
    new Watch(client, workflowId).look(),
  ]);
  const ended = sight.status === 'RUNNING' ? undefined : await endingOf(client, workflowId, sight.ledger);
  const title = sight.ledger?.title ?? ended?.report?.title ?? (await description.staticSummary()) ?? workflowId;
  return {
    ...listed(description),
    title,
    // A report has the items, and is there without a worker.
    sight: sight.ledger === undefined ? withReport(sight, ended?.report) : sight,
    ...(ended === undefined ? {} : { ended }),
  };
}

function withReport(sight: Sight, report: Report | undefined): Sight {
  if (report === undefined) return sight;
  const { operation, title, reason, items } = report;
  const ledger: Ledger = { operation, title, phase: 'finished', items: [...items] };
  return { ...sight, ledger: reason === undefined ? ledger : { ...ledger, reason } };
}
