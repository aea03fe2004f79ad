import { CancellationScope, condition, isCancellation } from '@temporalio/workflow';
import type { FaultType } from '../../contracts/faults.ts';
import type { FailureText, Item, Tally } from '../../contracts/operation.ts';
import type { BatchOutcome, ServerPlan } from '../../contracts/server-operation.ts';
import type { Batch } from '../../domain/batches.ts';
import { failureLimit, roundOf, splitBatch } from '../../domain/batches.ts';
import { failureText } from '../shared/failure.ts';
import type { Op } from '../shared/op.ts';
import type { SaidLimits } from './limits.ts';

/** What came of a plan. */
export interface Applied {
  /** Servers of the plan, and of its addenda. */
  readonly planned: number;
  readonly done: number;
  readonly failed: number;
  readonly leftAlone: number;
  readonly notBegun: number;
  readonly failures: BatchOutcome['failures'];
  /** Why not all of it was begun. */
  readonly ended?: FailureText;
}

/** Milliseconds for what is given up to tell how far it had come. */
const givenUpWithin = 30_000;

/** Failures that a result names, and those that are shown meanwhile; all are in the records. */
const named = 50;
const shown = 12;

/**
 * The batches that are in work. Begins nothing more once cancelled, while paused, when the canary or too many others
 * failed; returns when all that it began has ended.
 */
export class ServerWindow {
  readonly #plan: ServerPlan;
  readonly #said: SaidLimits;
  readonly #op: Op;
  readonly #round: number;
  readonly #item: Item;
  readonly #tally: Tally;
  readonly #failures: BatchOutcome['failures'][number][] = [];
  readonly #inWork = new Set<Batch>();
  /** Of whoever began the window: its own scope no cancel reaches. */
  readonly #operation = CancellationScope.current();
  #begun = 0;
  #ended: FailureText | undefined;

  constructor(plan: ServerPlan, said: SaidLimits, op: Op, item: Item, round: number) {
    this.#plan = plan;
    this.#round = round;
    this.#said = said;
    this.#op = op;
    this.#item = item;
    this.#tally = { planned: plan.servers, done: 0, failed: 0, leftAlone: 0, inWork: [], inWorkCount: 0, failures: [] };
    op.story.ledger.tally = this.#tally;
  }

