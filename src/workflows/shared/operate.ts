import {
  CancellationScope,
  condition,
  defineSignal,
  isCancellation,
  patched,
  setHandler,
  uuid4,
  workflowInfo,
} from '@temporalio/workflow';
import type { AuditEntry } from '../../contracts/audit.ts';
import type { Approval, Gate, Item, Outcome, Report, Request } from '../../contracts/operation.ts';
import { handlers, unserved } from '../../contracts/operation.ts';
import type { Notification, NotificationEvent } from '../../contracts/notification.ts';
import { callsFor } from './calls.ts';
import type { Calls } from './calls.ts';
import { endingOf, failureOfBroken, failureOfEnded, tellEnd } from './ending.ts';
import type { Ending } from './ending.ts';
import { failureText } from './failure.ts';
import { takeLock } from './lock.ts';
import { Approvals } from './approvals.ts';
import { Audit } from './audit.ts';
import type { Ended, LockOptions, Op } from './op.ts';
import { Story } from './story.ts';
import { Undos } from './undo.ts';
import type { Undo, UndoOptions } from './undo.ts';
import { missedWindow } from './window.ts';

/**
 * Makes a workflow of a runbook: gives it a ledger, pause and abandon, and the promise that what it holds is put
 * back when it fails or is cancelled. What a single operation needs never goes in here. `silent` is for reads, which
 * nobody wants to be notified of or find among the reports.
 */
export function operate<I, R>(
  title: (input: I) => string,
  runbook: (input: I, op: Op) => Promise<Ended<R>>,
  { silent = false } = {},
): (request: Request<I>) => Promise<Report<R>> {
  return async (request) => {
    const operation = new Operating(title(request.input), request, silent);
    return operation.run(request, (op) => runbook(request.input, op));
  };
}

/** Tries of what another operation left: some minutes, as in the first rounds of an undo. */
const putBackTries = 12;

/** Carries the end of a runbook that reported already past the undo: it holds nothing any more. */
class Concluded extends Error {
  readonly failure: Error;

  constructor(failure: Error) {
    super(failure.message);
    this.failure = failure;
  }
}

class Operating implements Op {
  readonly id = uuid4();
  readonly workflowId = workflowInfo().workflowId;
  readonly story: Story;
  readonly #startedAt = Date.now();
  readonly #undos = new Undos();
  readonly #locks = new Set<string>();
  #site: string | undefined;
  #paused = false;
  #abandoned = false;
  #gaveUp = false;
  #undoScope: CancellationScope | undefined;
  readonly #held = new Set<CancellationScope>();
  readonly #approvals: Approvals;
  /** None of reads, and of operations that began under a version without it. */
  readonly #audit: Audit | undefined;
  #besides = 0;

  readonly startedBy: string;
  readonly #silent: boolean;

