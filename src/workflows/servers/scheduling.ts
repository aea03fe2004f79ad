import type { Op } from '../shared/op.ts';

/** Undefined where the cloud does not say any more. A cancel waits for it: the report tells. */
export async function countLeft(cloud: string, host: string, op: Op): Promise<number | undefined> {
  try {
    return await op.toTheEnd(() => op.step(`Count what is left on ${host}`, (at) => at.countServers(cloud, host)));
  } catch {
    return undefined;
  }
}

/** False where somebody else has taken the host out meanwhile: their reason stays. */
export const putBackIntoScheduling = (cloud: string, host: string, op: Op): Promise<boolean> =>
  op.toTheEnd(() =>
    op.step(`Put ${host} back into scheduling`, async (at, item) => {
      const enabled = await at.enableScheduling(cloud, host, op.id);
      if (!enabled) item.why = 'somebody else took it out: their reason stays';
      return enabled;
    }),
  );
