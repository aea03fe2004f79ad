import { expect, test } from '@jest/globals';
import { runTogether } from '../../src/worker/together.ts';

type Queue = Parameters<typeof runTogether>[0][number];

/** Runs until it is told to stop, or fails at once. */
function queue(failure?: Error): Queue & { stopped: boolean } {
  let stop = (): void => {};
  const ended = new Promise<void>((resolve) => (stop = resolve));
  const one = {
    stopped: false,
    run: () => (failure === undefined ? ended : Promise.reject(failure)),
    getState: () => (one.stopped || failure !== undefined ? ('STOPPED' as const) : ('RUNNING' as const)),
    shutdown: () => {
      one.stopped = true;
      stop();
    },
  };
  return one;
}

test('one that fails takes the others with it, and its reason is what is told', async () => {
  const others = [queue(), queue()];
  await expect(runTogether([...others, queue(new Error('the namespace is gone'))])).rejects.toThrow(
    'the namespace is gone',
  );
  expect(others.map(({ stopped }) => stopped)).toEqual([true, true]);
});

test('it ends when all of them have', async () => {
  const all = [queue(), queue()];
  const running = runTogether(all);
  for (const each of all) each.shutdown();
  await running;
});
