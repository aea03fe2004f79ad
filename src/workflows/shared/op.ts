import type { Approval, FailureText, Gate, Item, Outcome } from '../../contracts/operation.ts';
import type { Notification, NotificationEvent } from '../../contracts/notification.ts';
import type { Calls } from './calls.ts';
import type { Story } from './story.ts';
import type { Undo, UndoOptions } from './undo.ts';

/** What a runbook works with. */
export interface Op {
  /** Names the operation wherever it leaves a trace: jobs, leases, records. Never the run id, which changes. */
  readonly id: string;
  readonly workflowId: string;
  /** Who asked for it. */
  readonly startedBy: string;
  /** The site whose workers reach what this operation works on; known after the first step. */
  useSite(site: string | undefined): void;
  /** Shows the steps to come, instead of those shown before. */
  plan(actions: readonly string[]): void;
  /** One step of the runbook: waits while paused, and shows how it went. */
  step<T>(action: string, run: (at: Calls, item: Item) => Promise<T>): Promise<T>;
  /** One step that puts back what another operation left: ends after a few tries, so that it does not hold up the rest. */
  putBack(action: string, run: (at: Calls) => Promise<void>): Promise<void>;
  readonly paused: boolean;
  /** Returns when nobody has paused the operation, or when it is `over` by itself. */
  whilePaused(over?: () => boolean): Promise<void>;
  /** A step that turned out not to be needed, with the reason. */
  leaveAlone(action: string, why: string): void;
  /** Registered before the step that it undoes. */
  undo(name: string, run: (at: Calls) => Promise<void>, options?: UndoOptions): Undo;
  /** Waits for the resource; held until this workflow closes. One that it holds already is not waited for. */
  lock(resource: string, options?: LockOptions): Promise<void>;
  /**
   * Returns when a person agreed to that plan: with `approved` before it was made, otherwise by the update `approve`.
   * Throws NotApproved for another count than was confirmed, PlanExpired when nobody agreed in time.
   */
  gate(gate: Gate, approved?: { readonly count?: number }): Promise<Approval>;
  /** Runs what a cancel must not interrupt, since it can't be called back; `abandon` ends the waiting for it. */
  toTheEnd<T>(run: () => Promise<T>): Promise<T>;
  /** Activities that belong to no step, under a name of their own. */
  beside(summary: string, activityId?: string): Calls;
  /** As `beside`, of another site than the operation's own; fails, rather than waits, where no worker serves it. */
  elsewhere(site: string | undefined, summary: string, activityId: string): Calls;
  /** The ledger, for what is more than a step. */
  readonly story: Story;
  /** With the id that it has in every delivery. */
  notification(event: NotificationEvent, message: string): Notification;
  /** Says it to whoever is to be notified; never fails the operation. */
  notify(event: NotificationEvent, message: string): Promise<void>;
}

export interface LockOptions {
  /** False: throws HostBusy where somebody holds it, instead of waiting. */
  readonly wait?: boolean;
}

/** How a runbook ends when nothing threw. */
export interface Ended<R> {
  readonly summary: string;
  readonly result: R;
  readonly outcome?: Extract<Outcome, 'done' | 'partial' | 'failed' | 'cancelled'>;
  /** Of one that failed, or failed in part. */
  readonly failure?: FailureText;
  /** What it still holds is put back before it ends. */
  readonly putBack?: boolean;
}
