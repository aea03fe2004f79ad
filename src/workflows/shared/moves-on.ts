import { setWorkflowOptions, workflowInfo } from '@temporalio/workflow';

/**
 * For a workflow that need not stay with the build that it began with, where workers have builds at all: one that does
 * nothing but stand there, or is over in a moment. Elsewhere it says nothing.
 */
export function movesOn<A extends unknown[], R>(workflow: (...args: A) => Promise<R>): void {
  setWorkflowOptions(
    () => (workflowInfo().currentDeploymentVersion?.deploymentName ? { versioningBehavior: 'AUTO_UPGRADE' } : {}),
    workflow,
  );
}
