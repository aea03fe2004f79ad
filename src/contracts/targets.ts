/**
 * Resolved targets: what a config entry, or an ad-hoc `user@host` or `server:/path`, means. The first activity of an
 * operation resolves them on a worker; later ones take the values, so that two workers with different files can't
 * mount one server and archive to another. They travel through Temporal: names and paths of keys, never a secret.
 */
export interface HostTarget {
  /** The name in the config, or the ad-hoc spelling the user typed. */
  readonly name: string;
  readonly transport: 'local' | 'ssh2' | 'openssh';
  readonly address: string;
  readonly port: number;
  readonly user: string;
  /** Path of a private key on the worker, beside the agent and ~/.ssh/config. */
  readonly identityFile?: string;
  /** Path of the known_hosts file on the worker; ~/.ssh/known_hosts otherwise. */
  readonly knownHosts?: string;
  /** A host to go through first: [user@]address[:port]. */
  readonly proxyJump?: string;
  /** Run commands through `sudo -n`. */
  readonly sudo: boolean;
  /** The site whose workers reach it; undefined is the default queue. */
  readonly site?: string;
  /** State that a reboot may take: /run/stackhand. */
  readonly runDirectory: string;
  /** State that survives a reboot: /var/lib/stackhand. */
  readonly stateDirectory: string;
}

/** At least one rule, or nothing is ever pruned. */
export interface KeepRules {
  readonly last?: number;
  readonly daily?: number;
  readonly weekly?: number;
  readonly monthly?: number;
}

export interface RepositoryTarget {
  readonly name: string;
  /** A file system type for mount(8), or 'none' for a directory of the host itself. */
  readonly type: string;
  /** What is mounted: "192.168.100.10:/osp16_backup". For type none the directory itself. */
  readonly source: string;
  /** Comma-separated mount options. */
  readonly options: string;
  /** Where it is mounted on the host; for type none the directory itself. */
  readonly mountPoint: string;
  /** Below the mount point. */
  readonly directory?: string;
  readonly keep?: KeepRules;
}
