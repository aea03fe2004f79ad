import type { ZodType } from 'zod';
import type { AuditEntry, AuditHead } from './audit.ts';

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
  /** Of what it is done to, for the audit trail: name and id, its state before and after, the cloud's request ids. */
  trace?: Trace;
  /** Set while an activity of it runs, so that byte progress can be merged from that activity's heartbeat. */
  activityId?: string;
  /** Bytes or pieces, where the item has a measure. */
  done?: number;
  total?: number;
  /** Milliseconds since the epoch, workflow time. */
  startedAt?: number;
  endedAt?: number;
}

export type Trace = Pick<AuditEntry, 'object' | 'id' | 'before' | 'after' | 'requestIds'>;

/** Of an operation that has not ended; afterwards its state is its outcome. */
export const openPhases = ['planning', 'waiting', 'working', 'paused', 'putting back', 'needs you'] as const;
export type Phase = (typeof openPhases)[number] | 'finished';

export interface Ledger {
  readonly operation: string;
  readonly title: string;
  /** Why somebody asked for it, in their words. */
  readonly reason?: string;
  phase: Phase;
  /** Whose workers do its steps; absent where any worker may. */
  site?: string;
  /** What is waited for, or what a person has to do, in a sentence. */
  note?: string;
  items: Item[];
  /** What waits for somebody's yes. */
  gate?: Gate;
  /** Of operations over too many things for an item each. */
  tally?: Tally;
}

/** A plan that is not applied before a person agreed to exactly that one. */
export interface Gate {
  /** What will be done, in a sentence. */
  readonly what: string;
  readonly hash: string;
  /** Has to be said too, where it can't be taken back. */
  readonly count?: number;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  /** Where its lines are in the records, being too many for the ledger's items. */
  readonly recordedAs?: string;
}

export interface Approval {
  /** user@machine. */
  readonly by: string;
  readonly at: number;
}

/** The argument of the update `approve`: exactly the plan that was seen. */
export interface Approve {
  readonly by: string;
  readonly hash: string;
  readonly count?: number;
}

/** Counts by outcome, and what a person asks next. */
export interface Tally {
  readonly planned: number;
  done: number;
  failed: number;
  leftAlone: number;
  /** Names of those in work, the first of them. */
  inWork: string[];
  inWorkCount: number;
  /** The last ones. */
  failures: { readonly name: string; readonly why: string }[];
}

/** How an operation ended, and the rule for its exit code (client/exit-codes.ts). */
export const outcomes = ['done', 'partial', 'failed', 'cancelled', 'missed', 'abandoned'] as const;
export type Outcome = (typeof outcomes)[number];

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
  /** Who agreed to its plan, and when. */
  readonly approval?: Approval;
  readonly result?: R;
  readonly startedAt: number;
  readonly endedAt: number;
  /** Where its audit trail ended; in the records alone. */
  readonly audit?: AuditHead;
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
  /** Update (Approve) → Approval: agrees to the plan that waits; rejected where it is another one. */
  approve: 'approve',
  /** Signal (parallel, perHost): how much may be in work at once from now on. Of mass operations. */
  limits: 'limits',
} as const;

/** The task queue on which workflows run; a site's activities run on `<taskQueue>-<site>`. */
export const taskQueue = 'stackhand';
export const siteQueue = (site: string | undefined): string =>
  site === undefined ? taskQueue : `${taskQueue}-${site}`;

/** The site of a worker that reads files of its own machine. */
export const filesSite = (machine: string): string => `files@${machine}`;

/** The machine of such a site; undefined for any other. */
export const machineOf = (site: string): string | undefined => /^files@(.+)$/.exec(site)?.[1];

/** How a site gets a worker. */
export function startWorker(site: string | undefined): string {
  if (site === undefined) return 'start one: stackhand worker, or stackhand dev';
  const machine = machineOf(site);
  return machine === undefined
    ? `start one: stackhand worker --site ${site}`
    : `start one on ${machine}: stackhand worker --files`;
}

/** How a note begins that tells of a queue without a worker. */
export const unserved = 'no worker serves the queue';
export const unservedBy = (site: string | undefined): string => `${unserved} ${siteQueue(site)}; ${startWorker(site)}`;
