import { z } from 'zod';
import { Fault } from '../../contracts/faults.ts';
import type {
  PlannedServer,
  ServerLeftAlone,
  ServerOutcome,
  ServerPlan,
  ServerPlanPage,
  ServerPlanView,
} from '../../contracts/server-operation.ts';
import { roundOf } from '../../domain/batches.ts';
import type { Records } from '../../systems/records/records.ts';
import { digest } from '../shared/digest.ts';

/** What is kept of a mass operation, by the name of each document. */
const number = (value: number): string => String(value).padStart(4, '0');
const names = {
  plan: 'plan',
  page: (page: number) => `plan-page-${number(page)}`,
  leftAlone: (page: number) => `left-alone-${number(page)}`,
  intent: (page: number, from: number) => `batch-${number(page)}-${number(from)}-intent`,
  outcome: (page: number, from: number) => `batch-${number(page)}-${number(from)}-outcome`,
};

/** Servers of one page: what one activity reads and one payload of the CLI holds. */
export const pageSize = 500;

/** Characters of one payload: Temporal ends at 2 MB, and warns from 256 KB. */
const payload = 700_000;

// What was written by this program is taken as it is; what decides is checked, since a disk may hold anything.
const page = z.object({ servers: z.array(z.looseObject({ id: z.string(), name: z.string() })) });
const plan = z.looseObject({ operation: z.string(), hash: z.string(), pageHashes: z.array(z.string()) });
const outcomes = z.object({ servers: z.array(z.looseObject({ id: z.string(), outcome: z.string() })) });
const intent = z.object({
  servers: z.record(
    z.string(),
    z.object({ status: z.string(), updated: z.string(), host: z.string(), mark: z.number().exactOptional() }),
  ),
});

/** What a batch was about to do: written before its first request, so that a second attempt knows what is in doubt. */
export type Intent = z.output<typeof intent>;

/** Plans, intents and outcomes of mass operations, in the records. */
export class PlanStore {
  readonly #records: Records;
  readonly #pages = new Map<string, ServerPlanPage>();

  constructor(records: Records) {
    this.#records = records;
  }

