/** Vocabulary of virtual machines and their backups, shared by the operations on them. Sizes are bytes. */

/** As `virsh domstate` prints it. */
export type DomainState =
  'running' | 'idle' | 'paused' | 'in shutdown' | 'shut off' | 'crashed' | 'pmsuspended' | 'no state';

/** One thing to archive: an image, one backing file, a block device, the NVRAM file, the TPM state directory. */
export interface Source {
  /** Absolute and resolved: no symbolic link in it. */
  readonly path: string;
  readonly kind: 'file' | 'block' | 'directory';
  readonly role: 'disk' | 'backing' | 'nvram' | 'tpm';
  /** The disk's target in the domain ("vda"), also for its backing files. */
  readonly target?: string;
  /** As qemu-img names it; raw for NVRAM; absent for a directory. */
  readonly format?: string;
  /** For a file its apparent size; for a block device its size; 0 for a directory. */
  readonly size: number;
  /** What the file system has allocated (stat blocks × 512); equals size for a block device. */
  readonly allocated: number;
  /** Name of the archive without the compressor's suffix: "vda.tar", "vda.1-golden.qcow2.tar", "vdb.raw", "nvram.tar". */
  readonly archive: string;
  /** inode, size, mtime and ctime as `stat -c '%i %s %Y %Z'` prints them; empty for a directory. */
  readonly fingerprint: string;
}

export interface Domain {
  readonly name: string;
  readonly uuid: string;
  readonly state: DomainState;
  readonly persistent: boolean;
  readonly autostart: boolean;
  readonly managedSave: boolean;
  readonly sources: readonly Source[];
  /** Disks that are not archived, each with its reason (CD-ROM, floppy, empty). */
  readonly skipped: readonly { readonly target: string; readonly why: string }[];
  /** Reasons why this VM must not be backed up; empty when it may. */
  readonly refusals: readonly string[];
  /** The host's boot id when it was looked at. */
  readonly bootId: string;
}

/** Domains as `vm list` shows them. */
export interface DomainSummary {
  readonly name: string;
  readonly uuid: string;
  readonly state: DomainState;
  readonly autostart: boolean;
  readonly disks: readonly {
    readonly target: string;
    readonly path: string;
    readonly size: number;
    readonly allocated: number;
  }[];
  /** The newest good backup this host knows of. */
  readonly lastBackup?: { readonly at: string; readonly repository: string; readonly path: string };
  /** Why it can't be looked at in full. */
  readonly problem?: string;
}

export type Compression = 'zstd' | 'gzip' | 'none';
export type VerifyMode = 'read' | 'compare' | 'none';

/** One archive file of a backup, as the manifest has it. */
export interface ArchiveEntry {
  /** File name in the backup's directory: "vda.tar.zst". */
  readonly file: string;
  readonly source: Omit<Source, 'fingerprint'>;
  readonly compression: Compression;
  /** sha256 of the uncompressed stream (the tar, or the raw bytes of a block device), hex. */
  readonly digest: string;
  /** Bytes of the uncompressed stream. */
  readonly streamBytes: number;
  /** Bytes of the archive file. */
  readonly archiveBytes: number;
}

/** manifest.json: the last file written into a backup. A directory without one is no backup. */
export interface Manifest {
  readonly format: 1;
  readonly operation: string;
  /** ISO 8601, UTC: the moment the set is of. */
  readonly takenAt: string;
  readonly host: string;
  readonly vm: {
    readonly name: string;
    readonly uuid: string;
    readonly autostart: boolean;
    readonly wasRunning: boolean;
  };
  readonly archives: readonly ArchiveEntry[];
  /** Small files beside the archives: name → sha256. */
  readonly files: Readonly<Record<string, string>>;
  readonly verified: VerifyMode;
  readonly tools: Readonly<Record<string, string>>;
}

/** A directory of a repository as `vm backups` lists it. */
export interface Backup {
  /** Relative to the repository: "web01-1b2c3d4e/backup_20261122T010203Z". */
  readonly path: string;
  readonly status: 'good' | 'unverified' | 'incomplete' | 'damaged' | 'foreign';
  readonly takenAt?: string;
  readonly vm?: string;
  readonly uuid?: string;
  readonly bytes?: number;
  readonly why?: string;
}
