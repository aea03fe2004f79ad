import type { KeepRules } from './targets.ts';

/** Remove backups that no rule keeps. Without `apply` it only says what it would do. */
export interface VmPrune {
  readonly host: string;
  readonly repository?: string;
  /** Instead of the repository's own rules. */
  readonly keep?: KeepRules;
  /** Only these VMs (name or UUID). */
  readonly vms?: readonly string[];
  readonly apply?: boolean;
}

export interface VmPruneResult {
  readonly decisions: readonly {
    readonly path: string;
    readonly vm?: string;
    readonly keep: boolean;
    readonly why: string;
  }[];
  readonly removed: readonly string[];
}
