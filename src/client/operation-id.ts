import { Fault } from '../contracts/faults.ts';
import type { Cli } from './cli.ts';
import { listed } from './operations.ts';

/**
 * The operation id (which records go by) of what a person names: it itself, a workflow id, or the short id. Only the
 * first works once Temporal has forgotten the operation.
 */
export async function operationId(cli: Cli, named: string | undefined): Promise<string> {
  if (named !== undefined && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(named)) return named;
  const workflowId = await cli.find(named, {});
  const { client } = await cli.temporal();
  const { operation } = listed(await client.workflow.getHandle(workflowId).describe());
  if (operation !== undefined) return operation;
  throw new Fault('UnknownOperation', `${workflowId} has no operation id yet`, { where: workflowId });
}
