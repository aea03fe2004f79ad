import { CancellationScope, ParentClosePolicy, condition, startChild } from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { Calls } from './calls.ts';
import { refuse } from './failure.ts';
import { movesOn } from './moves-on.ts';

/**
 * A lock is this workflow, with the resource as its id: Temporal lets only one of that id run. It goes when its
 * holder closes, however that closes, and stays through a cancel's undo.
 */
export async function lock(): Promise<void> {
  await condition(() => false);
}
movesOn(lock);

/**
 * Waits, without end, until this workflow holds the lock of that resource; `waiting` is told who holds it. Without
 * patience: throws HostBusy, naming the holder.
 */
export async function takeLock(
  resource: string,
  at: Calls,
  patient: boolean,
  waiting: (holder: string | undefined) => void,
): Promise<void> {
  for (;;) {
    try {
      await CancellationScope.nonCancellable(() =>
        startChild(lock, {
          workflowId: `lock/${resource}`,
          parentClosePolicy: ParentClosePolicy.TERMINATE,
          staticSummary: `Lock of ${resource}`,
        }),
      );
      waiting(undefined);
      return;
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      const holder = await at.lockHolder(resource);
      if (!patient && holder !== undefined)
        throw refuse('HostBusy', `${resource} is held by ${holder}`, { where: holder });
      waiting(holder);
      await at.waitForLock(resource);
    }
  }
}
