import type { ServerPlan } from '../../contracts/server-operation.ts';
import { serverVerbs } from '../../contracts/server-titles.ts';
import { batchSize, batchesOf } from '../../domain/batches.ts';
import type { BatchSource } from '../../domain/batches.ts';
import type { Op } from '../shared/op.ts';
import type { SaidLimits } from './limits.ts';
import { ServerWindow } from './window.ts';
import type { Applied } from './window.ts';

/** Applies a plan batch by batch, so many servers at a time in all and of one host. */
export async function applyPlan(plan: ServerPlan, said: SaidLimits, op: Op, round = 1): Promise<Applied> {
  const limits = said.of(plan);
  const pages = await op.step(named('Open the plan', round), () => openPages(plan, op));
  // A migration takes long: none waits for its neighbour before the next begins.
  const size = batchSize(plan.servers, limits.parallel, limits.perHost, plan.action === 'migrate' ? 1 : undefined);
  const batches = batchesOf(pages, size, limits.canary);
  return op.step(named(`${serverVerbs[plan.action]} the servers`, round), async (_at, item) => {
    const window = new ServerWindow(plan, said, op, item, round);
    // What Nova took can't be called back, so a cancel waits for it.
    const applied = await op.toTheEnd(() => window.run(batches));
    item.why = `${String(applied.done)} of ${String(plan.servers)} done`;
    return applied;
  });
}

const named = (action: string, round: number): string => (round === 1 ? action : `${action} (${String(round)})`);

const openPages = ({ operation, pageHashes }: ServerPlan, op: Op): Promise<BatchSource[]> =>
  Promise.all(
    pageHashes.map(async (_, page) => {
      const at = op.beside(`Open page ${String(page + 1)}`, `page-${String(page)}`);
      return { page, servers: await at.openPlanPage({ operation, pageHashes }, page) };
    }),
  );
