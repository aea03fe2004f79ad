import type { Op } from '../shared/op.ts';

/** Undefined where the cloud does not say any more. A cancel waits for it: the report tells. */
export async function countLeft(cloud: string, host: string, op: Op): Promise<number | undefined> {
  try {
    return await op.toTheEnd(() => op.step(`Count what is left on ${host}`, (at) => at.countServers(cloud, host)));
  } catch {
    return undefined;
  }
}

/**
 * False where it was not taken out by `operation` (for undefined: by any of ours): the reason is somebody else's, and
 * stays.
 */
export const putBackIntoScheduling = (
  { cloud, host }: { readonly cloud: string; readonly host: string },
  operation: string | undefined,
  op: Op,
): Promise<boolean> =>
  op.step(`Put ${host} back into scheduling`, async (at, item) => {
    const enabled = await at.enableScheduling(cloud, host, operation);
    item.trace = { object: host, after: enabled ? 'enabled' : 'disabled' };
    if (!enabled) item.why = 'somebody else took it out: their reason stays';
    return enabled;
  });
