import type { ServerOperation } from '../../contracts/server-operation.ts';
import { applyPlan } from './apply.ts';
import { approvePlan, makePlan } from './plan.ts';
import type { Applied } from './window.ts';
import type { Op } from '../shared/op.ts';

/** Rounds after which something keeps arriving, and no look helps. */
const mostRounds = 10;

/**
 * Looks at the host again for servers that came after the plan, and migrates those too: at once where the plan said so,
 * after an approval of their own otherwise. Where nobody is asked (--yes) they are left, and the count tells.
 */
export async function migrateArrivals(first: Applied, input: ServerOperation, op: Op): Promise<Applied> {
  const included = input.how?.includeArrivals === true;
  let total = first;
  for (let round = 2; round <= mostRounds && total.ended === undefined; round += 1) {
    const plan = await makePlan('migrate', input, op, round);
    if (plan.servers === 0) return total;
    if (!included && input.approved !== undefined) return total;
    await approvePlan(plan, included ? { ...input, approved: {} } : input, op);
    total = added(total, await applyPlan(plan, input.limits, op, round));
  }
  return total;
}

const added = (one: Applied, other: Applied): Applied => ({
  done: one.done + other.done,
  failed: one.failed + other.failed,
  leftAlone: one.leftAlone + other.leftAlone,
  notBegun: one.notBegun + other.notBegun,
  failures: [...one.failures, ...other.failures],
  ...(other.ended === undefined ? {} : { ended: other.ended }),
});
