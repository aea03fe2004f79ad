import type { Backup, DomainSummary } from './vm.ts';
import type { HostTarget, RepositoryTarget } from './targets.ts';

/**
 * Reads, for the CLI: the worker may be the only one that reaches a host, so `vm list`, `vm backups` and the checks of
 * `doctor` run as one small workflow. It changes nothing but, with `trust`, the worker's known_hosts.
 */
export type Inspect =
  | { readonly what: 'hosts' }
  | { readonly what: 'vms'; readonly host: string }
  | { readonly what: 'backups'; readonly host: string; readonly repository?: string }
  | { readonly what: 'checks'; readonly host: string; readonly repository?: string }
  | { readonly what: 'host key'; readonly host: string }
  | { readonly what: 'trust'; readonly host: string; readonly line: string };

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
  vms: readonly DomainSummary[];
  backups: { readonly repository: RepositoryTarget; readonly backups: readonly Backup[] };
  checks: readonly Check[];
  'host key': HostKey;
  trust: { readonly knownHosts: string };
}
