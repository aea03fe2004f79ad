import type { AuditLine, AuditVerdict } from './audit.ts';
import type { FlavorWithAccess } from './flavor.ts';
import type { HealthBaseline } from './health-plan.ts';
import type { HealthReport, HealthStanding } from './health.ts';
import type { Backup, DomainSummary } from './vm.ts';
import type { ComputeHost, HostRoom, Server } from './server.ts';
import type { ServerOutcome, ServerPlanView, ServerSelection } from './server-operation.ts';
import type { HostTarget, RepositoryTarget } from './targets.ts';

/**
 * Reads, for the CLI: the worker may be the only one that reaches a host, so `vm list`, `vm backups` and the checks of
 * `doctor` run as one small workflow. It changes nothing but, with `trust`, the worker's known_hosts.
 */
export type Inspect =
  | { readonly what: 'hosts' }
  | { readonly what: 'records' }
  | { readonly what: 'vms'; readonly host: string }
  | { readonly what: 'backups'; readonly host: string; readonly repository?: string }
  | { readonly what: 'checks'; readonly host: string; readonly repository?: string }
  | { readonly what: 'host key'; readonly host: string }
  | { readonly what: 'trust'; readonly host: string; readonly line: string }
  | HealthInspect
  | AuditInspect
  | CloudInspect;

/** Reads of what health checks left in the records; and what a baseline would be now. */
export type HealthInspect =
  /** Of an operation, or of the newest check that counts; findings from that one on. */
  | { readonly what: 'health report'; readonly operation?: string; readonly from: number }
  | { readonly what: 'health baseline' };

/** Reads of audit trails. Without an operation: of all that have one, some at a time. */
export type AuditInspect =
  | { readonly what: 'audit lines'; readonly operation: string; readonly from: number }
  | { readonly what: 'audit verdicts'; readonly operation?: string; readonly from: number };

/** Reads of a cloud, and of what operations on it left in the records. */
export type CloudInspect =
  | { readonly what: 'servers'; readonly cloud?: string; readonly selection: ServerSelection }
  | { readonly what: 'compute hosts'; readonly cloud?: string }
  | { readonly what: 'flavors'; readonly cloud?: string }
  | { readonly what: 'server plan'; readonly operation: string; readonly page: number }
  | { readonly what: 'server outcomes'; readonly operation: string; readonly from: number };

/** One line of `doctor`. */
export interface Check {
  readonly name: string;
  readonly status: 'ok' | 'warning' | 'failed';
  readonly detail: string;
  readonly remedy?: string;
}

export interface HostKey {
  readonly type: string;
  /** SHA256:… as ssh-keygen -l prints it. */
  readonly fingerprint: string;
  /** The line for known_hosts. */
  readonly line: string;
  readonly known: 'same' | 'unknown' | 'changed';
}

export interface InspectResults {
  hosts: { readonly hosts: readonly HostTarget[]; readonly repositories: readonly RepositoryTarget[] };
  records: readonly Check[];
  vms: readonly DomainSummary[];
  backups: { readonly repository: RepositoryTarget; readonly backups: readonly Backup[] };
  checks: readonly Check[];
  'host key': HostKey;
  trust: { readonly knownHosts: string };
  servers: ServerListing;
  'compute hosts': { readonly cloud: string; readonly hosts: readonly ComputeHostSummary[] };
  flavors: { readonly cloud: string; readonly flavors: readonly FlavorWithAccess[] };
  'server plan': ServerPlanView;
  'audit lines': { readonly lines: readonly AuditLine[]; readonly next?: number };
  'audit verdicts': { readonly verdicts: readonly AuditVerdict[]; readonly next?: number };
  'health report': HealthReportPage;
  'health baseline': {
    readonly baseline: HealthBaseline;
    /** Places that could not be looked at, or not wholly. */
    readonly notSeen: readonly string[];
    /** Roles that are not in it for that. */
    readonly leftOut: readonly string[];
    readonly file?: string;
  };
  'server outcomes': { readonly outcomes: readonly ServerOutcome[]; readonly next?: number };
}

export interface HealthReportPage {
  readonly report: HealthReport;
  /** Of the last check that counts: how things stand by that and all others. */
  readonly standing?: HealthStanding;
  /** Where the next page of findings begins. */
  readonly next?: number;
}

export interface ServerListing {
  readonly cloud: string;
  /** As many as a payload holds; `total` is how many there are. */
  readonly servers: readonly (Pick<Server, 'id' | 'name' | 'host' | 'status' | 'taskState' | 'locked' | 'tags'> & {
    readonly project: string;
  })[];
  readonly total: number;
  readonly unusedExcludes: readonly string[];
}

export type ComputeHostSummary = ComputeHost & Partial<Omit<HostRoom, 'host'>>;

/** "Look at vms of kvm1". */
export const inspectTitle = (input: Inspect): string =>
  `Look at ${input.what}${'host' in input ? ` of ${input.host}` : ''}`;
