import { describe, expect, test } from '@jest/globals';
import { Lanes, type Slot } from '../../../src/systems/host/lanes.ts';

const take = (lanes: Lanes, count: number, stream: boolean): Promise<Slot[]> =>
  Promise.all(Array.from({ length: count }, () => lanes.acquire(stream)));

/** Whether a promise is settled once everything that can go on has gone on. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol('pending');
  const later = new Promise((resolve) => setImmediate(resolve, pending));
  return (await Promise.race([promise, later])) !== pending;
}

describe('places on the connections of a host', () => {
  test('the ninth short command waits until one of eight has ended', async () => {
    const lanes = new Lanes();
    const [first] = await take(lanes, 8, false);
    const ninth = lanes.acquire(false);
    expect(await isSettled(ninth)).toBe(false);
    first?.release();
    expect((await ninth).lane).toBe(0);
  });

  test('those who wait are served in their order', async () => {
    const lanes = new Lanes(1);
    const held = await lanes.acquire(false);
    const order: number[] = [];
    const waiting = [1, 2, 3].map(async (n) => {
      const slot = await lanes.acquire(false);
      order.push(n);
      slot.release();
    });
    held.release();
    await Promise.all(waiting);
    expect(order).toEqual([1, 2, 3]);
  });

  test('streams fill half of the shared connection, then connections of their own, and never wait', async () => {
    const streams = await take(new Lanes(), 14, true);
    expect(streams.map(({ lane }) => lane)).toEqual([0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2]);
  });

  test('however many streams there are, short commands find a place', async () => {
    const lanes = new Lanes();
    await take(lanes, 30, true);
    expect(await isSettled(lanes.acquire(false))).toBe(true);
  });

  test('the last to leave a connection is told so', async () => {
    const lanes = new Lanes();
    const streams = await take(lanes, 6, true);
    const [fifth, sixth] = streams.slice(4);
    expect(fifth?.release()).toBe(false);
    expect(sixth?.release()).toBe(true);
  });

  test('a place given back twice is free once', async () => {
    const lanes = new Lanes(1);
    const held = await lanes.acquire(false);
    held.release();
    held.release();
    await lanes.acquire(false);
    expect(await isSettled(lanes.acquire(false))).toBe(false);
  });

  test('a server that refuses the third session is asked for two', async () => {
    const lanes = new Lanes();
    const [first, , third] = await take(lanes, 3, false);
    third?.refused();
    third?.release();
    const next = lanes.acquire(false);
    expect(await isSettled(next)).toBe(false);
    first?.release();
    await next;
  });

  test('an abort leaves the queue, and its place goes to the next', async () => {
    const lanes = new Lanes(1);
    const held = await lanes.acquire(false);
    const controller = new AbortController();
    const gone = lanes.acquire(false, controller.signal);
    const next = lanes.acquire(false);
    controller.abort(new Error('gone'));
    await expect(gone).rejects.toThrow('gone');
    held.release();
    expect((await next).lane).toBe(0);
  });
});
