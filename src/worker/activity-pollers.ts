import type { NativeConnection } from '@temporalio/worker';
import proto from '@temporalio/proto';

const { TASK_QUEUE_TYPE_ACTIVITY } = proto.temporal.api.enums.v1.TaskQueueType;

/** Who has asked for activities of a queue within the last minutes, also those that have ended since. */
export async function activityPollers(
  connection: NativeConnection,
  namespace: string,
  queue: string,
): Promise<readonly proto.temporal.api.taskqueue.v1.IPollerInfo[]> {
  const { pollers } = await connection.workflowService.describeTaskQueue({
    namespace,
    taskQueue: { name: queue },
    taskQueueType: TASK_QUEUE_TYPE_ACTIVITY,
  });
  return pollers ?? [];
}
