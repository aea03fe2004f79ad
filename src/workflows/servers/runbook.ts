import type {
  ServerAction,
  ServerLeftovers,
  ServerOperation,
  ServerPlan,
  ServersResult,
} from '../../contracts/server-operation.ts';
import type { Ended, Op } from '../shared/op.ts';
import { applyPlan } from './apply.ts';
import { concluded } from './conclude.ts';
import { SaidLimits } from './limits.ts';
import { approvePlan, lockHosts, makePlan, planned } from './plan.ts';

/** What every action on many servers goes through: plan, approval, locks, and then exactly the plan. */
export async function actOnServers(
  action: ServerAction,
  input: ServerOperation,
  op: Op,
): Promise<Ended<ServersResult>> {
  const limits = new SaidLimits(input.limits);
  const plan = await makePlan(action, input, op);
  const only = planned(plan, input);
  if (only !== undefined) return only;
  const approval = await approvePlan(plan, input, op);
  await lockHosts(plan, input, op);
  const applied = await applyPlan(plan, limits, op);
  if (action !== 'delete') return concluded(plan, applied, approval, op);
  return concluded(plan, applied, approval, op, await lookForLeftovers(plan, op));
}

/** The servers are gone, whether or not it can be said what they left. */
async function lookForLeftovers(plan: ServerPlan, op: Op): Promise<ServerLeftovers | undefined> {
  try {
    return await op.toTheEnd(() => op.step('Look for what is left', (at) => at.findLeftovers(op.id, plan)));
  } catch {
    return undefined;
  }
}
