import { isFirstRound } from '../../domain/batches.ts';
import { mayBeDone } from '../../domain/server-outcome.ts';
import type { PlanStore } from './plan-store.ts';

/** The operation that last moved servers away from a host to empty it; not one that was only planned. */
export async function lastDrain(store: PlanStore, cloudKey: string, host: string): Promise<string | undefined> {
  const drains = (await store.plans()).filter(
    ({ key, plan }) => plan.drains === host && plan.cloudKey === cloudKey && isFirstRound(key),
  );
  const moved = await Promise.all(
    drains.map(async ({ key }) => {
      const done = (await store.outcomes(key)).filter(mayBeDone);
      return { key, endedAt: Math.max(0, ...done.map(({ endedAt }) => endedAt)) };
    }),
  );
  const last = moved.sort((one, other) => other.endedAt - one.endedAt)[0];
  return last === undefined || last.endedAt === 0 ? undefined : last.key;
}
