import { isFault } from '../../contracts/faults.ts';
import type { HealthPlan } from '../../contracts/health-plan.ts';
import type { HealthMemory, HealthReport, PlaceChecked, Undelivered } from '../../contracts/health.ts';
import { onceFor } from './patience.ts';
import { parseMemory } from './memory-schema.ts';
import { toldOf } from '../../domain/health/told.ts';
import type { Records } from '../../systems/records/records.ts';

/** Beside the operations: what is remembered from run to run. */
const lineage = 'health';
const plan = 'health-plan';
const report = 'health-report';
const next = 'health-memory';
const undelivered = 'health-undelivered';
const place = (name: string): string => `health-place-${name}`;
const generation = (number: number): string => `memory-${String(number).padStart(8, '0')}`;

/** Generations that stay: a check that began some runs ago still finds its own. */
const kept = 10;

/**
 * What health checks keep: their plan and what they saw below their own operation, and in one line of numbered
 * generations what the next run compares with. A generation is made once: whoever comes second has to look again.
 */
export class HealthStore {
  readonly #records: Records;
  #compared: { readonly operation: string; readonly memory: () => Promise<HealthMemory | undefined> } | undefined;

  constructor(records: Records) {
    this.#records = records;
  }

  keepPlan(value: HealthPlan): Promise<void> {
    return this.#records.put(value.operation, plan, value);
  }

  async plan(operation: string): Promise<HealthPlan | undefined> {
    return (await this.#records.get(operation, plan)) as HealthPlan | undefined;
  }

  keepPlace(operation: string, name: string, value: PlaceChecked): Promise<void> {
    return this.#records.put(operation, place(name), value);
  }

  async places(operation: string): Promise<PlaceChecked[]> {
    const names = (await this.#records.names(operation)).filter((name) => name.startsWith(place('')));
    return Promise.all(names.map(async (name) => (await this.#records.get(operation, name)) as PlaceChecked));
  }

  /** All of a run but its report, which is for ever. */
  async forgetRun(operation: string): Promise<void> {
    for (const name of await this.#records.names(operation))
      if ([plan, next, undelivered].includes(name) || name.startsWith(place('')))
        await this.#records.forget(operation, name);
  }

  keepUndelivered(operation: string, waiting: readonly Undelivered[]): Promise<void> {
    return this.#records.put(operation, undelivered, waiting);
  }

  async keepReport(value: HealthReport, memory: HealthMemory): Promise<void> {
    await this.#records.put(value.operation, next, memory);
    await this.#records.put(value.operation, report, value);
  }

  async report(operation: string): Promise<HealthReport | undefined> {
    return (await this.#records.get(operation, report)) as HealthReport | undefined;
  }

  /** Operations with a report whose id begins so. */
  async find(start: string): Promise<string[]> {
    const found = [];
    for (const operation of await this.#records.list())
      if (operation.startsWith(start) && (await this.#records.names(operation)).includes(report)) found.push(operation);
    return found;
  }

  /** The newest generation's number; 0 where there is none. */
  async newest(): Promise<number> {
    const numbers = (await this.#records.names(lineage)).flatMap((name) => /^memory-(\d+)$/.exec(name)?.[1] ?? []);
    return Math.max(0, ...numbers.map(Number));
  }

  async memory(number: number): Promise<HealthMemory | undefined> {
    if (number === 0) return undefined;
    const found = await this.#records.get(lineage, generation(number));
    return found === undefined ? undefined : parseMemory(found, `${lineage}/${generation(number)}`);
  }

  /** What a run compares with, read once for all its places: a run of a thousand hosts has a thousand of them. */
  memoryFor({ operation, readableMemory }: HealthPlan): Promise<HealthMemory | undefined> {
    if (this.#compared?.operation !== operation)
      this.#compared = { operation, memory: onceFor(() => this.memory(readableMemory)) };
    return this.#compared.memory();
  }

  /** The newest generation that can be read, and why it is not the newest. */
  async readable(newest: number): Promise<Pick<HealthPlan, 'readableMemory' | 'memoryProblem'>> {
    let memoryProblem: string | undefined;
    for (let number = newest; number > 0 && number > newest - kept; number -= 1) {
      try {
        if ((await this.memory(number)) !== undefined)
          return { readableMemory: number, ...(memoryProblem === undefined ? {} : { memoryProblem }) };
      } catch (error) {
        if (!isFault(error) || error.type !== 'RecordDamaged') throw error;
        memoryProblem ??= error.message;
      }
    }
    return { readableMemory: 0, ...(memoryProblem === undefined ? {} : { memoryProblem }) };
  }

  /** The memory of the newest check that counts and can be read. */
  async last(): Promise<HealthMemory | undefined> {
    return this.memory((await this.readable(await this.newest())).readableMemory);
  }

  /**
   * Makes what the run saw the newest generation; false where there is another since. `told` is whether those who are
   * notified were told, or it waits for them; undefined where there is nothing to tell.
   */
  async commit({ operation, newestMemory: base }: HealthPlan, told: boolean | undefined): Promise<boolean> {
    const memory = (await this.#records.get(operation, next)) as HealthMemory | undefined;
    if (memory === undefined) return false;
    // What was not even tried to be told, also that it is over, is told by the next.
    const waiting = (await this.#records.get(operation, undelivered)) as readonly Undelivered[] | undefined;
    const value = told === false ? memory : { ...memory, findings: toldOf(memory), undelivered: waiting ?? [] };
    const made = await this.#records.create(lineage, generation(base + 1), value);
    if (!made && (await this.memory(base + 1))?.operation !== operation) return false;
    for (let old = base + 1 - kept; old > 0 && old > base + 1 - 2 * kept; old -= 1)
      await this.#records.forget(lineage, generation(old));
    return true;
  }
}
