import type { WorkflowHandle } from '@temporalio/client';
import { Fault } from '../contracts/faults.ts';
import type { Cli } from './cli.ts';
import { listed } from './operations.ts';
import { inTime } from './in-time.ts';

/** For what only an open operation can be told; says how it ended otherwise. */
export async function openHandle(cli: Cli, workflowId: string): Promise<WorkflowHandle> {
  const { client } = await cli.temporal();
  const handle = client.workflow.getHandle(workflowId);
  const { open, state } = listed(await inTime(client, () => handle.describe()));
  if (!open)
    throw new Fault('InvalidInput', `${workflowId} has ended already: ${state}`, {
      remedy: 'stackhand operation show tells its report',
    });
  return handle;
}
