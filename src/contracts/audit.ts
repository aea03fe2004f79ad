/**
 * The audit trail of an operation: who asked, who approved, why, and what was done to which object. Lines are only ever
 * added, and each holds the digest of the one before it.
 */

export type AuditEvent =
  | 'asked'
  | 'approved'
  /** What became of a step, a server, a flavor. */
  | 'done'
  | 'failed'
  | 'left alone'
  | 'put back'
  | 'ended';

export interface AuditEntry {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly event: AuditEvent;
  /** user@machine, of who asked or approved. */
  readonly by?: string;
  /** In the words of who asked. */
  readonly reason?: string;
  /** In operator's words: "Shut down", "stop". */
  readonly action?: string;
  /** What it was done to: a name, and its id where it has one. */
  readonly object?: string;
  readonly id?: string;
  /** Its state, where it has one. */
  readonly before?: string;
  readonly after?: string;
  /** Of the cloud, for its own logs. */
  readonly requestIds?: readonly string[];
  /** Why it failed or was left alone; how the operation ended. */
  readonly why?: string;
  /** Of the plan that was approved. */
  readonly hash?: string;
  /** Of the workflow, in the first line. */
  readonly workflowId?: string;
}

export interface AuditLine extends AuditEntry {
  readonly operation: string;
  /** From 1 on, without a gap. */
  readonly number: number;
  /** SHA-256 of the line before; of the first one empty. */
  readonly previous: string;
  /** SHA-256 of this line without it, as JSON whose keys are sorted. */
  readonly sha256: string;
}

/** What a report says of its operation's trail, so that one that was cut off at its end is noticed. */
export interface AuditHead {
  readonly lines: number;
  readonly sha256: string;
}

/** How a trail was found. */
export interface AuditVerdict {
  readonly operation: string;
  readonly lines: number;
  /** The last line's digest: kept elsewhere, it proves later that nothing was made anew. */
  readonly head: string;
  readonly ended: boolean;
  /** Epoch milliseconds of the first line there is, and of which workflow it says to be. */
  readonly since?: number;
  readonly workflowId?: string;
  /** In words; empty where the trail is whole. */
  readonly problems: readonly string[];
}
