import { CancellationScope } from '@temporalio/workflow';
import type { AuditEntry, AuditEvent } from '../../contracts/audit.ts';
import type { Item, State } from '../../contracts/operation.ts';
import { failureText } from './failure.ts';

/** Lines that wait before they are kept by themselves. Until then Temporal has what they say. */
const waiting = 20;
/** Of one call. */
const mostAtOnce = 200;

const events: Partial<Record<State, AuditEvent>> = {
  done: 'done',
  failed: 'failed',
  'left alone': 'left alone',
  'put back': 'put back',
};

/**
 * What an operation has kept of itself for later questions. Who asked and who approved is kept before anything is done;
 * what became of each step in their order, and all of it before the operation ends.
 */
export class Audit {
  readonly #keep: (key: string, entries: readonly AuditEntry[]) => Promise<void>;
  readonly #seen = new Map<string, State>();
  readonly #entries: AuditEntry[] = [];
  #calls = 0;
  #keeping: Promise<void> | undefined;

  constructor(keep: (key: string, entries: readonly AuditEntry[]) => Promise<void>) {
    this.#keep = keep;
  }

  /** @throws what kept it from being kept: nothing may be done that nobody could account for */
  async say(entry: Omit<AuditEntry, 'at'>): Promise<void> {
    this.note(entry);
    await this.#flush();
  }

  /** Kept with what comes next. */
  note(entry: Omit<AuditEntry, 'at'>): void {
    this.#entries.push({ at: Date.now(), ...entry });
  }

  /** Looks what items have come to an end since the last time. */
  see(items: readonly Item[]): void {
    for (const { id, name, action, state, why, trace } of items) {
      if (this.#seen.get(id) === state) continue;
      this.#seen.set(id, state);
      const event = events[state];
      if (event === undefined) continue;
      this.#entries.push({
        ...{ at: Date.now(), event, action },
        ...(name === action ? {} : { object: name }),
        ...trace,
        ...(why === undefined ? {} : { why: why.slice(0, 500) }),
      });
    }
    // What fails here is tried again with what comes next, and told at the end.
    if (this.#entries.length >= waiting) void this.#flush().catch(() => undefined);
  }

  /** Keeps what is left, and says why where it can't be. */
  async settle(entry: Omit<AuditEntry, 'at'>): Promise<string | undefined> {
    try {
      await this.say(entry);
      return undefined;
    } catch (error) {
      return failureText(error).message;
    }
  }

  #flush(): Promise<void> {
    // Also while the operation is cancelled: what it did until then is to be kept all the same.
    this.#keeping ??= CancellationScope.nonCancellable(() => this.#keepAll()).finally(() => {
      this.#keeping = undefined;
    });
    return this.#keeping;
  }

  async #keepAll(): Promise<void> {
    while (this.#entries.length > 0) {
      const some = this.#entries.slice(0, mostAtOnce);
      await this.#keep(String(this.#calls + 1), some);
      this.#calls += 1;
      this.#entries.splice(0, some.length);
    }
  }
}
