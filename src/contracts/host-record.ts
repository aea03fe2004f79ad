import type { RepositoryTarget } from './targets.ts';

/** What a restore has made on a host so far, in the order in which it did. */
export interface RestoreTrace {
  /** Files and directories that were not there before. */
  readonly files: readonly string[];
  /** A domain that it defined and that was not there before. */
  readonly defined?: string;
  /** File on the host with the XML of the domain that it redefined. */
  readonly formerXml?: string;
}

/**
 * What an operation leaves on a host before its first effect, in the state directory, since that survives a reboot.
 * After a `terminate` it is all that tells the former state.
 */
export interface HostRecord {
  readonly operation: string;
  readonly workflowId: string;
  readonly type: string;
  /** ISO 8601, the worker's clock. */
  readonly startedAt: string;
  readonly domain?: { readonly name: string; readonly uuid: string };
  readonly wasRunning?: boolean;
  readonly repository?: RepositoryTarget;
  /** The half-written backup, absolute. */
  readonly partial?: string;
  /** A shutdown that was requested: it counts as failed at this uptime of this boot. */
  readonly shutdown?: { readonly bootId: string; readonly until: number };
  readonly restore?: RestoreTrace;
}
