import { CancellationScope } from '@temporalio/workflow';
import type { ServerOperation } from '../../contracts/server-operation.ts';
import { failureText } from '../shared/failure.ts';
import type { Op } from '../shared/op.ts';
import { applyPlan } from './apply.ts';
import type { SaidLimits } from './limits.ts';
import { approvePlan, makePlan } from './plan.ts';
import type { Applied } from './window.ts';

/** Rounds after which something keeps arriving, and no look helps. */
const mostRounds = 10;

/**
 * Looks at the host again for servers that came after the plan, and migrates those too: at once where the plan said so,
 * after an approval of their own otherwise. Where nobody is asked (--yes) they are left, and the count tells. What ends
 * a later round ends the rounds: what the earlier ones did is told all the same.
 */
export async function migrateArrivals(
  host: string,
  first: Applied,
  input: ServerOperation,
  limits: SaidLimits,
  op: Op,
): Promise<Applied> {
  const included = input.how?.includeArrivals === true;
  const again: ServerOperation = { ...input, source: { from: 'selection', selection: { host } } };
  const operation = CancellationScope.current();
  let total = first;
  for (let round = 2; round <= mostRounds && total.ended === undefined; round += 1) {
    if (operation.consideredCancelled) return total;
    try {
      const plan = await makePlan('migrate', again, op, round);
      if (plan.servers === 0) return total;
      if (!included && input.approved !== undefined) return total;
      await approvePlan(plan, included ? { ...again, approved: {} } : again, op);
      total = added(total, await applyPlan(plan, limits, op, round));
    } catch (error) {
      if (operation.consideredCancelled) return { ...total, ended: { type: 'Cancelled', message: 'cancelled' } };
      return { ...total, ended: failureText(error) };
    }
  }
  return total;
}

const added = (one: Applied, other: Applied): Applied => ({
  planned: one.planned + other.planned,
  done: one.done + other.done,
  failed: one.failed + other.failed,
  leftAlone: one.leftAlone + other.leftAlone,
  notBegun: one.notBegun + other.notBegun,
  failures: [...one.failures, ...other.failures],
  ...(other.ended === undefined ? {} : { ended: other.ended }),
});
