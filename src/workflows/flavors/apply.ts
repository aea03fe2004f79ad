import { CancellationScope } from '@temporalio/workflow';
import type {
  FlavorChange,
  FlavorImport,
  FlavorImportResult,
  FlavorOutcome,
  FlavorPlan,
} from '../../contracts/flavor.ts';
import { faults } from '../../contracts/faults.ts';
import type { Item, Trace } from '../../contracts/operation.ts';
import { sizeText } from '../../domain/flavors/compare-flavor.ts';
import { failureText } from '../shared/failure.ts';
import type { Ended, Op } from '../shared/op.ts';

/** Flavors that one activity takes, and activities at once: Nova gains nothing from more than four calls at once. */
const together = 10;
const atOnce = 2;

/** Applies the plan batch by batch. One that fails doesn't stop the rest; a cancel begins nothing new. */
export async function applyFlavorPlan(
  { cloud, cloudKey, changes }: FlavorPlan,
  { evenInUse = false }: FlavorImport,
  items: ReadonlyMap<string, Item>,
  op: Op,
): Promise<Ended<FlavorImportResult>> {
  const open = changes.filter(({ action }) => action !== 'none');
  const queue = Array.from({ length: Math.ceil(open.length / together) }, (_, at) =>
    open.slice(at * together, (at + 1) * together),
  );
  const outcomes: FlavorOutcome[] = [];
  const operation = CancellationScope.current();

  const apply = async (batch: readonly FlavorChange[], at: number): Promise<void> => {
    for (const { flavor } of batch) mark(items.get(flavor.name), 'running');
    const names = batch.map(({ flavor }) => flavor.name);
    const more = names.length > 1 ? ` and ${String(names.length - 1)} more` : '';
    const calls = op.beside(`${names[0] ?? ''}${more}`, `flavors-${String(at)}`);
    let ended: readonly FlavorOutcome[];
    try {
      ended = await calls.applyFlavors({ cloud, cloudKey, changes: batch, evenInUse });
    } catch (error) {
      const { message } = failureText(error);
      ended = batch.map(({ flavor: { name, id } }) => ({ name, id, outcome: 'failed', why: message }));
      queue.length = 0;
    }
    for (const [at, outcome] of ended.entries()) {
      const item = items.get(outcome.name);
      if (item !== undefined) item.trace = traceOf(batch[at], outcome);
      mark(item, outcome.outcome, outcome.why);
    }
    outcomes.push(...ended);
    op.story.tell();
  };

  let begun = 0;
  const worker = async (): Promise<void> => {
    for (;;) {
      await op.whilePaused(() => operation.consideredCancelled);
      const next = operation.consideredCancelled ? undefined : queue.shift();
      if (next === undefined) return;
      begun += 1;
      await apply(next, begun);
    }
  };
  // Each flavor is whole before it is let go, so a cancel waits for those in work.
  await op.toTheEnd(() => Promise.all(Array.from({ length: atOnce }, worker)));
  return concluded(cloud, changes, outcomes, operation.consideredCancelled);
}

/** Left alone, and yet not what was asked for: it differs, or another is in its way. */
export const isNotAsWanted = ({ action, before, drift }: FlavorChange): boolean =>
  action === 'none' && (drift.length > 0 || before === undefined);

function mark(item: Item | undefined, state: Item['state'], why?: string): void {
  if (item === undefined) return;
  item.state = state;
  if (state === 'running') item.startedAt = Date.now();
  else item.endedAt = Date.now();
  if (why !== undefined) item.why = why;
}

/** Only of one that was done is it known what it is now. */
function traceOf(change: FlavorChange | undefined, { id, outcome, requestIds = [] }: FlavorOutcome): Trace {
  const { before, drift = [], flavor } = change ?? {};
  const as = (which: 'is' | 'wanted') => drift.map((each) => `${each.field} ${each[which] || 'empty'}`).join('; ');
  return {
    ...{ id, requestIds },
    ...(before === undefined ? {} : { before: as('is') }),
    ...(outcome !== 'done' || flavor === undefined
      ? {}
      : { after: before === undefined ? sizeText(flavor) : as('wanted') }),
  };
}

function concluded(
  cloud: string,
  changes: readonly FlavorChange[],
  outcomes: readonly FlavorOutcome[],
  cancelled: boolean,
): Ended<FlavorImportResult> {
  const count = (kind: FlavorOutcome['outcome']): number => outcomes.filter(({ outcome }) => outcome === kind).length;
  const wanted = changes.filter(({ action }) => action !== 'none').length;
  const different = changes.filter(isNotAsWanted);
  const [done, failed, leftAlone] = [count('done'), count('failed'), count('left alone')];
  const rest = [
    failed === 0 ? '' : `${String(failed)} failed`,
    leftAlone === 0 ? '' : `${String(leftAlone)} left alone since the plan`,
    wanted === outcomes.length ? '' : `${String(wanted - outcomes.length)} not begun`,
    different.length === 0 ? '' : `${String(different.length)} not as wanted`,
  ].filter((part) => part !== '');
  const summary = [`${String(done)} of ${String(wanted)} flavors done in ${cloud}`, ...rest].join(', ');
  const result = { cloud, changes, outcomes };
  if (cancelled && outcomes.length < wanted) return { outcome: 'cancelled', summary: `Cancelled: ${summary}`, result };
  if (done === wanted && different.length === 0) return { outcome: 'done', summary, result };
  const message = `${String(failed)} of them failed`;
  const failure = { type: 'FlavorsFailed', message, remedy: faults.FlavorsFailed.remedy };
  return {
    outcome: done > 0 || failed === 0 ? 'partial' : 'failed',
    summary,
    result,
    ...(failed > 0 ? { failure } : {}),
  };
}
