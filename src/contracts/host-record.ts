import type { RepositoryTarget } from './targets.ts';

/** What a restore has changed on a host, or is about to, beside the files that it made. */
export interface RestoreTrace {
  /** A domain was defined that was not there before. */
  readonly defined?: boolean;
  /** A TPM directory that was moved aside: where it was, where it is. */
  readonly moved?: readonly { readonly from: string; readonly to: string }[];
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
  /** The VM's former state, while it may have to be brought back. */
  readonly wasRunning?: boolean;
  /** From the first request of a shutdown on: the VM may be off because of this operation. */
  readonly broughtDown?: true;
  readonly repository?: RepositoryTarget;
  /** The half-written backup, absolute. */
  readonly partial?: string;
  /** VMs' directories of the repository that it has leased, or is about to. */
  readonly leases?: readonly string[];
  /** A shutdown that was requested: it counts as failed at this uptime of this boot. */
  readonly shutdown?: { readonly bootId: string; readonly until: number };
  /** While the VM's former definition and disks may have to be put back. */
  readonly restore?: RestoreTrace;
}