  async run(batches: readonly Batch[]): Promise<Applied> {
    const queue = [...batches];
    try {
      await this.#work(queue);
    } catch (error) {
      if (!isCancellation(error)) throw error;
      // Given up: what is in work ends at once, with how far it had come on record.
      this.#ended = { type: 'Abandoned', message: 'given up' };
      await CancellationScope.nonCancellable(() => condition(() => this.#inWork.size === 0, givenUpWithin));
    }
    const { done, failed, leftAlone } = this.#tally;
    const notBegun = queue.reduce((sum, { names }) => sum + names.length, 0);
    const open =
      notBegun > 0 || (this.#mustEnd() && done < this.#plan.servers && this.#ended?.type !== 'TooManyFailures');
    const ended = this.#mustEnd() && open ? this.#ended : undefined;
    return {
      ...{ planned: this.#plan.servers, done, failed, leftAlone, notBegun },
      failures: this.#failures.slice(0, named),
      ...(ended === undefined ? {} : { ended }),
    };
  }

  async #work(queue: Batch[]): Promise<void> {
    const over = (): boolean => this.#mustEnd() || queue.length === 0;
    while (!over()) {
      await this.#op.whilePaused(over);
      await condition(() => over() || this.#op.paused || this.#next(queue) !== undefined);
      const next = over() || this.#op.paused ? undefined : this.#next(queue);
      if (next === undefined) continue;
      const [begun, rest] = splitBatch(next.batch, next.room);
      queue.splice(queue.indexOf(next.batch), 1, ...(rest === undefined ? [] : [rest]));
      void this.#apply(begun);
    }
    await condition(() => this.#inWork.size === 0);
  }

  /**
   * The next that there is room for, of the host that has the least in work: hosts work beside each other, and each has
   * its own order. The canary goes alone, and nothing follows before all of it has ended. Where the limits have become
   * smaller than a batch, only so much of it is begun.
   */
  #next(queue: readonly Batch[]): { readonly batch: Batch; readonly room: number } | undefined {
    const { canary = 0, parallel, perHost } = this.#said.of(this.#plan);
    const sends = this.#begun < canary;
    if (!sends && this.#settled() < canary) return undefined;
    const onHost = new Map<string, number>();
    let inWork = 0;
    for (const { host, names } of this.#inWork) {
      onHost.set(host, (onHost.get(host) ?? 0) + names.length);
      inWork += names.length;
    }
    let best: { readonly batch: Batch; readonly room: number } | undefined;
    for (const batch of sends ? queue.slice(0, 1) : queue) {
      const there = onHost.get(batch.host) ?? 0;
      const room = Math.min(parallel - inWork, perHost - there);
      const fits = room >= batch.names.length || (inWork === 0 && room > 0);
      if (fits && (best === undefined || there < (onHost.get(best.batch.host) ?? 0))) best = { batch, room };
      if (best !== undefined && !onHost.has(best.batch.host)) break;
    }
    return best;
  }

  #mustEnd(): boolean {
    if (this.#ended !== undefined) return true;
    const { canary = 0, maxFailures } = this.#said.of(this.#plan);
    const { failed } = this.#tally;
    const limit = failureLimit(maxFailures, this.#plan.servers);
    if (this.#operation.consideredCancelled) this.#ended = { type: 'Cancelled', message: 'cancelled' };
    else if (canary > 0 && failed > 0 && this.#settled() <= canary && this.#begun <= canary)
      this.#end('CanaryFailed', `${String(failed)} of the first ${String(canary)} failed, so nothing more was begun`);
    else if (limit !== undefined && failed > limit)
      this.#end('TooManyFailures', `${String(failed)} failed, and ${maxFailures ?? ''} is the most that may`);
    return this.#ended !== undefined;
  }

  #end(type: FaultType, message: string): void {
    this.#ended = { type, message };
  }

  async #apply(batch: Batch): Promise<void> {
    const { operation: plan, action, cloud, cloudKey, how, pageHashes } = this.#plan;
    const { page, from, host, names } = batch;
    this.#begun += names.length;
    this.#inWork.add(batch);
    this.#tell();
    const [first = ''] = names;
    const what = names.length === 1 ? first : `${first} and ${String(names.length - 1)} more`;
    const at = this.#op.beside(
      `${action} ${what}${host === '' ? '' : ` on ${host}`}`,
      `batch-${String(page)}-${String(from)}`,
    );
    try {
      const outcome = await at.applyServers({
        ...{ plan, operation: roundOf(this.#op.id, this.#round), action, cloud, cloudKey, how, page, from },
        pageHash: pageHashes[page] ?? '',
        count: names.length,
      });
      this.#count(outcome);
    } catch (error) {
      const { type, message, remedy } = failureText(error);
      this.#count({
        ...{ done: 0, failed: names.length, leftAlone: 0 },
        failures: names.map((name) => ({ id: '', name, why: message })),
      });
      // Not one server's failure but the cloud's or the plan's: the next batch would meet the same.
      this.#ended ??= { type, message, ...(remedy === undefined ? {} : { remedy }) };
    }
    this.#inWork.delete(batch);
    this.#tell();
  }

  #count({ done, failed, leftAlone, failures }: BatchOutcome): void {
    this.#tally.done += done;
    this.#tally.failed += failed;
    this.#tally.leftAlone += leftAlone;
    this.#failures.push(...failures.slice(0, Math.max(0, named - this.#failures.length)));
    this.#tally.failures = [...this.#tally.failures, ...failures].slice(-shown);
  }

  #tell(): void {
    const names = [...this.#inWork].flatMap((batch) => batch.names);
    this.#tally.inWork = names.slice(0, shown);
    this.#tally.inWorkCount = names.length;
    this.#item.done = this.#settled();
    this.#item.total = this.#plan.servers;
    this.#op.story.tell();
  }

  #settled(): number {
    const { done, failed, leftAlone } = this.#tally;
    return done + failed + leftAlone;
  }
}
