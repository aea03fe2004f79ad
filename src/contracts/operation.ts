import type { ZodType } from 'zod';

/**
 * The contract that every operation keeps. Plan, progress and report are one document at three times: a ledger of
 * items with their states. One renderer turns it into a table, Markdown, JSON; one rule turns it into an exit code.
 */
export type State = 'planned' | 'left alone' | 'running' | 'done' | 'failed' | 'put back';

/** One line of the ledger: a step of a VM's backup, a VM of several, a server, a flavor. */
export interface Item {
  /** Stable within the operation. */
  readonly id: string;
  /** What a person calls it. */
  readonly name: string;
  /** What is done to it, in operator's words: "Archive vda". */
  readonly action: string;
  state: State;
  /** Why it is in this state: a refusal, a failure with its remedy, what was found on a retry. */
  why?: string;
  /** Set while an activity of it runs, so that byte progress can be merged from that activity's heartbeat. */
  activityId?: string;
  /** Bytes or pieces, where the item has a measure. */
  done?: number;
  total?: number;
  /** Milliseconds since the epoch, workflow time. */
  startedAt?: number;
  endedAt?: number;
}

export type Phase = 'planning' | 'waiting' | 'working' | 'paused' | 'putting back' | 'needs you' | 'finished';

export interface Ledger {
  readonly operation: string;
  readonly title: string;
  /** Why somebody asked for it, in their words. */
  readonly reason?: string;
  phase: Phase;
  /** What is waited for, or what a person has to do, in a sentence. */
  note?: string;
  items: Item[];
}

/** How an operation ended, and the rule for its exit code (client/exit-codes.ts). */
export type Outcome = 'done' | 'partial' | 'failed' | 'cancelled' | 'missed' | 'abandoned';

/** What a workflow returns, and what records keep of it. */
export interface Report<R = unknown> {
  readonly operation: string;
  readonly title: string;
  readonly reason?: string;
  readonly outcome: Outcome;
  /** One sentence. */
  readonly summary: string;
  readonly items: readonly Item[];
  readonly failure?: FailureText;
  readonly result?: R;
  readonly startedAt: number;
  readonly endedAt: number;
}

/** A failure as a person reads it: what, where, why, what next. */
export interface FailureText {
  readonly type: string;
  readonly message: string;
  readonly where?: string;
  readonly remedy?: string;
}

/** The one argument of every operation's workflow. */
export interface Request<I> {
  readonly input: I;
  /** Who asked: user@machine. */
  readonly startedBy: string;
  readonly reason?: string;
  /** Scheduled runs: seconds after the scheduled time in which a run may still begin. */
  readonly startWindow?: number;
}

/** What commands, schedules and plan files know of an operation. Lives in `<operation>.schema.ts`. */
export interface Operation<I> {
  /** The workflow's export name; never renamed. */
  readonly type: string;
  readonly input: ZodType<I>;
  readonly approval: 'none' | 'yes' | 'typed count';
  /** Web UI summary, CLI headline, audit line. */
  title(input: I): string;
  /** The readable part of the workflow id, without the short id: "vm-backup/kvm1/web01". */
  workflowId(input: I): string;
  /** Search attributes beside state and who started it. */
  tags(input: I): { host?: string; vm?: string; cloud?: string };
}

/** Names of the queries and signals that every operation's workflow answers. */
export const handlers = {
  /** Query → Ledger */
  ledger: 'ledger',
  /** Signals without arguments: begin nothing new / go on, or try a stuck undo now / give up the undo and end. */
  pause: 'pause',
  resume: 'resume',
  abandon: 'abandon',
} as const;

/** The task queue on which workflows run; a site's activities run on `<taskQueue>-<site>`. */
export const taskQueue = 'stackhand';
export const siteQueue = (site: string | undefined): string =>
  site === undefined ? taskQueue : `${taskQueue}-${site}`;
