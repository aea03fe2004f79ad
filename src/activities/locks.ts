import { Context } from '@temporalio/activity';
import { WorkflowNotFoundError } from '@temporalio/client';

export const lockActivities = () => ({
  /** The workflow that holds a lock; undefined when nobody does any more. Effect: none. */
  async lockHolder(resource: string): Promise<string | undefined> {
    try {
      const { raw } = await Context.current().client.workflow.getHandle(`lock/${resource}`).describe();
      return raw.workflowExecutionInfo?.parentExecution?.workflowId ?? undefined;
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return undefined;
      throw error;
    }
  },

  /** Returns when the lock's workflow has closed. Effect: none. A retry waits on. Cancel: ends at once. */
  async waitForLock(resource: string): Promise<void> {
    const { client, sleep } = Context.current();
    for (;;) {
      try {
        const { status } = await client.workflow.getHandle(`lock/${resource}`).describe();
        if (status.name !== 'RUNNING') return;
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return;
        throw error;
      }
      await sleep(2000);
    }
  },
});
