import type { Client, ScheduleExecutionResult } from '@temporalio/client';
import { listed } from './operations.ts';
import { inTime } from './in-time.ts';

export interface Run {
  readonly workflowId: string;
  readonly at: string;
  /** As `operation list` says it; "forgotten" where Temporal has dropped it. */
  readonly state: string;
}

/** Runs of a schedule, the newest first, each with how it ended. */
export function recentRuns(client: Client, actions: readonly ScheduleExecutionResult[]): Promise<Run[]> {
  return Promise.all(
    [...actions].reverse().map(async ({ action, takenAt }) => {
      const { workflowId, firstExecutionRunId } = action.workflow;
      const state = await inTime(client, () =>
        client.workflow.getHandle(workflowId, firstExecutionRunId).describe(),
      ).then(
        (description) => listed(description).state,
        () => 'forgotten',
      );
      return { workflowId, at: takenAt.toISOString(), state };
    }),
  );
}
