/** The rows of the practice cloud's tables. */
export interface CloudUser {
  readonly id: string;
  readonly name: string;
  readonly password: string;
  readonly project: { readonly id: string; readonly name: string };
  readonly roles: readonly string[];
}

export interface CloudHost {
  readonly name: string;
  readonly id: string;
  enabled: boolean;
  reason: string | null;
  /** False: reported as down; what it is asked waits until it is up again. */
  up: boolean;
  forcedDown: boolean;
  /** MiB in all. */
  ram: number;
  /** Seen as up, and yet nothing it is asked happens. */
  crashed?: boolean;
}

export interface CloudServer {
  readonly id: string;
  name: string;
  projectId: string;
  userId: string;
  host: string | null;
  status: string;
  taskState: string | null;
  locked: boolean;
  tags: string[];
  metadata: Record<string, string>;
  flavor: {
    name: string;
    vcpus: number;
    ram: number;
    disk: number;
    ephemeral: number;
    extraSpecs: Record<string, string>;
  };
  image: string | null;
  volumes: { id: string; deleteOnTermination: boolean }[];
  readonly created: string;
  updated: string;
  fault?: string;
  actions: CloudAction[];
  behaviour: Behaviour;
}

export interface CloudFlavor {
  readonly id: string;
  readonly name: string;
  readonly vcpus: number;
  readonly ram: number;
  readonly disk: number;
  readonly ephemeral: number;
  readonly swap: number;
  readonly public: boolean;
  description: string | null;
  properties: Record<string, string>;
  projects: string[];
}

export interface CloudImage {
  readonly id: string;
  name: string | null;
  readonly diskFormat: string | null;
  readonly containerFormat: string | null;
  visibility: 'private' | 'shared' | 'community' | 'public';
  protected: boolean;
  readonly tags: readonly string[];
  readonly minDisk: number;
  readonly minRam: number;
  hidden: boolean;
  properties: Record<string, string>;
  readonly owner: string;
  status: 'queued' | 'saving' | 'importing' | 'active' | 'killed' | 'deleted';
  readonly created: string;
  /** Of its imports. */
  tasks?: readonly Readonly<Record<string, string>>[];
  size?: number;
  sha512?: string;
  md5?: string;
}

export interface CloudAction {
  readonly action: string;
  readonly requestId: string;
  readonly userId: string;
  readonly projectId: string;
  readonly start: string;
  message: string | null;
  /** What its one event failed with. */
  failure?: string;
}

/** How a server takes what it is asked. */
export interface Behaviour {
  /** Stays in the task state of that action: "stop", "start", "delete". "destroy": stays as DELETED, never gone. */
  readonly stuck?: string | null;
  /** Ends in ERROR when asked to: "stop", "start", "delete". */
  readonly error?: string | null;
  /** Given up by its host when asked to, and left as it was: "stop", "start". */
  readonly gaveUp?: string | null;
  /** How its next migrations end; `hang` never does, `slow` takes ten times as long. */
  readonly migration?: 'failed' | 'error' | 'completedWithoutMoving' | 'hang' | 'slow' | 'serverError' | null;
  /** Milliseconds instead of the cloud's. */
  readonly transition?: number | null;
  /** Kept as SOFT_DELETED when deleted. */
  readonly softDelete?: boolean | null;
}

export interface CloudMigration {
  readonly id: number;
  readonly uuid: string;
  readonly serverId: string;
  readonly type: 'live-migration' | 'migration';
  status: string;
  readonly source: string;
  target: string | null;
  readonly created: string;
  updated: string;
}

export interface CloudPort {
  readonly id: string;
  readonly serverId: string;
  readonly created: string;
  readonly address: string;
  /** Made by a person, so that it outlives the server. */
  readonly own: boolean;
}

export interface Effect {
  /** Its id; a flavor's or an image's too. */
  readonly server: string;
  readonly name: string;
  readonly action: string;
  readonly requestId: string;
  readonly at: number;
}
