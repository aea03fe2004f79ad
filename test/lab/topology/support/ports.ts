import { freePort } from '../../../../src/client/temporal/ports.ts';

/**
 * Free ports below those that the kernel hands out: a part gets its own back when it is started again, and Temporal
 * keeps the ports of its members as a smallint, which ends at 32767.
 */
export async function lowPorts(count: number): Promise<number[]> {
  const found: number[] = [];
  for (let port = 20_000 + Math.floor(Math.random() * 10_000); found.length < count; port += 1)
    if ((await freePort(port)) === port) found.push(port);
  return found;
}
