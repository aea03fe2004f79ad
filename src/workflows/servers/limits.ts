import { defineSignal, setHandler } from '@temporalio/workflow';
import { handlers } from '../../contracts/operation.ts';
import type { ServerAction, ServerLimits, ServerPlan } from '../../contracts/server-operation.ts';

/** Servers in work at once: in all, and of one host. */
export type Bounds = Required<Pick<ServerLimits, 'parallel' | 'perHost'>>;

/** What a cloud bears, as docs/benchmarks.md has it; the config of a cloud and the command line say otherwise. */
const defaults: Readonly<Record<ServerAction, Bounds>> = {
  stop: { parallel: 200, perHost: 100 },
  start: { parallel: 200, perHost: 100 },
  delete: { parallel: 50, perHost: 25 },
  migrate: { parallel: 8, perHost: 8 },
};

/** What was said wins over the config of the cloud, and that over what is usual. */
function limitsOf(plan: ServerPlan, said: ServerLimits = {}): ServerLimits & Bounds {
  const usual = defaults[plan.action];
  const limits = { ...plan.limits, ...said };
  // Where all go to one host, that host's limit is the limit.
  const most = plan.how.to === undefined ? Infinity : (limits.perTarget ?? usual.parallel);
  const parallel = Math.min(most, limits.parallel ?? usual.parallel);
  const oneHost = Object.keys(plan.hosts).length === 1;
  const perHost = limits.perHost ?? (oneHost ? parallel : Math.max(usual.perHost, Math.ceil(parallel / 2)));
  return { ...limits, parallel, perHost: Math.min(parallel, perHost) };
}

/** What was said about limits: with the command, and by the signal `limits` while the operation runs. */
export class SaidLimits {
  #said: ServerLimits;

  constructor(said: ServerLimits = {}) {
    this.#said = said;
    setHandler(defineSignal<[Partial<Bounds>]>(handlers.limits), (changed) => {
      this.#said = { ...this.#said, ...changed };
    });
  }

  of(plan: ServerPlan): ServerLimits & Bounds {
    return limitsOf(plan, this.#said);
  }
}
