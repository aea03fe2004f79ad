import { setTimeout as sleep } from 'node:timers/promises';
import { Fault, isFault } from '../../contracts/faults.ts';
import type { Server } from '../../contracts/server.ts';
import type { BatchOutcome, PlannedServer, ServerBatch, ServerOutcome } from '../../contracts/server-operation.ts';
import { leftAloneText, whyLeftAlone } from '../../domain/server-verdict.ts';
import type { ServerRules } from '../../domain/server-verdict.ts';
import { findServer } from '../../systems/openstack/index.ts';
import type { Cloud } from './cloud-pool.ts';
import { proven, resolvedDoubt } from './doubt.ts';
import type { PlanStore } from './plan-store.ts';
import type { Driver, Settled, Work } from './server-work.ts';
import { outcomeOf } from './server-work.ts';

/** What a batch is given beside its description. */
export interface BatchTools {
  readonly cloud: Cloud;
  readonly store: PlanStore;
  readonly driver: Driver;
  readonly rules: ServerRules;
  /** Somebody gave the operation up: nobody waits for the rest of it. */
  readonly givenUp: () => boolean;
  /** False once another process may have taken over. */
  readonly isCurrent: () => boolean;
  readonly tell: (progress: { done: number; total: number; note?: string }) => void;
}

/** Milliseconds between tries of what can't arrive. */
const waitAfterTrouble = 2000;
/** Milliseconds in which batches that come together gather, so that one list is the first look of all of them. */
const gatherFor = 60;
/** Milliseconds that a look waits while others ask; between two looks; and until one that moves is looked at anyway. */
const looksWaitFor = 5000;
const lookAgainAfter = 700;
const seenAgainAfter = 5000;
/** So many are read one by one: a list of a host costs more than that. */
const fewReads = 2;

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
  if (kept !== undefined) return summed(kept);
  const page = await store.page(batch.plan, batch.page, batch.pageHash);
  const planned = page.servers.slice(batch.from, batch.from + batch.count);
  const run = new BatchRun(batch, planned, tools);
  const outcomes = await run.toTheEnd();
  await store.keepOutcome(batch.operation, batch.page, batch.from, outcomes);
  return summed(outcomes);
}

class BatchRun {
  readonly #batch: ServerBatch;
  readonly #planned: readonly PlannedServer[];
  readonly #tools: BatchTools;
  readonly #host: string;
  readonly #outcomes = new Map<string, ServerOutcome>();
  #works: Work[] = [];

  constructor(batch: ServerBatch, planned: readonly PlannedServer[], tools: BatchTools) {
    this.#batch = batch;
    this.#planned = planned;
    this.#tools = tools;
    this.#host = planned[0]?.host ?? '';
  }

  /** Outcomes in the order of the plan. */
  async toTheEnd(): Promise<ServerOutcome[]> {
    let first = true;
    // Nothing counts that was seen before this batch began: the plan may be newer than that.
    let since = Date.now();
    while (this.#outcomes.size < this.#planned.length) {
      this.#tellProgress();
      if (this.#tools.givenUp()) throw new Error('given up');
      try {
        if (first) await sleep(gatherFor);
        else {
          await this.#letOthersAsk();
          await sleep(Math.max(0, since + lookAgainAfter - Date.now()));
          since = Date.now();
        }
        const seen = await this.#look(first ? this.#planned : await this.#worthALook(since), since);
        if (first) await this.#begin(seen);
        first = false;
        const open = this.#open().filter(({ planned }) => seen.has(planned.id));
        await Promise.all(open.map((work) => this.#advance(work, seen.get(work.planned.id))));
      } catch (error) {
        // The cloud is away or busy: what was asked goes on, and this waits for it to answer again.
        if (!isFault(error) || error.permanent) throw error;
        this.#tellProgress(error.message);
        await sleep(waitAfterTrouble);
      }
    }
    return this.#planned.flatMap(({ id }) => this.#outcomes.get(id) ?? []);
  }

  /** What is still to be asked comes before another look at what was: a list takes as long as many requests. */
  async #letOthersAsk(): Promise<void> {
    const { session } = this.#tools.cloud;
    const until = Date.now() + looksWaitFor;
    while (session.changing > 0 && Date.now() < until) await sleep(100);
  }

  #open(): Work[] {
    return this.#works.filter(({ planned }) => !this.#outcomes.has(planned.id));
  }

  /** Those that may have ended; the others too, now and then: what says that there is nothing to see may be late. */
  async #worthALook(since: number): Promise<PlannedServer[]> {
    const { cloud, driver } = this.#tools;
    const underWay = await driver.underWay?.(cloud, this.#host, since);
    return this.#open()
      .filter((work) => {
        const quiet = work.state === 'asked' && underWay?.has(work.planned.id) === true;
        return !quiet || since - work.seenAt >= Math.min(seenAgainAfter, this.#timeout / 4);
      })
      .map(({ planned }) => planned);
  }

  /** Milliseconds that one server may take. */
  get #timeout(): number {
    return (this.#batch.how.timeout ?? this.#tools.driver.timeout) * 1000;
  }

  /** These servers as they are now; undefined for one that is gone. One list, and single reads for the rest. */
  async #look(wanted: readonly PlannedServer[], since: number): Promise<ReadonlyMap<string, Server | undefined>> {
    const { cloud } = this.#tools;
    const list = wanted.length > fewReads ? await cloud.lists.of(this.#host, since) : undefined;
    const found = await Promise.all(
      wanted.map(async ({ id }) => [id, list?.get(id) ?? (await findServer(cloud.session, id))] as const),
    );
    for (const work of this.#works) if (wanted.includes(work.planned)) work.seenAt = since;
    return new Map(found);
  }

  /** Decides about each, and writes down what will be asked, before anything is. */
  async #begin(seen: ReadonlyMap<string, Server | undefined>): Promise<void> {
    const { store, driver, cloud } = this.#tools;
    const { operation, page, from } = this.#batch;
    const intent = await store.intent(operation, page, from);
    const startedAt = Date.now();
    const works = this.#planned.map((planned): Work => {
      const server = seen.get(planned.id);
      const before = intent?.servers[planned.id] ?? {
        status: server?.status ?? planned.status,
        updated: server?.updated ?? '',
        host: server?.host ?? planned.host,
      };
      return {
        planned,
        before,
        startedAt,
        requestIds: [],
        state: 'open',
        since: startedAt,
        seenAt: startedAt,
        strikes: 0,
        unproven: false,
        intervened: false,
      };
    });
    for (const work of works) {
      const asked = intent !== undefined && Object.hasOwn(intent.servers, work.planned.id);
      if (asked) Object.assign(work, { state: 'in doubt', unproven: true });
      else {
        const why =
          this.#whyNot(work.planned, seen.get(work.planned.id)) ?? (intent && 'it was left alone at the first look');
        if (why !== undefined) this.#end(work, { outcome: 'left alone', why });
      }
    }
    this.#works = works;
    const open = this.#open();
    if (intent !== undefined || open.length === 0) return;
    if (driver.mark !== undefined)
      for (const work of open) work.before = { ...work.before, mark: await driver.mark(cloud, work) };
    const servers = Object.fromEntries(open.map(({ planned, before }) => [planned.id, before]));
    await store.keepIntent(operation, page, from, { servers });
  }

