import type { ArchiveEntry, Compression, VerifyMode } from './vm.ts';

/** What a person may say about how a VM is backed up. What is left out comes from the worker's config. */
export interface BackupOptions {
  /** The VM may be shut down. Without it a running VM is refused. */
  readonly shutdown?: boolean;
  /** Seconds to wait for the guest to power off. */
  readonly shutdownTimeout?: number;
  /** After that deadline: pull the plug rather than give up. */
  readonly forceOff?: boolean;
  /** Afterwards: as it was before (default), running, or left off. */
  readonly after?: 'as before' | 'start' | 'leave';
  /** Start the VM when the last disk has been read, before the verification. */
  readonly startEarly?: boolean;
  readonly discardManagedSave?: boolean;
  /** Seconds without any worker until the host itself starts the VM. */
  readonly guardAfter?: number;
  readonly compression?: Compression;
  readonly level?: number;
  readonly verify?: VerifyMode;
  /** Bytes a second read from a disk. */
  readonly bandwidth?: number;
  /** Low CPU and disk priority. */
  readonly idle?: boolean;
  readonly keepPartial?: boolean;
}

/** The backup of one VM. */
export interface VmBackup extends BackupOptions {
  readonly host: string;
  /** Exact name. */
  readonly vm: string;
  /** A name of the config, SERVER:/PATH, or a directory of the host; the config's default otherwise. */
  readonly repository?: string;
}

/** The backup of several VMs of one host, one mount around them. */
export interface VmBackups extends BackupOptions {
  readonly host: string;
  /** Exact names; or all. */
  readonly vms?: readonly string[];
  /** Every persistent domain, listed when the operation runs. */
  readonly all?: boolean;
  /** Globs on names, with all. */
  readonly exclude?: readonly string[];
  readonly repository?: string;
  /** How many at a time; 1 by default. */
  readonly parallel?: number;
}

export interface VmBackupResult {
  /** Absent in reports of before there was this. */
  readonly host?: string;
  /** Relative to the repository. */
  readonly path: string;
  readonly repository: string;
  readonly verified: VerifyMode;
  /** Bytes on the share. */
  readonly bytes: number;
  readonly archives: readonly Pick<ArchiveEntry, 'file' | 'streamBytes' | 'archiveBytes'>[];
  /** Seconds the VM was off; absent if it was off before. */
  readonly downtime?: number;
  readonly pruned: readonly string[];
}

export interface VmBackupFailure {
  readonly vm: string;
  readonly why: string;
  readonly workflowId: string;
}

export interface VmBackupsResult {
  readonly backedUp: readonly string[];
  /** Those of them that are good and running, but something else went wrong: old backups were not pruned. */
  readonly remarks: readonly VmBackupFailure[];
  readonly failed: readonly VmBackupFailure[];
}
