import type { Approval } from '../../contracts/operation.ts';
import type { ServerAction, ServerOperation, ServerPlan, ServersResult } from '../../contracts/server-operation.ts';
import { planInWords } from '../../domain/plan-in-words.ts';
import type { Ended, Op } from '../shared/op.ts';

/** Decides about every server, and keeps that on record. Holds nothing. */
export async function makePlan(action: ServerAction, input: ServerOperation, op: Op, round = 1): Promise<ServerPlan> {
  if (round === 1) op.story.phase('planning');
  return op.step(round === 1 ? 'Plan' : `Look again (${String(round)})`, async (at, item) => {
    const plan = await at.planServers(op.id, action, input, round);
    op.story.tag({ cloud: plan.cloud });
    item.why = planInWords(plan);
    return plan;
  });
}

/** The end of an operation that was to make a plan, or has nothing to do; undefined where there is something. */
export const planned = (plan: ServerPlan, input: ServerOperation): Ended<ServersResult> | undefined =>
  input.planOnly !== true && plan.servers > 0 ? undefined : onlyPlanned(plan);

export function onlyPlanned(plan: ServerPlan): Ended<ServersResult> {
  const nothing = plan.servers === 0 ? `Nothing to ${plan.action}: ` : '';
  return {
    summary: `${nothing}${planInWords(plan)}`,
    result: { action: plan.action, cloud: plan.cloud, plan },
  };
}

/** Waits until somebody agreed to this plan; what can't be taken back needs its count said. */
export function approvePlan(plan: ServerPlan, input: ServerOperation, op: Op): Promise<Approval> {
  const { action, hash, servers, expiresAt, cloud, operation: recordedAs } = plan;
  const what = `${action} ${planInWords(plan)} in ${cloud}`;
  return op.gate(
    { what, hash, expiresAt, recordedAs, ...(action === 'delete' ? { count: servers } : {}) },
    input.approved,
  );
}

/** Every host of the plan, in one order for all, so that two operations never wait for each other. */
export async function lockHosts(
  { cloudKey, hosts, drains, how: { to } }: ServerPlan,
  { noWait }: Pick<ServerOperation, 'noWait'>,
  op: Op,
): Promise<void> {
  const touched = new Set([...Object.keys(hosts), ...[drains, to].filter((host) => host !== undefined)]);
  for (const host of [...touched].sort())
    await op.lock(`compute/${cloudKey}/${host === '' ? 'unseen-hosts' : host}`, { wait: noWait !== true });
}