  /** Writes the pages, then the plan that names their hashes. */
  async keep(
    given: Omit<ServerPlan, 'pageHashes' | 'hash' | 'servers' | 'leftAlone' | 'leftAlonePages'>,
    servers: readonly PlannedServer[],
    leftAlone: readonly ServerLeftAlone[],
  ): Promise<ServerPlan> {
    const { operation } = given;
    const pages = chunks(servers).map((each) => ({ servers: each }));
    const left = chunks(leftAlone);
    await Promise.all([
      ...pages.map((each, at) => this.#records.put(operation, names.page(at), each)),
      ...left.map((each, at) => this.#records.put(operation, names.leftAlone(at), { servers: each })),
    ]);
    const whole = {
      ...given,
      servers: servers.length,
      leftAlone: leftAlone.length,
      leftAlonePages: left.length,
      pageHashes: pages.map(digest),
    };
    const kept: ServerPlan = { ...whole, hash: digest(whole) };
    await this.#records.put(operation, names.plan, kept);
    return kept;
  }

  /** Under the operation that applies it too, so that its report leads to its plan. */
  async noteApplied(operation: string, applied: ServerPlan): Promise<void> {
    if (applied.operation !== operation) await this.#records.put(operation, names.plan, applied);
  }

  /** Plans of every operation that has one, as they are, under the key that its outcomes are kept by too. */
  async plans(): Promise<{ readonly key: string; readonly plan: ServerPlan }[]> {
    const keys = await this.#records.list();
    const found = await Promise.all(keys.map(async (key) => ({ key, plan: await this.#records.get(key, names.plan) })));
    return found.flatMap(({ key, plan: each }) =>
      plan.safeParse(each).success ? [{ key, plan: each as ServerPlan }] : [],
    );
  }

  /** @throws Fault UnknownPlan; PlanChanged where it is not as it was made */
  async plan(operation: string): Promise<ServerPlan> {
    const found = await this.#records.get(operation, names.plan);
    if (!plan.safeParse(found).success) throw unknown(operation);
    const kept = found as ServerPlan;
    const { hash, ...whole } = kept;
    if (digest(whole) !== hash) throw changed(operation);
    return kept;
  }

  /** @throws Fault PlanChanged where the page has another hash than the plan says */
  async page(operation: string, at: number, hash: string): Promise<ServerPlanPage> {
    const cached = this.#pages.get(hash);
    if (cached !== undefined) return cached;
    const found = await this.#records.get(operation, names.page(at));
    if (found === undefined) throw unknown(operation);
    if (digest(found) !== hash || !page.safeParse(found).success) throw changed(operation);
    const read = found as ServerPlanPage;
    if (this.#pages.size >= 8) this.#pages.delete(this.#pages.keys().next().value ?? '');
    this.#pages.set(hash, read);
    return read;
  }

  async leftAlone(operation: string, at: number): Promise<ServerLeftAlone[]> {
    const found = page.safeParse(await this.#records.get(operation, names.leftAlone(at)));
    return found.success ? (found.data.servers as unknown as ServerLeftAlone[]) : [];
  }

  async intent(operation: string, at: number, from: number): Promise<Intent | undefined> {
    const found = await this.#records.get(operation, names.intent(at, from));
    return found === undefined ? undefined : intent.parse(found);
  }

  async keepIntent(operation: string, at: number, from: number, value: Intent): Promise<void> {
    await this.#records.put(operation, names.intent(at, from), value);
  }

  async outcome(operation: string, at: number, from: number): Promise<ServerOutcome[] | undefined> {
    return asOutcomes(await this.#records.get(operation, names.outcome(at, from)));
  }

  async keepOutcome(operation: string, at: number, from: number, servers: readonly ServerOutcome[]): Promise<void> {
    await this.#records.put(operation, names.outcome(at, from), { servers });
  }

  /** A plan with as many of its pages, from that one on, as a payload may hold. */
  async view(operation: string, from: number): Promise<ServerPlanView> {
    const kept = await this.plan(operation);
    const { pageHashes, leftAlonePages } = kept;
    const servers: PlannedServer[] = [];
    const leftAlone: ServerLeftAlone[] = [];
    let size = 0;
    let at = from;
    for (; at < pageHashes.length + leftAlonePages && size < payload; at += 1) {
      const hash = pageHashes[at];
      if (hash === undefined) leftAlone.push(...(await this.leftAlone(kept.operation, at - pageHashes.length)));
      else servers.push(...(await this.page(kept.operation, at, hash)).servers);
      size = JSON.stringify([servers, leftAlone]).length;
    }
    const more = at < pageHashes.length + leftAlonePages;
    return { plan: kept, servers, leftAlone, ...(more ? { next: at } : {}) };
  }

  /** Every outcome of an operation, in the order of its plan. */
  async outcomes(operation: string): Promise<ServerOutcome[]> {
    const all = await this.#outcomesOf(operation);
    // A drain looks again at what is left, and keeps each later round beside the first.
    for (let round = 2; ; round += 1) {
      const more = await this.#outcomesOf(roundOf(operation, round));
      if (more.length === 0) return all;
      all.push(...more);
    }
  }

  async #outcomesOf(operation: string): Promise<ServerOutcome[]> {
    const kept = (await this.#records.names(operation)).filter((name) => /^batch-.*-outcome$/.test(name)).sort();
    const all = await Promise.all(kept.map(async (name) => asOutcomes(await this.#records.get(operation, name))));
    return all.flatMap((servers) => servers ?? []);
  }
}

function asOutcomes(found: unknown): ServerOutcome[] | undefined {
  const parsed = outcomes.safeParse(found);
  return parsed.success ? (parsed.data.servers as unknown as ServerOutcome[]) : undefined;
}

const unknown = (operation: string): Fault =>
  new Fault('UnknownPlan', `the records of this worker have no plan of operation ${operation}`, { where: operation });

const changed = (operation: string): Fault =>
  new Fault('PlanChanged', `the plan of operation ${operation} is not as it was when it was made`, {
    where: operation,
  });

function chunks<T>(all: readonly T[]): T[][] {
  const found: T[][] = [];
  for (let at = 0; at < all.length; at += pageSize) found.push(all.slice(at, at + pageSize));
  return found;
}
