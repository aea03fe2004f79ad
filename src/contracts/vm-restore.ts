import type { ArchiveEntry, DomainState, Manifest } from './vm.ts';

/** Restore of one backup as a domain: under its own name, or another. */
export interface VmRestore {
  readonly host: string;
  readonly repository?: string;
  /** A path as `vm backups` lists it, or a VM's name for its newest good one. */
  readonly backup: string;
  /** Another name: a clone with a new UUID and MACs, no autostart, its links down unless `connect`. */
  readonly name?: string;
  /** Directory of the host for the disks; where they were otherwise. */
  readonly directory?: string;
  /** Block devices to write to, by target: { vdb: '/dev/vg0/web01-data' }. */
  readonly devices?: Readonly<Record<string, string>>;
  /** Start it, and see it running; everything is put back otherwise. */
  readonly boot?: boolean;
  readonly connect?: boolean;
  /** The VM of that name may be shut down. */
  readonly shutdown?: boolean;
  readonly shutdownTimeout?: number;
  readonly forceOff?: boolean;
}

/** Where one archive goes. */
export interface RestoreFile {
  readonly entry: ArchiveEntry;
  /** Absolute, of the archive. */
  readonly archive: string;
  /** What it was called when it was backed up. */
  readonly from: string;
  /** What it will be called; never something that exists, but for a named block device. */
  readonly to: string;
  /** An existing file that may hold the same content already (backing files only). */
  readonly maybe?: string;
}

/** Decided once, before anything is made. */
export interface RestorePlan {
  readonly backup: string;
  readonly manifest: Manifest;
  readonly files: readonly RestoreFile[];
  readonly name: string;
  readonly uuid: string;
  /** A clone: new UUID and MACs, no autostart, links down unless `connect`. */
  readonly clone: boolean;
  /** The VM of that name as it is now. */
  readonly former?: { readonly state: DomainState; readonly disks: readonly string[] };
}

export interface VmRestoreResult {
  readonly name: string;
  readonly uuid: string;
  readonly disks: Readonly<Record<string, string>>;
  /** Old disks kept beside the restored ones. */
  readonly kept: readonly string[];
}
