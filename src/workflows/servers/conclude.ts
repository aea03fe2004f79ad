import type { Approval, FailureText } from '../../contracts/operation.ts';
import type { ServerLeftovers, ServerPlan, ServersResult } from '../../contracts/server-operation.ts';
import type { Ended, Op } from '../shared/op.ts';
import type { Applied } from './window.ts';

const past = { stop: 'stopped', start: 'started', delete: 'deleted', migrate: 'migrated' } as const;

/** How it ended, in one sentence and as a result; all done, some, or none decides the exit code. */
export function concluded(
  plan: ServerPlan,
  applied: Applied,
  approval: Approval,
  op: Op,
  leftovers?: ServerLeftovers,
): Ended<ServersResult> {
  const { ended, planned, ...counts } = applied;
  const result: ServersResult = {
    action: plan.action,
    cloud: plan.cloud,
    plan,
    applied: { ...counts, leftAlone: applied.leftAlone, approvedBy: approval.by },
    ...(leftovers === undefined ? {} : { leftovers }),
  };
  const summary = summaryOf(plan, applied);
  if (ended?.type === 'Cancelled') return { outcome: 'cancelled', summary: `Cancelled: ${summary}`, result };
  if (applied.done === planned) return { outcome: 'done', summary, result };
  const failure: FailureText | undefined =
    ended ??
    (applied.failed > 0 ? { type: 'ServersFailed', message: `${String(applied.failed)} of them failed` } : undefined);
  if (failure === undefined && applied.done > 0) return { outcome: 'partial', summary, result };
  return {
    outcome: applied.done > 0 ? 'partial' : 'failed',
    summary,
    result,
    failure: {
      ...(failure ?? { type: 'ServersFailed', message: 'none of them is as the plan has it any more' }),
      remedy: `${failure?.remedy ?? `stackhand operation servers ${op.id} tells each reason`}; then: stackhand operation retry ${op.id}`,
    },
  };
}

function summaryOf(plan: ServerPlan, { planned, done, failed, leftAlone, notBegun }: Applied): string {
  const rest = [
    failed === 0 ? '' : `${String(failed)} failed`,
    leftAlone === 0 ? '' : `${String(leftAlone)} left alone since the plan`,
    notBegun === 0 ? '' : `${String(notBegun)} not begun`,
  ].filter((part) => part !== '');
  return [`${String(done)} of ${String(planned)} servers ${past[plan.action]}`, ...rest].join(', ');
}
