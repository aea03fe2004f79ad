import { setTimeout as sleep } from 'node:timers/promises';
import { isFault } from '../../contracts/faults.ts';
import type { Fault } from '../../contracts/faults.ts';
import type { Server } from '../../contracts/server.ts';
import type { PlannedServer, ServerAction, ServerBatch, ServerOutcome } from '../../contracts/server-operation.ts';
import { leftAloneText, whyLeftAlone } from '../../domain/server-verdict.ts';
import type { ServerRules } from '../../domain/server-verdict.ts';
import { findServer } from '../../systems/openstack/index.ts';
import type { AuditTrail } from '../shared/audit-trail.ts';
import { BatchLooks } from './batch-looks.ts';
import type { Seen } from './batch-looks.ts';
import type { Cloud } from './cloud-pool.ts';
import { oursSince, proven, resolvedDoubt } from './doubt.ts';
import { withNovasWords } from './novas-words.ts';
import type { PlanStore } from './plan-store.ts';
import type { Driver, Settled, Work } from './server-work.ts';
import { outcomeOf } from './server-work.ts';

/** What a batch is given beside its description. */
export interface BatchTools {
  readonly cloud: Cloud;
  readonly store: PlanStore;
  readonly audit: AuditTrail;
  readonly driver: Driver;
  readonly rules: ServerRules;
  /** Somebody gave the operation up: nobody waits for the rest of it. */
  readonly givenUp: () => boolean;
  /** Throws where another process may have taken over, or is to: then nothing is asked or written any more. */
  readonly checkTurn: () => void;
  readonly tell: (progress: { done: number; total: number; note?: string }) => void;
  /** Told of each server that has ended. */
  readonly ended: (outcome: ServerOutcome) => void;
}

/** Milliseconds between tries of what can't arrive. */
const waitAfterTrouble = 2000;

/** A batch at work: looks, decides, asks, and waits, until each server of it has ended. */
export class BatchRun {
  readonly #batch: ServerBatch;
  readonly #planned: readonly PlannedServer[];
  readonly #tools: BatchTools;
  readonly #looks: BatchLooks;
  readonly #outcomes = new Map<string, ServerOutcome>();
  #works: Work[] = [];

  constructor(batch: ServerBatch, planned: readonly PlannedServer[], tools: BatchTools) {
    this.#batch = batch;
    this.#planned = planned;
    this.#tools = tools;
    this.#looks = new BatchLooks(tools.cloud, tools.driver, planned[0]?.host ?? '');
  }

