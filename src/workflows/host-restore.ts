import type { HostRestore, ServersResult } from '../contracts/server-operation.ts';
import { restoreTitle } from '../contracts/server-titles.ts';
import { planInWords } from '../domain/plan-in-words.ts';
import { applyPlan } from './servers/apply.ts';
import { concluded } from './servers/conclude.ts';
import { SaidLimits } from './servers/limits.ts';
import { approvePlan, lockHosts, makePlan } from './servers/plan.ts';
import { putBackIntoScheduling } from './servers/scheduling.ts';
import { operate } from './shared/operate.ts';

/** Puts a compute host back into scheduling, while it was us who took it out, and brings back what its drain moved. */
export const hostRestore = operate<HostRestore, ServersResult | undefined>(restoreTitle, async (input, op) => {
  const limits = new SaidLimits(input.limits);
  const found = await op.step('Find the drain', async (at, item) => {
    const last = await at.findDrain(input.cloud, input.host);
    item.why = `${input.drain ?? last.drain ?? 'none'} moved servers away from ${last.host}`;
    return last;
  });
  const { cloud, cloudKey, host } = found;
  op.story.tag({ cloud, host });
  const lock = (): Promise<void> => op.lock(`compute/${cloudKey}/${host}`, { wait: input.noWait !== true });
  const enable = (): Promise<boolean> => putBackIntoScheduling(found, undefined, op);
  const said = (enabled: boolean): string =>
    `${host} ${enabled ? 'is in scheduling' : 'stays out of scheduling, for a reason that is not ours'}`;

  const drain = input.bringBack === false ? undefined : (input.drain ?? found.drain);
  if (drain === undefined) {
    await lock();
    return { summary: `${said(await enable())}; there is nothing to bring back`, result: undefined };
  }
  const back = { ...input, cloud, source: { from: 'moved' as const, operation: drain } };
  const plan = await makePlan('migrate', back, op);
  if (plan.servers === 0) {
    await lock();
    return {
      summary: `${said(await enable())}; nothing to bring back: ${planInWords(plan)}`,
      result: { action: 'migrate', cloud, plan },
    };
  }
  const approval = await approvePlan(plan, back, op);
  await lockHosts(plan, input, op);
  const enabled = await enable();
  const ended = concluded(plan, await applyPlan(plan, limits, op), approval, op);
  return { ...ended, summary: `${said(enabled)}; ${ended.summary}` };
});
