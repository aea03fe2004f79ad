import type { ServerOperation, ServersResult } from '../contracts/server-operation.ts';
import { serverTitle } from '../contracts/server-titles.ts';
import { applyPlan } from './servers/apply.ts';
import { concluded } from './servers/conclude.ts';
import { approvePlan, lockHosts, makePlan, planned } from './servers/plan.ts';
import { operate } from './shared/operate.ts';

/** Deletes exactly the servers of an approved plan, whose number somebody confirmed; tells what they leave behind. */
export const serverDelete = operate<ServerOperation, ServersResult>(
  (input) => serverTitle('delete', input),
  async (input, op) => {
    const plan = await makePlan('delete', input, op);
    const only = planned(plan, input);
    if (only !== undefined) return only;
    const approval = await approvePlan(plan, input, op);
    await lockHosts(plan, input, op);
    const applied = await applyPlan(plan, input.limits, op);
    const leftovers = await op.toTheEnd(() => op.step('Look for what is left', (at) => at.findLeftovers(op.id, plan)));
    return concluded(plan, applied, approval, op, leftovers);
  },
);
