import type { Approval } from '../../contracts/operation.ts';
import type { ServerPlan, ServersResult } from '../../contracts/server-operation.ts';
import type { Ended, Op } from '../shared/op.ts';
import { concluded } from './conclude.ts';
import type { Applied } from './window.ts';

interface Drained {
  readonly host: string;
  readonly left: number;
  /** Whether it was this operation that took the host out of scheduling. */
  readonly ours: boolean;
}

/** Empty is done; servers left behind are partial, or a failure where none was moved, and the host goes back to work. */
export function concludedDrain(
  plan: ServerPlan,
  applied: Applied,
  approval: Approval,
  op: Op,
  { host, left, ours }: Drained,
): Ended<ServersResult> {
  const { how } = plan;
  const enabled = ours && how.keepDisabled !== true && (left > 0 || how.enableAfter === true);
  const scheduling = enabled ? 'enabled' : 'disabled';
  const end = concluded(plan, applied, approval, op);
  const empty = left === 0;
  const summary = `${host} ${empty ? 'is empty' : `still has ${String(left)} ${left === 1 ? 'server' : 'servers'}`}: ${end.summary}; its scheduling is ${scheduling}`;
  const { failure: _, ...rest } = end;
  const failure = end.failure ?? { type: 'ServersFailed', message: summary };
  const outcome = end.outcome === 'cancelled' ? 'cancelled' : empty ? 'done' : applied.done > 0 ? 'partial' : 'failed';
  return {
    ...rest,
    outcome,
    summary,
    putBack: true,
    ...(empty ? {} : { failure }),
    result: { ...end.result, drained: { host, left, scheduling } },
  };
}
