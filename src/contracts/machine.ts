/** A host as it is now. */
export interface MachineFacts {
  /** Seconds that its clock is ahead of ours, and how far that may be off. */
  readonly clock: { readonly ahead: number; readonly uncertain: number };
  readonly cpus: number;
  /** Over 1, 5 and 15 minutes. */
  readonly load: readonly [number, number, number];
  /** KiB. */
  readonly memory: { readonly total: number; readonly available: number };
  readonly space: readonly FileSystem[];
  /** Mount points that were asked for and gave no answer: not there, or a share whose server is gone. */
  readonly spaceless: readonly string[];
  /** Nothing was said of the space of every file system, or something that can't be read. */
  readonly spaceHidden: boolean;
  /** It is there, and does not answer. */
  readonly systemdHangs: boolean;
  /** Undefined where there is no systemd. */
  readonly failedUnits: readonly { readonly name: string; readonly description: string }[] | undefined;
  /** Why a reboot is pending; undefined where none is. */
  readonly reboot?: string;
  /** Whether a reboot is due could not be told. */
  readonly rebootHidden: boolean;
}

export interface FileSystem {
  readonly mountPoint: string;
  /** KiB. */
  readonly size: number;
  readonly used: number;
  readonly available: number;
  /** 0 on file systems that make them as they need them. */
  readonly inodes: number;
  readonly inodesUsed: number;
}

/** What Pacemaker says of its cluster, seen from one of its nodes. */
export interface Cluster {
  readonly quorum: boolean;
  readonly nodes: readonly {
    readonly name: string;
    readonly online: boolean;
    readonly unclean: boolean;
    readonly standby: boolean;
    readonly maintenance: boolean;
  }[];
  readonly resources: readonly ClusterResource[];
  readonly failures: readonly { readonly operation: string; readonly node: string; readonly reason: string }[];
}

/** An instance of one: clones and bundles have several. */
export interface ClusterResource {
  readonly id: string;
  /** Started, Stopped, Promoted (Master), … */
  readonly role: string;
  /** It is meant to be stopped. */
  readonly stoppedOnPurpose: boolean;
  readonly failed: boolean;
  readonly blocked: boolean;
  readonly managed: boolean;
}
