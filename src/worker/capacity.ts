import { ResourceBasedController } from '@temporalio/worker';
import type { WorkerOptions } from '@temporalio/worker';
import type { Config } from '../config/schema.ts';

/**
 * Most activities wait for a host or a cloud and cost nothing: so many go on at once however busy the machine is, so
 * that a busy one still puts back what it holds. A backup holds two for hours and a health check 50 for minutes: with
 * fewer, the start of a VM would wait for them.
 */
const leastActivities = 200;
const mostActivities = 1000;
const leastWorkflowTasks = 10;
const mostWorkflowTasks = 100;

/** How much the workers of this process take on together: more only while the machine has memory and processors left. */
export function capacity({ memory, processors }: Config['worker']): Required<Pick<WorkerOptions, 'tuner'>> {
  const controller = ResourceBasedController.create({
    targetMemoryUsage: memory / 100,
    targetCpuUsage: processors / 100,
  });
  return {
    tuner: {
      controller,
      activityTaskSlotOptions: { minimumSlots: leastActivities, maximumSlots: mostActivities, rampThrottle: '10ms' },
      workflowTaskSlotOptions: { minimumSlots: leastWorkflowTasks, maximumSlots: mostWorkflowTasks },
    },
  };
}
