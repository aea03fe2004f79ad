import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { taskQueue } from '../../src/contracts/operation.ts';
import { capacity } from '../../src/worker/capacity.ts';
import { until } from '../support/poll.ts';
import { useTemporal } from '../support/temporal.ts';

const workflowsPath = fileURLToPath(new URL('../support/fixtures/workflows.ts', import.meta.url));
const temporal = useTemporal();

/** Begins so many activities, and ends them once the expected number has been reached. */
async function run(
  worker: { memory: number; processors: number },
  activities: number,
  reached: number,
): Promise<number> {
  let [now, most] = [0, 0];
  let release = (): void => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  const hold = async (): Promise<void> => {
    now += 1;
    most = Math.max(most, now);
    await released;
    now -= 1;
  };
  const { stop } = await temporal.startWorker({ workflowsPath, activities: { hold }, ...capacity(worker) });
  const handle = await temporal.client.workflow.start('holding', {
    taskQueue,
    workflowId: `holding-${String(worker.memory)}`,
    args: [activities],
  });
  try {
    await until(`${String(reached)} at once`, () => now >= reached, 60);
  } finally {
    release();
  }
  await handle.result();
  await stop();
  return most;
}

test('a worker whose machine has room takes on more than the least', async () => {
  expect(await run({ memory: 100, processors: 100 }, 230, 230)).toBe(230);
}, 120_000);

test('one whose machine is full takes on 200 at once, and the others when these have ended', async () => {
  expect(await run({ memory: 1, processors: 1 }, 230, 200)).toBe(200);
}, 120_000);
