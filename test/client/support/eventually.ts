import { setTimeout as pause } from 'node:timers/promises';

/** Looks again until it is so: visibility and workers follow a moment later. Throws after `within` milliseconds. */
export async function eventually<T>(look: () => Promise<T>, isSo: (value: T) => boolean, within = 20_000): Promise<T> {
  for (const deadline = Date.now() + within; ;) {
    const value = await look();
    if (isSo(value)) return value;
    if (Date.now() > deadline) throw new Error(`not so after ${String(within)} ms: ${JSON.stringify(value)}`);
    await pause(100);
  }
}
