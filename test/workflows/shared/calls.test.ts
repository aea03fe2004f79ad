import { expect, jest, test } from '@jest/globals';
import { ActivityFailure, RetryState, TimeoutFailure, TimeoutType } from '@temporalio/common';

const unserved = 7;
const waits: unknown[] = [];

// Stands in for the sandbox: a queue that nobody polls takes hours, and Temporal's time is real.
jest.unstable_mockModule('@temporalio/workflow', () => ({
  ActivityCancellationType: { WAIT_CANCELLATION_COMPLETED: 'WAIT_CANCELLATION_COMPLETED' },
  ActivityFailure,
  TimeoutFailure,
  proxyActivities: ({ scheduleToStartTimeout }: { scheduleToStartTimeout: unknown }) => ({
    listBackups: () => {
      waits.push(scheduleToStartTimeout);
      if (waits.length % (unserved + 1) === 0) return Promise.resolve([]);
      const timeout = new TimeoutFailure('no worker', undefined, TimeoutType.SCHEDULE_TO_START);
      return Promise.reject(
        new ActivityFailure('no worker', 'listBackups', '1', RetryState.NON_RETRYABLE_FAILURE, 'x', timeout),
      );
    },
  }),
}));
const { callsFor } = await import('../../../src/workflows/shared/calls.ts');

test('a call waits ever longer for a worker, and the next one begins anew', async () => {
  const notes: (string | undefined)[] = [];
  const calls = callsFor(() => 'dc2', {
    ...{ summary: 'List', activityId: '1', patient: true },
    waiting: (note) => notes.push(note),
  });
  const call = (): Promise<unknown> => calls.listBackups({} as never, {} as never);
  await call();
  expect(waits).toEqual([45, 90, 180, 360, 720, 900, 900, 900].map((seconds) => seconds * 1000));
  expect(notes[0]).toMatch(/no worker serves the queue stackhand-dc2/);
  expect(notes.at(-1)).toBeUndefined();
  await call();
  expect(waits.slice(8, 10)).toEqual([45_000, 90_000]);
});

test('a call of an operation that was given up waits for a worker once', async () => {
  const calls = callsFor(() => 'dc2', {
    ...{ summary: 'List', activityId: '1', patient: false },
    waiting: () => undefined,
  });
  await expect(calls.listBackups({} as never, {} as never)).rejects.toMatchObject({ message: 'no worker' });
});
