import { randomUUID } from 'node:crypto';
import { WorkflowFailedError } from '@temporalio/client';
import type { WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { taskQueue } from '../../src/contracts/operation.ts';
import type { useTemporal } from '../support/temporal.ts';
import type { FakeHost } from './fake-host.ts';

/** Starts an operation on that host, which a worker of its own serves. */
export async function begin(
  temporal: ReturnType<typeof useTemporal>,
  host: FakeHost,
  type: string,
  input: object,
): Promise<WorkflowHandle> {
  await temporal.startWorker({ activities: host.activities() });
  return temporal.client.workflow.start(type, {
    taskQueue,
    workflowId: `${type}/kvm1/web01/${randomUUID().slice(0, 8)}`,
    args: [{ input: { host: 'kvm1', ...input }, startedBy: 'test' }],
  });
}

/** The failure's type, as the CLI and the Web UI show it. */
export async function failure(handle: WorkflowHandle): Promise<string | undefined> {
  try {
    await handle.result();
  } catch (error) {
    if (error instanceof WorkflowFailedError) {
      return error.cause instanceof ApplicationFailure ? (error.cause.type ?? undefined) : error.cause?.name;
    }
    throw error;
  }
  throw new Error('it did not fail');
}

export async function reaches(host: FakeHost, activity: string): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!host.calls.includes(activity)) {
    if (Date.now() > deadline) throw new Error(`${activity} is not reached: ${host.calls.join(' ')}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
