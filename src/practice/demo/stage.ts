/** A VM as its host tells of it. Starts and stops are effects that were seen, not requests. */
export interface VmState {
  readonly state: string;
  readonly starts: number;
  readonly stops: number;
}

/** Where the show plays: a host with a VM and a share, and how to look at it past the program. */
export interface Stage {
  /** All that belongs to it, the program's config file too. */
  readonly directory: string;
  readonly config: string;
  /** The host and the repository, by their names in that file. */
  readonly host: string;
  readonly repository: string;
  /** What is real here, and what isn't. */
  readonly introduction: string;
  /** So slow that on any machine the next worker finds the archive under way. */
  readonly bandwidth: string;
  /** The host's /run/stackhand, as it is found from here. */
  readonly runDirectory: string;
  /** What to try next: commands of the program, and other ways in by what they are for. */
  readonly commands: readonly string[];
  readonly ways: Readonly<Record<string, string>>;
  vm(name: string): Promise<VmState>;
  /** Where a share is mounted. */
  mounts(): Promise<readonly string[]>;
}

/** How a stage comes and goes. */
export interface StageKind {
  readonly defaultDirectory: string;
  open(directory: string, signal: AbortSignal): Promise<Stage>;
  /** Ends and removes what there is of one in this directory, also of a demo that was killed. */
  clear(directory: string): Promise<void>;
}
