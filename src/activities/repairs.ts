import { Context } from '@temporalio/activity';
import type { HostRecord } from '../contracts/host-record.ts';
import type { HostTarget } from '../contracts/targets.ts';
import { listHostRecords } from '../systems/jobs/host-record.ts';
import type { Deps } from './shared/deps.ts';
import { pathsOf } from './shared/deps.ts';
import { operationState } from './shared/operation-state.ts';
import type { OperationState } from './shared/operation-state.ts';

/** What an operation left on a host, and whether this Temporal says it has ended. */
export interface Leftover {
  readonly record: HostRecord;
  readonly state: OperationState;
}

export const repairActivities = ({ host }: Deps) => ({
  /** Records on the host, but for this very operation's. Effect: none. Permanent: Leftover for one that can't be read. */
  async leftovers(target: HostTarget, uuid?: string): Promise<Leftover[]> {
    const records = await listHostRecords(host(target), pathsOf(target));
    const own = Context.current().info.workflowExecution?.workflowId;
    const wanted = records.filter(
      ({ workflowId, domain }) => workflowId !== own && (uuid === undefined || domain?.uuid === uuid),
    );
    return Promise.all(wanted.map(async (record) => ({ record, state: await operationState(record) })));
  },
});
