/** A server as Nova shows it, of what operations decide by (api-ref compute, "List Servers Detailed" at 2.47). */
export interface Server {
  readonly id: string;
  readonly name: string;
  readonly projectId: string;
  /** The compute host (OS-EXT-SRV-ATTR:host): null before it is scheduled, absent where the user is no administrator. */
  readonly host?: string | null;
  /** ACTIVE, SHUTOFF, PAUSED, SUSPENDED, RESCUE, ERROR, VERIFY_RESIZE, … */
  readonly status: string;
  /** What Nova is doing with it: "powering-off", "migrating"; null where nothing. */
  readonly taskState: string | null;
  /** Of the compute service below it: UP, DOWN, UNKNOWN, MAINTENANCE; empty where there is none, absent to others. */
  readonly hostStatus?: string;
  readonly locked: boolean;
  readonly tags: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly flavor: ServerFlavor;
  /** False where it boots from a volume. */
  readonly hasImage: boolean;
  readonly volumes: readonly ServerVolume[];
  /** Fixed and floating, as the guest and its users know them. */
  readonly addresses: readonly string[];
  /** ISO 8601. */
  readonly created: string;
  readonly updated: string;
  /** Nova's last error about it; only in status ERROR or DELETED. */
  readonly fault?: string;
}

export interface ServerFlavor {
  readonly name: string;
  readonly vcpus: number;
  /** MiB. */
  readonly ram: number;
  /** GiB, of the root disk and of the ephemeral one. */
  readonly disk: number;
  readonly ephemeral: number;
  readonly extraSpecs: Readonly<Record<string, string>>;
}

export interface ServerVolume {
  readonly id: string;
  /** It dies with the server. */
  readonly deleteOnTermination: boolean;
}

/** A nova-compute service, and what its host has left. */
export interface ComputeHost {
  readonly name: string;
  /** Of os-services, for changing it. */
  readonly serviceId: string;
  readonly zone: string;
  /** Whether the scheduler may use it, and why not. */
  readonly enabled: boolean;
  readonly disabledReason?: string;
  /** Whether it reports. */
  readonly up: boolean;
  readonly forcedDown: boolean;
}

/** What a compute host has for servers (os-hypervisors at 2.53, which still has it). */
export interface HostRoom {
  readonly host: string;
  readonly servers: number;
  readonly vcpus: number;
  readonly vcpusUsed: number;
  /** MiB. */
  readonly ram: number;
  readonly ramUsed: number;
  /** GiB. */
  readonly disk: number;
  readonly diskUsed: number;
}

/** One of os-migrations. */
export interface Migration {
  readonly id: number;
  /** Placement knows it by this. */
  readonly uuid: string;
  readonly serverId: string;
  readonly type: string;
  /** accepted, queued, preparing, running, post-migrating, completed, failed, error, cancelled, finished, confirmed, … */
  readonly status: string;
  readonly source: string | null;
  readonly target: string | null;
  /** ISO 8601. */
  readonly created: string;
  readonly updated: string;
}

/** One of os-instance-actions: who asked Nova for what, and when. */
export interface InstanceAction {
  /** "stop", "start", "delete", "live-migration", "migrate", "confirmResize", … */
  readonly action: string;
  readonly requestId: string;
  readonly userId: string | null;
  /** Milliseconds since the epoch, by Nova's clock; whole seconds. */
  readonly startedAt: number;
  /** Null, or "Error". */
  readonly message: string | null;
}
