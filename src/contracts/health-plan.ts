import type { HealthCheckKind } from './health.ts';
import type { HostTarget } from './targets.ts';

/** What a health check goes by: the config, resolved once by the first activity, and kept in the records for the others. */
export interface HealthPlan {
  readonly operation: string;
  readonly checks: readonly HealthCheckKind[];
  readonly hosts: readonly PlannedHost[];
  readonly cloud?: string;
  readonly thresholds: HealthThresholds;
  readonly knownIssues: readonly KnownIssue[];
  readonly backups: readonly ExpectedBackup[];
  readonly baseline?: HealthBaseline;
  /** What the config has checked at large, by this run or another, as "check place": what is remembered of others goes. */
  readonly places: readonly string[];
  /** Number of the newest memory; 0 where there is none. What this run saw becomes the one after it. */
  readonly newestMemory: number;
  /** The newest that can be read, which this run compares with. */
  readonly readableMemory: number;
  /** Why that is not the newest. */
  readonly memoryProblem?: string;
  /** Why what is named as the baseline is none. */
  readonly baselineProblem?: string;
  /** Roles of which not every host is in this run: what holds for all of them can't be told. */
  readonly partRoles: readonly string[];
  /** Epoch seconds: logs that are seen for the first time are read from then on. */
  readonly logsSince: number;
  /** Seconds one host may take in all. */
  readonly hostTimeout: number;
}

export interface PlannedHost {
  readonly target: HostTarget;
  readonly role: string;
  /** Whichever is there, where nothing is said. */
  readonly runtime?: 'podman' | 'docker' | 'none';
  /** Globs of container names that come and go. */
  readonly ignore: readonly string[];
  /** Globs of those that exit by design. */
  readonly oneShots: readonly string[];
  /** Globs of paths; an empty list where none are read. */
  readonly logs: readonly string[];
  /** They are a preset's: not each of them has to match. */
  readonly logsByPreset: boolean;
  readonly mounts: readonly string[];
}

export interface HealthThresholds {
  /** Percent of a file system's bytes, or inodes, in use. */
  readonly diskWarning: number;
  readonly diskCritical: number;
  /** Percent of memory that is not available. */
  readonly memory: number;
  /** Load over 15 minutes, for each CPU. */
  readonly load: number;
  /** Seconds between the clock of a host and the worker's. */
  readonly clock: number;
  /** Seconds a task or a migration may take before it counts as stuck. */
  readonly stuck: number;
  /** Milliseconds for an API to answer. */
  readonly latency: number;
}

export interface KnownIssue {
  /** Text that a finding has in it, whatever its case; between slashes a regular expression. */
  readonly match: string;
  readonly reason: string;
  /** The last day on which it counts: 2026-12-31. */
  readonly until?: string;
}

export interface ExpectedBackup {
  readonly host: string;
  /** A glob of VM names. */
  readonly vm: string;
  /** Seconds. */
  readonly within: number;
}

/** What has to be there. */
export interface HealthBaseline {
  /** Containers, by role. */
  readonly roles: Readonly<Record<string, RoleBaseline>>;
  /** Services of the cloud: "nova-compute on cmp1". */
  readonly services: readonly string[];
}

export interface RoleBaseline {
  /** Running on each host of the role. */
  readonly everywhere: readonly string[];
  /** Running on exactly so many hosts of the role together. */
  readonly exactly: Readonly<Record<string, number>>;
}
