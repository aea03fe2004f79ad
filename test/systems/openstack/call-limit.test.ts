import { expect, test } from '@jest/globals';
import { CallLimit } from '../../../src/systems/openstack/index.ts';

/** A call that ends when it is told to. */
function call(limit: CallLimit, signal?: AbortSignal): { begun: boolean; end: () => void; ended: Promise<void> } {
  let end = (): void => {};
  const told = new Promise<void>((resolve) => (end = resolve));
  const one = { begun: false, end: () => end(), ended: Promise.resolve() };
  one.ended = limit.run(() => {
    one.begun = true;
    return told;
  }, signal);
  return one;
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('no more than so many at once, the others in the order in which they came', async () => {
  const limit = new CallLimit(1);
  const calls = [call(limit), call(limit), call(limit)];
  expect(calls.map(({ begun }) => begun)).toEqual([true, false, false]);
  calls[0]?.end();
  await settled();
  expect(calls.map(({ begun }) => begun)).toEqual([true, true, false]);
});

test('fewer may be allowed while some are under way, and more while some wait', async () => {
  const limit = new CallLimit(2);
  const calls = [call(limit), call(limit), call(limit)];
  limit.allow(0);
  for (const { end } of calls) end();
  await settled();
  expect([limit.running, calls[2]?.begun]).toEqual([0, false]);
  limit.allow(1);
  await settled();
  expect(calls[2]?.begun).toBe(true);
});

test('one that is cancelled while it waits is told at once, and takes no place', async () => {
  const limit = new CallLimit(1);
  const first = call(limit);
  const cancel = new AbortController();
  const cancelled = call(limit, cancel.signal);
  const last = call(limit);
  cancel.abort(new Error('no longer wanted'));
  await expect(cancelled.ended).rejects.toThrow('no longer wanted');
  first.end();
  await settled();
  expect([cancelled.begun, last.begun]).toEqual([false, true]);
  last.end();
  await last.ended;
  expect(limit.idle).toBe(true);
});