  /** Law of the approved list: what moved, went, or changed in a way that matters since the plan is not touched. */
  #whyNot(planned: PlannedServer, server: Server | undefined): string | undefined {
    if (server === undefined) return 'it is gone since the plan';
    if (server.projectId !== planned.projectId) return 'it belongs to another project since the plan';
    if (planned.host !== '' && server.host !== planned.host)
      return `it has moved to ${server.host ?? 'no host'} since the plan`;
    const { action, how } = this.#batch;
    const left = whyLeftAlone(action, server, how, this.#tools.rules);
    return left === undefined ? undefined : leftAloneText(left);
  }

  async #advance(work: Work, seen: Server | undefined): Promise<void> {
    const { cloud, driver } = this.#tools;
    const { how } = this.#batch;
    if (work.state === 'in doubt' && !(await resolvedDoubt(cloud, driver, work, seen))) return;
    if (work.state === 'open') {
      await this.#ask(work, seen);
      return;
    }
    const settled = await driver.settle(cloud, work, seen, how);
    if (settled !== undefined) {
      this.#end(
        work,
        work.unproven && settled.outcome === 'done' ? await proven(cloud, driver, work, settled) : settled,
      );
      return;
    }
    if (Date.now() - work.since < this.#timeout) return;
    const overdue = await driver.overdue(cloud, work, seen, how);
    if (overdue !== undefined) this.#end(work, overdue);
  }

  async #ask(work: Work, seen: Server | undefined): Promise<void> {
    const { cloud, driver, isCurrent } = this.#tools;
    const why = this.#whyNot(work.planned, seen);
    if (why !== undefined) {
      this.#end(work, { outcome: 'left alone', why });
      return;
    }
    if (!isCurrent())
      throw new Fault('CloudUnreachable', 'this worker was frozen for a while, and another may have taken over');
    try {
      const { requestId } = await driver.ask(cloud, work, this.#batch.how);
      if (requestId !== undefined) work.requestIds.push(requestId);
      work.state = 'asked';
      work.since = Date.now();
    } catch (error) {
      if (!isFault(error)) throw error;
      await this.#refused(work, error);
    }
  }

  async #refused(work: Work, fault: Fault): Promise<void> {
    const { cloud } = this.#tools;
    const { requestId, arrived } = fault.details;
    if (fault.type === 'CloudLoginRefused') throw fault;
    if (!fault.permanent) {
      // Not arrived: it is asked again at the next look. Nobody knows: the next look decides.
      if (arrived !== 'no') Object.assign(work, { state: 'in doubt', unproven: true, since: Date.now() });
      else if (Date.now() - work.startedAt > this.#timeout) this.#end(work, { outcome: 'failed', why: fault.message });
      else await sleep(waitAfterTrouble);
      return;
    }
    if (requestId !== undefined) work.requestIds.push(requestId);
    // Refused because it has changed since the look: then that is why it is left alone.
    const server = await findServer(cloud.session, work.planned.id);
    const why = this.#whyNot(work.planned, server);
    this.#end(
      work,
      why !== undefined && (fault.type === 'CloudConflict' || fault.type === 'CloudResourceNotFound')
        ? { outcome: 'left alone', why }
        : { outcome: 'failed', why: fault.message },
    );
  }

  #end(work: Work, settled: Settled): void {
    this.#outcomes.set(work.planned.id, outcomeOf(work, settled));
    this.#tellProgress();
  }

  #tellProgress(note?: string): void {
    const { tell } = this.#tools;
    tell({ done: this.#outcomes.size, total: this.#planned.length, ...(note === undefined ? {} : { note }) });
  }
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
