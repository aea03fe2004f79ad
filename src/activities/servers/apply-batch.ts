import { setTimeout as sleep } from 'node:timers/promises';
import { Fault, isFault } from '../../contracts/faults.ts';
import type { Server } from '../../contracts/server.ts';
import type { BatchOutcome, PlannedServer, ServerBatch, ServerOutcome } from '../../contracts/server-operation.ts';
import { leftAloneText, whyLeftAlone } from '../../domain/server-verdict.ts';
import type { ServerRules } from '../../domain/server-verdict.ts';
import { findServer, listInstanceActions } from '../../systems/openstack/index.ts';
import type { Cloud } from './cloud-pool.ts';
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

/** Milliseconds: a request that broke off may still be on its way to Nova; and between tries of what can't arrive. */
const doubtFor = 5000;
const waitAfterTrouble = 2000;
/** Milliseconds in which batches that come together gather, so that one list is the first look of all of them. */
const gatherFor = 60;
/** Milliseconds that a look waits while others ask. */
const looksWaitFor = 5000;

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
          since = Date.now();
        }
        const seen = await this.#look(since);
        if (first) await this.#begin(seen);
        first = false;
        await Promise.all(this.#open().map((work) => this.#advance(work, seen.get(work.planned.id))));
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

  /** Every server of the batch as it is now; undefined for one that is gone. One list, and single reads for the rest. */
  async #look(since: number): Promise<ReadonlyMap<string, Server | undefined>> {
    const { cloud } = this.#tools;
    const wanted = this.#planned.filter(({ id }) => !this.#outcomes.has(id));
    const list = await cloud.lists.of(this.#host, since);
    const found = await Promise.all(
      wanted.map(async ({ id }) => [id, list.get(id) ?? (await findServer(cloud.session, id))] as const),
    );
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
    if (work.state === 'in doubt' && !(await this.#resolveDoubt(work, seen))) return;
    if (work.state === 'open') {
      await this.#ask(work, seen);
      return;
    }
    const settled = await driver.settle(cloud, work, seen, how);
    if (settled !== undefined) {
      this.#end(work, work.unproven && settled.outcome === 'done' ? await this.#proven(work, settled) : settled);
      return;
    }
    if (Date.now() - work.since < (how.timeout ?? driver.timeout) * 1000) return;
    const overdue = await driver.overdue(cloud, work, seen, how);
    if (overdue !== undefined) this.#end(work, overdue);
  }

  /** False while nothing can be said. Afterwards it is asked, or open to be asked (again). */
  async #resolveDoubt(work: Work, seen: Server | undefined): Promise<boolean> {
    const { driver } = this.#tools;
    if (driver.reached(work, seen) || seen?.taskState != null || (await this.#oursSince(work)) !== undefined) {
      work.state = 'asked';
      return true;
    }
    if (Date.now() - work.since < doubtFor) return false;
    work.state = 'open';
    work.unproven = false;
    return true;
  }

  /** The effect shows: ours, if Nova remembers that we asked for it since. */
  async #proven(work: Work, settled: Settled): Promise<Settled> {
    const ours = await this.#oursSince(work);
    if (ours === undefined)
      return {
        outcome: 'left alone',
        why: `somebody else did it meanwhile: Nova knows of no ${this.#tools.driver.verb} of ours`,
      };
    if (!work.requestIds.includes(ours)) work.requestIds.push(ours);
    return settled;
  }

  /**
   * The request of ours that Nova remembers since the server was last read before its request. Every change of a server
   * ends after the action that caused it began, so an older action began before that last change.
   */
  async #oursSince({ planned, before }: Work): Promise<string | undefined> {
    const { cloud, driver } = this.#tools;
    const verb = planned.cold === true ? 'migrate' : driver.verb;
    const [{ userId }, actions] = await Promise.all([
      cloud.session.token(),
      listInstanceActions(cloud.session, planned.id),
    ]);
    const since = Date.parse(before.updated);
    return actions.find((action) => action.action === verb && action.userId === userId && !(action.startedAt < since))
      ?.requestId;
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
    const { cloud, driver } = this.#tools;
    const { requestId, arrived } = fault.details;
    if (fault.type === 'CloudLoginRefused') throw fault;
    if (!fault.permanent) {
      // Not arrived: it is asked again at the next look. Nobody knows: the next look decides.
      if (arrived !== 'no') Object.assign(work, { state: 'in doubt', unproven: true, since: Date.now() });
      else if (Date.now() - work.startedAt > (this.#batch.how.timeout ?? driver.timeout) * 1000)
        this.#end(work, { outcome: 'failed', why: fault.message });
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
