import { Context } from '@temporalio/activity';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { HostRecord } from '../contracts/host-record.ts';
import type { HostTarget } from '../contracts/targets.ts';
import { listHostRecords } from '../systems/jobs/host-record.ts';
import type { Deps } from './shared/deps.ts';
import { pathsOf } from './shared/deps.ts';

/** What an operation left on a host, and whether this Temporal says it has ended. */
export interface Leftover {
  readonly record: HostRecord;
  readonly state: 'open' | 'closed' | 'unknown';
}

export const repairActivities = ({ host }: Deps) => ({
  /** Records on the host, but for this very operation's. Effect: none. */
  async leftovers(target: HostTarget, uuid?: string): Promise<Leftover[]> {
    const records = await listHostRecords(host(target), pathsOf(target));
    const own = Context.current().info.workflowExecution?.workflowId;
    const wanted = records.filter(
      ({ workflowId, domain }) => workflowId !== own && (uuid === undefined || domain?.uuid === uuid),
    );
    return Promise.all(wanted.map(async (record) => ({ record, state: await stateOf(record) })));
  },
});

async function stateOf({ workflowId, operation }: HostRecord): Promise<Leftover['state']> {
  try {
    const { status, memo } = await Context.current().client.workflow.getHandle(workflowId).describe();
    // Another Temporal may use the same id for an operation of its own.
    if (memo?.['operation'] !== operation) return 'unknown';
    return status.name === 'RUNNING' ? 'open' : 'closed';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return 'unknown';
    throw error;
  }
}
