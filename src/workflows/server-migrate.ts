import type { ServerOperation, ServersResult } from '../contracts/server-operation.ts';
import { serverTitle } from '../contracts/server-titles.ts';
import { applyPlan } from './servers/apply.ts';
import { concluded } from './servers/conclude.ts';
import { approvePlan, lockHosts, makePlan, planned } from './servers/plan.ts';
import { operate } from './shared/operate.ts';

/** Migrates every server of an approved plan, live or cold; no compute service is touched. */
export const serverMigrate = operate<ServerOperation, ServersResult>(
  (input) => serverTitle('migrate', input),
  async (input, op) => {
    const plan = await makePlan('migrate', input, op);
    const only = planned(plan, input);
    if (only !== undefined) return only;
    const approval = await approvePlan(plan, input, op);
    await lockHosts(plan, input, op);
    const applied = await applyPlan(plan, input.limits, op);
    return concluded(plan, applied, approval, op);
  },
);
