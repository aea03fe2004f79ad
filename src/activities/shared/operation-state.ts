import { Context } from '@temporalio/activity';
import { WorkflowNotFoundError } from '@temporalio/client';

export type OperationState = 'open' | 'closed' | 'unknown';

/** Whether this Temporal says that an operation has ended; unknown: it is another Temporal's, or forgotten. */
export async function operationState({
  workflowId,
  operation,
}: {
  readonly workflowId: string;
  readonly operation: string;
}): Promise<OperationState> {
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