  /**
   * Outcomes in the order of the plan.
   * @throws Fault where nothing was asked, and what keeps it from being asked is for good
   */
  async toTheEnd(): Promise<ServerOutcome[]> {
    let first = true;
    while (this.#outcomes.size < this.#planned.length) {
      this.#tellProgress();
      this.#tools.checkTurn();
      if (this.#tools.givenUp()) this.#giveUp();
      try {
        const seen = await (first ? this.#looks.first(this.#planned) : this.#looks.again(this.#open(), this.#timeout));
        if (first) await this.#begin(seen);
        first = false;
        const open = this.#open().filter(({ planned }) => seen.has(planned.id));
        await allEnded(open.map((work) => this.#advance(work, seen.get(work.planned.id))));
      } catch (error) {
        // The cloud is away or busy: what was asked goes on, and this waits for it to answer again.
        if (!isFault(error) || (error.permanent && !this.#outlives(error))) throw error;
        this.#tellProgress(error.message);
        await sleep(waitAfterTrouble);
        this.#looks.restart();
      }
    }
    return this.#planned.flatMap(({ id }) => this.#outcomes.get(id) ?? []);
  }

  /**
   * Whether there is something to wait for although the cloud refuses us for good: what Nova took goes on all the same,
   * and must be on record as asked. What was not asked ends here.
   */
  #outlives({ message }: Fault): boolean {
    const asked = this.#open().filter(({ state }) => state !== 'open');
    if (asked.length === 0) return false;
    for (const work of this.#open())
      if (work.state === 'open') this.#end(work, { outcome: 'failed', why: `not asked: ${message}` });
      else if (Date.now() - work.since >= this.#timeout)
        this.#end(work, { outcome: 'failed', why: `it was asked, and how it ended can't be seen: ${message}` });
    return true;
  }

  /** A person said `abandon`: nobody waits for the rest, and the records say how far each had come. */
  #giveUp(): void {
    if (this.#works.length === 0) throw new Error('given up before it was begun');
    for (const work of this.#open())
      this.#end(work, {
        outcome: 'failed',
        why: work.state === 'open' ? 'not asked: given up' : 'given up while it was awaited: Nova may still do it',
      });
  }

  #open(): Work[] {
    return this.#works.filter(({ planned }) => !this.#outcomes.has(planned.id));
  }

  /** Milliseconds that one server may take. */
  get #timeout(): number {
    return (this.#batch.how.timeout ?? this.#tools.driver.timeout) * 1000;
  }

  /** Decides about each, and writes down what will be asked, before anything is. */
  async #begin(seen: Seen): Promise<void> {
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
    this.#tools.checkTurn();
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
    if (left !== undefined) return leftAloneText(left);
    return changedSince(action, planned, server);
  }

  async #advance(work: Work, seen: Server | undefined): Promise<void> {
    const { cloud, driver } = this.#tools;
    if (work.state === 'in doubt' && !(await resolvedDoubt(cloud, driver, work, seen))) return;
    if (work.state === 'open') {
      await this.#ask(work, seen);
      return;
    }
    const settled = await this.#settled(work, seen);
    if (settled === undefined) return;
    // The request of an attempt before is what a person finds it by in Nova's log.
    if (work.requestIds.length === 0)
      work.requestIds.push(...[await oursSince(cloud, driver, work)].flatMap((id) => id ?? []));
    if (work.unproven && settled.outcome === 'done') this.#end(work, await proven(cloud, driver, work, settled));
    else if (work.unproven && settled.gaveUp === true && (await oursSince(cloud, driver, work)) === undefined) {
      // The task that was in flight was another's, and has ended: ours was never asked.
      Object.assign(work, { state: 'open', unproven: false, strikes: 0 });
    } else this.#end(work, settled.outcome === 'failed' ? await withNovasWords(cloud, work, settled) : settled);
  }

  /** How it ended, by itself or because its time is up; what is refused for good about one server is its end alone. */
  async #settled(work: Work, seen: Server | undefined): Promise<Settled | undefined> {
    const { cloud, driver } = this.#tools;
    const { how } = this.#batch;
    try {
      const settled = await driver.settle(cloud, work, seen, how);
      if (settled !== undefined || Date.now() - work.since < this.#timeout) return settled;
      return await driver.overdue(cloud, work, seen, how);
    } catch (error) {
      if (!isFault(error) || !error.permanent || error.type === 'CloudLoginRefused') throw error;
      return { outcome: 'failed', why: `it was asked, and how it ended is not known: ${error.message}` };
    }
  }

  async #ask(work: Work, seen: Server | undefined): Promise<void> {
    const { cloud, driver, checkTurn } = this.#tools;
    const why = this.#whyNot(work.planned, seen);
    if (why !== undefined) {
      this.#end(work, { outcome: 'left alone', why });
      return;
    }
    try {
      // Checked again as it is sent: it may have waited for its turn, or for the cloud to be less busy.
      const { requestId } = await driver.ask(cloud, work, this.#batch.how, checkTurn);
      this.#asked(work, requestId);
    } catch (error) {
      if (!isFault(error)) throw error;
      await this.#refused(work, error);
    }
  }

  #asked(work: Work, requestId: string | undefined): void {
    if (requestId !== undefined && !work.requestIds.includes(requestId)) work.requestIds.push(requestId);
    work.state = 'asked';
    work.since = Date.now();
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
    const changed = fault.type === 'CloudConflict' || fault.type === 'CloudResourceNotFound';
    // Refused because an earlier request of ours, whose answer never came, was taken after all.
    const ours = changed ? await oursSince(cloud, this.#tools.driver, work) : undefined;
    if (ours !== undefined) {
      this.#asked(work, ours);
      return;
    }
    if (requestId !== undefined) work.requestIds.push(requestId);
    // Refused because it has changed since the look: then that is why it is left alone.
    const why = changed ? this.#whyNot(work.planned, await findServer(cloud.session, work.planned.id)) : undefined;
    this.#end(work, why === undefined ? { outcome: 'failed', why: fault.message } : { outcome: 'left alone', why });
  }

  #end(work: Work, settled: Settled): void {
    const outcome = outcomeOf(work, settled);
    this.#outcomes.set(work.planned.id, outcome);
    this.#tools.ended(outcome);
    this.#tellProgress();
  }

  #tellProgress(note?: string): void {
    const { tell } = this.#tools;
    tell({ done: this.#outcomes.size, total: this.#planned.length, ...(note === undefined ? {} : { note }) });
  }
}

/** What has changed since the plan in a way that matters, beside what would leave any server alone. */
function changedSince(action: ServerAction, planned: PlannedServer, server: Server): string | undefined {
  // Migrated cold, one that runs would be rebooted; nobody agreed to that.
  if (action === 'migrate' && (planned.cold === true) !== (server.status === 'SHUTOFF'))
    return `it was ${planned.cold === true ? 'started' : 'stopped'} since the plan`;
  if (action !== 'delete') return undefined;
  const more = server.volumes.find(
    ({ id, deleteOnTermination }) => deleteOnTermination && planned.volumesDeleted?.includes(id) !== true,
  );
  return more === undefined ? undefined : `volume ${more.id} would be deleted with it, which the plan does not say`;
}

/** Waits for all of them, and then throws what the first that failed threw: none goes on unseen. */
async function allEnded(all: readonly Promise<void>[]): Promise<void> {
  for (const result of await Promise.allSettled(all)) if (result.status === 'rejected') throw result.reason;
}
