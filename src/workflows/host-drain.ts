import type { ServerOperation, ServersResult } from '../contracts/server-operation.ts';
import { drainTitle } from '../contracts/server-titles.ts';
import { applyPlan } from './servers/apply.ts';
import { concludedDrain } from './servers/conclude-drain.ts';
import { migrateArrivals } from './servers/arrivals.ts';
import { SaidLimits } from './servers/limits.ts';
import { approvePlan, lockHosts, makePlan, onlyPlanned } from './servers/plan.ts';
import { countLeft, putBackIntoScheduling } from './servers/scheduling.ts';
import { refuse } from './shared/failure.ts';
import { operate } from './shared/operate.ts';

/**
 * Empties a compute host: takes it out of scheduling, migrates what is on it, and looks again until nothing is left.
 * A full drain leaves it out of scheduling; anything else puts it back, while the reason is still ours.
 */
export const hostDrain = operate<ServerOperation, ServersResult>(drainTitle, async (input, op) => {
  const limits = new SaidLimits(input.limits);
  const plan = await makePlan('migrate', input, op);
  if (input.planOnly === true) return onlyPlanned(plan);
  const { cloud, drains: host, how } = plan;
  if (host === undefined) throw refuse('InvalidInput', 'a drain is of one compute host');
  if (how.to === host) throw refuse('InvalidInput', `${host} can not be emptied into itself`);
  const approval = await approvePlan(plan, input, op);
  await lockHosts(plan, input, op);

  const disabled = op.undo(`Put ${host} back into scheduling`, (at) =>
    at.enableScheduling(cloud, host, op.id).then(() => undefined),
  );
  if (how.keepDisabled === true) disabled.settle();
  const ours = await op.step(`Take ${host} out of scheduling`, async (at, item) => {
    const done = await at.disableScheduling(cloud, host, op.id);
    item.trace = { object: host, ...(done ? { before: 'enabled', after: 'disabled' } : { before: 'disabled' }) };
    return done;
  });
  if (!ours) disabled.settle();

  const first = await applyPlan(plan, limits, op);
  const applied = first.ended === undefined ? await migrateArrivals(host, first, input, limits, op) : first;
  const left = await countLeft(cloud, host, op);
  const back = how.keepDisabled !== true && (left !== 0 || how.enableAfter === true);
  const enabled = ours && back && (await op.toTheEnd(() => putBackIntoScheduling({ cloud, host }, op.id, op)));
  disabled.settle();
  return concludedDrain(plan, applied, approval, op, { host, left, enabled });
});
