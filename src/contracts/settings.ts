import type { BackupOptions } from './vm-backup.ts';
import type { HostTarget, RepositoryTarget } from './targets.ts';

/** Backup options with everything decided: what was said, else the worker's config, else the program's defaults. */
export interface BackupSettings {
  readonly shutdown: boolean;
  readonly shutdownTimeout: number;
  readonly forceOff: boolean;
  readonly after: NonNullable<BackupOptions['after']>;
  readonly startEarly: boolean;
  readonly discardManagedSave: boolean;
  readonly guardAfter: number;
  readonly compression: NonNullable<BackupOptions['compression']>;
  readonly level?: number;
  readonly verify: NonNullable<BackupOptions['verify']>;
  readonly bandwidth?: number;
  readonly idle: boolean;
  readonly keepPartial: boolean;
  /** VMs at a time. */
  readonly parallel: number;
}

/** What the first activity of a VM operation makes of names. */
export interface Resolved {
  readonly host: HostTarget;
  readonly repository: RepositoryTarget;
  readonly settings: BackupSettings;
}