  constructor(title: string, { startedBy, reason }: Request<unknown>, silent: boolean) {
    this.startedBy = startedBy;
    this.#silent = silent;
    this.story = new Story(this.id, title, startedBy, reason, silent);
    this.#approvals = new Approvals(this.story);
    this.#audit =
      silent || !patched('audit')
        ? undefined
        : new Audit((key, entries) =>
            this.#calls('Keep the audit trail', `audit-${key}`).keepAudit(this.id, key, entries),
          );
    this.story.heard = (items) => this.#audit?.see(items);
    setHandler(defineSignal(handlers.pause), () => {
      this.#paused = true;
    });
    setHandler(defineSignal(handlers.resume), () => {
      this.#paused = false;
      this.#undos.tryNow();
    });
    setHandler(defineSignal(handlers.abandon), () => {
      this.#abandoned = true;
      this.#undoScope?.cancel();
      for (const scope of this.#held) scope.cancel();
    });
  }

  async run<I, R>(request: Request<I>, runbook: (op: Op) => Promise<Ended<R>>): Promise<Report<R>> {
    const { title, reason } = this.story.ledger;
    const asked: Omit<AuditEntry, 'at'> = {
      ...{ event: 'asked', by: this.startedBy, action: title, workflowId: this.workflowId },
      ...(reason === undefined ? {} : { reason }),
    };
    const missed = missedWindow(request.startWindow);
    if (missed !== undefined) {
      this.#audit?.note(asked);
      return this.#end({ outcome: 'missed', summary: missed });
    }
    this.story.phase('working');
    try {
      await this.#audit?.say(asked);
      const ended = await runbook(this);
      return await this.#conclude(ended);
    } catch (error) {
      if (error instanceof Concluded) throw error.failure;
      // A worker that dies as its activity is cancelled makes a timeout of it: it is the cancel all the same.
      const cancelled = isCancellation(error) || CancellationScope.current().consideredCancelled;
      const held = this.#undos.pending;
      const putBack = await this.#putBack(cancelled ? 'cancelled' : failureText(error).message);
      this.#gaveUp = !putBack;
      const broken = { error, cancelled, held, putBack };
      throw failureOfBroken(broken, await this.#end<R>(endingOf(broken)));
    }
  }

  useSite(site: string | undefined): void {
    this.#site = site;
    this.story.useSite(site);
  }

  plan(actions: readonly string[]): void {
    this.story.replan();
    for (const action of actions) this.story.item(action, action, action);
    this.story.tell();
  }

  async step<T>(action: string, run: (at: Calls, item: Item) => Promise<T>): Promise<T> {
    const item = this.story.item(action, action, action);
    await this.whilePaused();
    return this.#track(item, run);
  }

  async putBack(action: string, run: (at: Calls) => Promise<void>): Promise<void> {
    const item = this.story.item(action, action, action);
    await this.whilePaused();
    await this.#track(item, run, putBackTries);
  }

  leaveAlone(action: string, why: string): void {
    const item = this.story.item(action, action, action);
    item.state = 'left alone';
    item.why = why;
    this.story.tell();
  }

  undo(name: string, run: (at: Calls) => Promise<void>, options?: UndoOptions): Undo {
    return this.#undos.add(name, run, options);
  }

  async lock(resource: string, { wait = true }: LockOptions = {}): Promise<void> {
    if (this.#locks.has(resource)) return;
    await takeLock(resource, this.beside(`Wait for ${resource}`), wait, (holder) => {
      if (holder === undefined) this.story.phase('working');
      else this.story.phase('waiting', `${resource} is held by ${holder}`);
    });
    this.#locks.add(resource);
  }

  async gate(gate: Gate, approved?: { readonly count?: number }): Promise<Approval> {
    const said = approved === undefined ? undefined : { ...approved, by: this.startedBy };
    const approval = await this.#approvals.gate(gate, said);
    await this.#audit?.say({ event: 'approved', by: approval.by, action: gate.what, hash: gate.hash });
    return approval;
  }

  async toTheEnd<T>(run: () => Promise<T>): Promise<T> {
    return CancellationScope.nonCancellable(async () => {
      const scope = new CancellationScope();
      this.#held.add(scope);
      if (this.#abandoned) scope.cancel();
      try {
        return await scope.run(run);
      } finally {
        this.#held.delete(scope);
      }
    });
  }

  beside(summary: string, activityId?: string): Calls {
    this.#besides += 1;
    return this.#calls(summary, activityId ?? `beside-${String(this.#besides)}`);
  }

  elsewhere(site: string | undefined, summary: string, activityId: string): Calls {
    return callsFor(() => site, { summary, activityId, patient: false, waiting: () => undefined });
  }

  notification(event: NotificationEvent, message: string): Notification {
    const { operation, title } = this.story.ledger;
    return { id: `${operation}/${event}`, event, operation, workflowId: this.workflowId, title, message };
  }

  async notify(event: NotificationEvent, message: string): Promise<void> {
    const at = this.#calls(`Notify: ${event}`, `notify-${event}`);
    try {
      const problems = await CancellationScope.nonCancellable(() => at.notify(this.notification(event, message)));
      if (problems.length > 0) this.leaveAlone(`Notify: ${event}`, problems.join('; '));
    } catch (error) {
      this.leaveAlone(`Notify: ${event}`, failureText(error).message);
    }
  }

  async #track<T>(item: Item, run: (at: Calls, item: Item) => Promise<T>, attempts?: number): Promise<T> {
    item.state = 'running';
    item.startedAt = Date.now();
    delete item.endedAt;
    delete item.why;
    item.activityId = item.id;
    this.story.tell();
    try {
      const result = await run(this.#calls(item.action, item.id, attempts), item);
      item.state = attempts === undefined ? 'done' : 'put back';
      return result;
    } catch (error) {
      item.state = 'failed';
      const { message, where, remedy } = failureText(error);
      item.why = isCancellation(error)
        ? 'cancelled'
        : `${message}${where === undefined ? '' : ` (${where})`}${remedy === undefined ? '' : ` → ${remedy}`}`;
      throw error;
    } finally {
      item.endedAt = Date.now();
      delete item.activityId;
      this.story.tell();
    }
  }

  #calls(summary: string, activityId: string, attempts?: number): Calls {
    let before: string | undefined;
    return callsFor(() => this.#site, {
      summary,
      activityId,
      ...(attempts === undefined ? {} : { attempts }),
      // Where somebody gave up, nobody is waited for: who gave up may have no worker there any more.
      patient: !this.#gaveUp,
      waiting: (note) => {
        if (note !== undefined) {
          if (this.story.ledger.note !== note) before = this.story.ledger.note;
          this.story.note(note);
        } else if (this.story.ledger.note?.startsWith(unserved) === true) this.story.note(before);
      },
    });
  }

  get paused(): boolean {
    return this.#paused;
  }

  async whilePaused(over = () => false): Promise<void> {
    if (!this.#paused || over()) return;
    this.story.phase('paused', 'stackhand operation resume goes on');
    await condition(() => !this.#paused || over());
    this.story.unpause();
  }

  /** True when all is as it was before; false when a person said `abandon`. */
  async #putBack(why: string): Promise<boolean> {
    if (!this.#undos.pending) return true;
    return CancellationScope.nonCancellable(async () => {
      this.story.phase('putting back', why);
      const scope = new CancellationScope();
      this.#undoScope = scope;
      // Said while nothing was being put back yet: it still counts.
      if (this.#abandoned) scope.cancel();
      const told = new Set<NotificationEvent>();
      try {
        await scope.run(() =>
          this.#undos.run(
            (name, run, attempts) =>
              this.#track(this.story.item(`undo ${name}`, name, name), (at) => run(at), attempts),
            async (stuck, events) => {
              this.story.phase(
                'needs you',
                `${stuck} — tried again by itself; "stackhand operation resume" tries now, "stackhand operation abandon" gives up`,
              );
              for (const event of events) {
                if (told.has(event)) continue;
                told.add(event);
                await this.notify(event, stuck);
              }
            },
          ),
        );
        return true;
      } catch (error) {
        if (!isCancellation(error)) throw error;
        return false;
      }
    });
  }

  /** A runbook that came to its end, also where that is a cancel or a failure that it tells of by its result. */
  async #conclude<R>({ outcome: said = 'done', putBack = false, ...ended }: Ended<R>): Promise<Report<R>> {
    const outcome: Outcome = !putBack || (await this.#putBack(ended.summary)) ? said : 'abandoned';
    const report = await this.#end<R>({ outcome, ...ended });
    const failure = failureOfEnded(report);
    if (failure !== undefined) throw new Concluded(failure);
    return report;
  }

  async #end<R>(ending: Ending<R>): Promise<Report<R>> {
    const report: Report<R> = {
      operation: this.id,
      title: this.story.ledger.title,
      ...(this.story.ledger.reason === undefined ? {} : { reason: this.story.ledger.reason }),
      ...ending,
      ...(this.#approvals.given === undefined ? {} : { approval: this.#approvals.given }),
      items: this.story.ledger.items,
      startedAt: this.#startedAt,
      endedAt: Date.now(),
    };
    if (!this.#silent) await CancellationScope.nonCancellable(() => tellEnd(this, this.#audit, report));
    this.story.end(ending.outcome, ending.summary);
    return report;
  }
}
