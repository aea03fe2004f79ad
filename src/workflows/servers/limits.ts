import type { ServerAction, ServerLimits, ServerOperation, ServerPlan } from '../../contracts/server-operation.ts';
import type { Bounds } from './apply.ts';

/** What a cloud bears, as docs/benchmarks.md has it; the config of a cloud and the command line say otherwise. */
const defaults: Readonly<Record<ServerAction, Bounds>> = {
  stop: { parallel: 100, perHost: 50 },
  start: { parallel: 100, perHost: 50 },
  delete: { parallel: 50, perHost: 25 },
  migrate: { parallel: 4, perHost: 4 },
};

export function limitsOf(plan: ServerPlan, { limits: said = {} }: ServerOperation): ServerLimits & Bounds {
  const usual = defaults[plan.action];
  const limits = { ...plan.limits, ...said };
  const parallel = limits.parallel ?? usual.parallel;
  return { ...limits, parallel, perHost: Math.min(parallel, limits.perHost ?? Math.max(usual.perHost, parallel / 2)) };
}
