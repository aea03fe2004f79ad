import type { AuditEntry } from '../../contracts/audit.ts';
import type { BatchOutcome, ServerAction, ServerBatch, ServerOutcome } from '../../contracts/server-operation.ts';
import { BatchRun } from './batch-run.ts';
import type { BatchTools } from './batch-run.ts';

/**
 * Does one thing to each server of a batch, once, and waits for the end of each.
 *
 * Nova has no key that would make a second request harmless. So before the first request the batch writes down what it
 * is about to do. Whoever comes second finds that, and takes everything in it for in doubt: where the effect shows and
 * Nova remembers an action of ours since, it is ours; where a task is in flight, it is waited for; where nothing
 * changed, it is asked. Without that document nothing was asked by anybody.
 */
export async function applyBatch(batch: ServerBatch, tools: BatchTools): Promise<BatchOutcome> {
  const { store } = tools;
  const kept = await store.outcome(batch.operation, batch.page, batch.from);
  if (kept !== undefined) return noted(batch, kept, tools);
  const page = await store.page(batch.plan, batch.page, batch.pageHash);
  const planned = page.servers.slice(batch.from, batch.from + batch.count);
  const run = new BatchRun(batch, planned, tools);
  const outcomes = await run.toTheEnd();
  tools.checkTurn();
  await store.keepOutcome(batch.operation, batch.page, batch.from, outcomes);
  return noted(batch, outcomes, tools);
}

/** What became of each server goes into the operation's audit trail, once. */
async function noted(
  { operation, page, from, action }: ServerBatch,
  outcomes: readonly ServerOutcome[],
  { audit }: BatchTools,
): Promise<BatchOutcome> {
  const entries = outcomes.map(({ id, name, outcome, before, movedTo, requestIds, why, endedAt }): AuditEntry => ({
    ...{ at: endedAt, event: outcome, action, object: name, id, before, requestIds },
    ...(outcome === 'done' ? stateAfter(action, movedTo) : {}),
    ...(why === undefined ? {} : { why: why.slice(0, 500) }),
  }));
  await audit.append(operation, `page ${String(page)} from ${String(from)}`, entries);
  return summed(outcomes);
}

/** As it was read back; that a deleted one can be had again for a while is among the outcome's words. */
function stateAfter(action: ServerAction, movedTo: string | undefined): Pick<AuditEntry, 'after'> {
  if (movedTo !== undefined) return { after: `on ${movedTo}` };
  const after = { stop: 'SHUTOFF', start: 'ACTIVE', delete: 'deleted', migrate: undefined }[action];
  return after === undefined ? {} : { after };
}

/** Failures that one result names; all are in the records. */
const named = 5;

function summed(outcomes: readonly ServerOutcome[]): BatchOutcome {
  const count = (kind: ServerOutcome['outcome']): number => outcomes.filter(({ outcome }) => outcome === kind).length;
  return {
    done: count('done'),
    failed: count('failed'),
    leftAlone: count('left alone'),
    failures: outcomes
      .filter(({ outcome }) => outcome === 'failed')
      .slice(0, named)
      .map(({ id, name, why = '' }) => ({ id, name, why: why.slice(0, 300) })),
  };
}
