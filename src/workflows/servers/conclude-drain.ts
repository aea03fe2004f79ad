import type { Approval } from '../../contracts/operation.ts';
import type { ServerPlan, ServersResult } from '../../contracts/server-operation.ts';
import type { Ended, Op } from '../shared/op.ts';
import { concluded } from './conclude.ts';
import type { Applied } from './window.ts';
import { counted } from '../../domain/format.ts';

interface Drained {
  readonly host: string;
  /** Undefined where nobody could count them. */
  readonly left: number | undefined;
  /** Whether new servers may be scheduled there again, because of this operation. */
  readonly enabled: boolean;
}

/** Empty is done; servers left behind are partial, or a failure where none was moved, and the host goes back to work. */
export function concludedDrain(
  plan: ServerPlan,
  applied: Applied,
  approval: Approval,
  op: Op,
  { host, left, enabled }: Drained,
): Ended<ServersResult> {
  const scheduling = enabled ? 'enabled' : 'disabled';
  const end = concluded(plan, applied, approval, op);
  const empty = left === 0;
  const state =
    left === undefined
      ? 'may still have servers, which could not be counted'
      : empty
        ? 'is empty'
        : `still has ${counted(left, 'server')}`;
  const summary = `${host} ${state}: ${end.summary}; its scheduling is ${scheduling}`;
  const { failure: _, ...rest } = end;
  const failure = end.failure ?? { type: 'ServersFailed', message: summary };
  const outcome = end.outcome === 'cancelled' ? 'cancelled' : empty ? 'done' : applied.done > 0 ? 'partial' : 'failed';
  return {
    ...rest,
    outcome,
    summary,
    ...(empty ? {} : { failure }),
    result: { ...end.result, drained: { host, scheduling, ...(left === undefined ? {} : { left }) } },
  };
}
