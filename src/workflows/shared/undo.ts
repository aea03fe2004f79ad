import { CancellationScope, condition, isCancellation } from '@temporalio/workflow';
import type { NotificationEvent } from '../../contracts/notification.ts';
import { growingWait } from '../../domain/growing-wait.ts';
import type { Calls } from './calls.ts';
import { failureText } from './failure.ts';

/** One thing to put back. `settled` once its step has been put right by the runbook itself. */
export interface Undo {
  readonly name: string;
  /** Says nothing more has to be put back: the runbook did it. */
  settle(): void;
  /** Says that there is something to put back again. */
  reopen(): void;
}

export interface UndoOptions {
  /** What is notified should it be stuck; 'undo stuck' otherwise. */
  readonly event?: NotificationEvent;
  /** Only once everything else is put back: it removes what a repair would go by. */
  readonly last?: boolean;
}

interface Entry extends Undo {
  readonly event: NotificationEvent;
  readonly last: boolean;
  readonly run: (at: Calls) => Promise<void>;
  settled: boolean;
}

/** Seconds between the first two rounds of an undo that did not go through; the pauses grow from there. */
const firstPause = 20;

/**
 * What an operation holds, in the order in which it took it; put back in reverse. So a runbook registers the VM's
 * start last, and it comes first. No entry waits for another to succeed: a round goes through all, and what failed
 * is tried again in the next, until all are done or a person says `abandon`. A person who has repaired what was in the
 * way doesn't wait for the next round: see `tryNow`.
 */
export class Undos {
  readonly #entries: Entry[] = [];
  #now = false;

  add(name: string, run: (at: Calls) => Promise<void>, { event = 'undo stuck', last = false }: UndoOptions = {}): Undo {
    const entry: Entry = {
      name,
      run,
      event,
      last,
      settled: false,
      settle() {
        this.settled = true;
      },
      reopen() {
        this.settled = false;
      },
    };
    this.#entries.push(entry);
    return entry;
  }

  get pending(): boolean {
    return this.#entries.some((entry) => !entry.settled);
  }

  /** Begins the next round at once. Said in the middle of a round, it counts for the pause after that one. */
  tryNow(): void {
    this.#now = true;
  }

  /**
   * Runs what is not settled. The caller puts this in a cancellable scope inside a nonCancellable one: a cancel of
   * the operation doesn't reach it, `abandon` does.
   */
  async run(
    step: (name: string, run: (at: Calls) => Promise<void>, attempts: number) => Promise<void>,
    stuck: (why: string, events: ReadonlySet<NotificationEvent>) => Promise<void>,
  ): Promise<void> {
    // A resume from before had another meaning.
    this.#now = false;
    // Later rounds try longer, and pause longer, before they write to history again: a host may be away for days, and
    // what is permanent (a changed host key) until a person comes.
    for (let round = 0; this.pending; round += 1) {
      const attempts = Math.min(6 * 2 ** Math.min(round, 6), 300);
      let last = '';
      const events = new Set<NotificationEvent>();
      for (const entry of [...this.#entries].reverse()) {
        if (entry.settled) continue;
        if (entry.last && this.#entries.some((other) => other !== entry && !other.settled)) continue;
        try {
          await step(entry.name, entry.run, attempts);
          entry.settle();
        } catch (error) {
          if (isCancellation(error) && CancellationScope.current().consideredCancelled) throw error;
          // The VM comes first in a round, and what is said is about the first that is stuck.
          last ||= `${entry.name}: ${failureText(error).message}`;
          events.add(entry.event);
        }
      }
      if (!this.pending) return;
      await stuck(last, events);
      await condition(() => this.#now, growingWait(round, firstPause) * 1000);
      this.#now = false;
    }
  }
}
