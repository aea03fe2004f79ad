/** What is done to many servers: the plan that is approved, the batches that are applied, what became of each. */
export type ServerAction = 'stop' | 'start' | 'delete' | 'migrate';

/** Which servers are meant. What is said narrows: a server has to match all of it. */
export interface ServerSelection {
  /** A compute host: its full name, or the first label of it where that is unique. */
  readonly host?: string;
  /** A project, by name or id. */
  readonly project?: string;
  /** Said when nothing else narrows: every server that the user sees. */
  readonly all?: boolean;
  /** Names, or patterns with *, ?, [a-c] and {a,b}. */
  readonly names?: readonly string[];
  readonly ids?: readonly string[];
  readonly status?: readonly string[];
  /** Has all of these. */
  readonly tags?: readonly string[];
  readonly metadata?: Readonly<Record<string, string>>;
  /** Ids, names or patterns. */
  readonly exclude?: readonly string[];
}

/** Where a plan comes from. Operations are named by their operation id. */
export type PlanSource =
  | {
      readonly from: 'selection';
      readonly selection: ServerSelection;
      /** Starting: only those of them that a stop of ours stopped, and that were ACTIVE before. */
      readonly stoppedByUs?: boolean;
    }
  /** A plan that was made and saved; applied as it is. */
  | { readonly from: 'plan'; readonly operation: string; readonly hash: string }
  /** Those that a stop of ours stopped and that were ACTIVE before, last stopped first. */
  | { readonly from: 'stopped'; readonly operation: string }
  /** Those that an operation did not get done. */
  | { readonly from: 'failed'; readonly operation: string }
  /** Those that a drain moved away from its host. */
  | { readonly from: 'moved'; readonly operation: string };

export interface ServerLimits {
  /** Servers in work at once: in all, of one compute host, and migrations to one host. */
  readonly parallel?: number;
  readonly perHost?: number;
  readonly perTarget?: number;
  /** So many first, alone; if one fails nothing more is begun. */
  readonly canary?: number;
  /** Nothing more is begun once more than so many failed: a number, or "10%". */
  readonly maxFailures?: string;
}

/** How the action is done. Part of what is approved. */
export interface ServerHow {
  /** Seconds that one server may take, from when it is asked. */
  readonly timeout?: number;
  readonly includeLocked?: boolean;
  /** Also those that Heat, Octavia, Magnum or Trove look after. */
  readonly includeManaged?: boolean;
  /** Migrations: the one host, or the scheduler's choice. */
  readonly to?: string;
  readonly block?: 'auto' | 'yes' | 'no';
  /** Migrations: only stopped servers, cold. */
  readonly cold?: boolean;
  /** Migrations: running ones live, stopped ones cold. */
  readonly includeStopped?: boolean;
  /** What happens to a live migration that takes too long. */
  readonly onTimeout?: 'abort' | 'force-complete' | 'leave';
  /** Drains: also what arrives on the host meanwhile; leave scheduling as it is however it ends; or enable it after. */
  readonly includeArrivals?: boolean;
  readonly keepDisabled?: boolean;
  readonly enableAfter?: boolean;
}

/** The input of every operation on servers. */
export interface ServerOperation {
  /** A cloud as the worker knows it; the worker's only or implied one otherwise. */
  readonly cloud?: string;
  readonly source: PlanSource;
  readonly how?: ServerHow;
  readonly limits?: ServerLimits;
  /** Make the plan and end. */
  readonly planOnly?: boolean;
  /** Approved before it was made: --yes. Deleting needs the count that was meant. */
  readonly approved?: { readonly count?: number };
  /** Ends at once where another operation has one of the hosts. */
  readonly noWait?: boolean;
}

/** The input of `host restore`. */
export interface HostRestore extends Omit<ServerOperation, 'source' | 'planOnly'> {
  readonly host: string;
  /** Whose servers are brought back; the last drain of that host otherwise. */
  readonly drain?: string;
  /** False: only scheduling is enabled. */
  readonly bringBack?: boolean;
}

/** One line of a plan. */
export interface PlannedServer {
  readonly id: string;
  readonly name: string;
  readonly projectId: string;
  readonly project: string;
  /** Empty where the user is no administrator. */
  readonly host: string;
  readonly status: string;
  /** Migrations of stopped servers, which end with a confirmation. */
  readonly cold?: boolean;
  /** Deletions: what goes and what is left. */
  readonly volumesDeleted?: readonly string[];
  readonly volumesKept?: readonly string[];
  readonly floatingIps?: readonly { readonly id: string; readonly address: string }[];
  /** Ports that somebody made before the server, which Nova leaves. */
  readonly ports?: readonly string[];
}

export interface ServerLeftAlone extends Omit<PlannedServer, 'cold'> {
  readonly why: string;
}

export interface ServerPlanPage {
  readonly servers: readonly PlannedServer[];
}

/** A plan without its pages. Those are in the records of `operation`, 500 servers each at most. */
export interface ServerPlan {
  readonly operation: string;
  readonly action: ServerAction;
  /** As it was named, and what it is: two names of one cloud are one cloud. */
  readonly cloud: string;
  readonly cloudKey: string;
  readonly how: ServerHow;
  /** What the config says that this cloud bears. */
  readonly limits: Pick<ServerLimits, 'parallel' | 'perHost' | 'perTarget'>;
  /** Of the host that is drained. */
  readonly drains?: string;
  readonly servers: number;
  readonly leftAlone: number;
  /** By reason, in operator's words. */
  readonly reasons: Readonly<Record<string, number>>;
  /** How many of each host. */
  readonly hosts: Readonly<Record<string, number>>;
  /** SHA-256 of each page; `hash` is over all of this. */
  readonly pageHashes: readonly string[];
  readonly leftAlonePages: number;
  readonly hash: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly expiresAt: number;
  /** What deleting does beside the servers themselves. */
  readonly consequences?: {
    readonly volumesDeleted: number;
    readonly volumesKept: number;
    readonly floatingIps: number;
    readonly ports: number;
  };
  /** Patterns of --exclude that excluded nothing. */
  readonly unusedExcludes: readonly string[];
}

export type ServerOutcomeKind = 'done' | 'failed' | 'left alone';

/** What became of one server. */
export interface ServerOutcome {
  readonly id: string;
  readonly name: string;
  readonly project: string;
  readonly host: string;
  readonly outcome: ServerOutcomeKind;
  readonly why?: string;
  /** Nova's status before. */
  readonly before: string;
  /** Where it is now, where that is another host. */
  readonly movedTo?: string;
  readonly requestIds: readonly string[];
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly endedAt: number;
}

/** Servers of one page and one host that one activity takes. */
export interface ServerBatch {
  /** Whose plan it is, and which operation applies it. */
  readonly plan: string;
  readonly operation: string;
  readonly action: ServerAction;
  readonly cloud: string;
  /** The cloud that the plan is about: a name may mean another one to another worker. */
  readonly cloudKey: string;
  readonly how: ServerHow;
  readonly page: number;
  readonly pageHash: string;
  readonly from: number;
  readonly count: number;
}

/** A batch that was applied; each server's outcome is in the records. */
export interface BatchOutcome {
  readonly done: number;
  readonly failed: number;
  readonly leftAlone: number;
  /** The first of them. */
  readonly failures: readonly { readonly id: string; readonly name: string; readonly why: string }[];
}

export interface ServersResult {
  readonly action: ServerAction;
  readonly cloud: string;
  readonly plan: ServerPlan;
  /** Absent where only a plan was made. */
  readonly applied?: {
    readonly done: number;
    readonly failed: number;
    /** When it was read again, before its turn. */
    readonly leftAlone: number;
    readonly notBegun: number;
    readonly failures: BatchOutcome['failures'];
    readonly approvedBy: string;
  };
  /** Of drains: how many servers are on the host at the end, and whether new ones may be scheduled there. */
  readonly drained?: { readonly host: string; readonly left?: number; readonly scheduling: 'enabled' | 'disabled' };
  /** Of deletions: what is still there. */
  readonly leftovers?: ServerLeftovers;
}

/** A plan with some of its pages, as the CLI reads it: as many as one payload holds. */
export interface ServerPlanView {
  readonly plan: ServerPlan;
  readonly servers: readonly PlannedServer[];
  readonly leftAlone: readonly ServerLeftAlone[];
  /** The page to go on with; undefined after the last. Pages of servers come first, then those left alone. */
  readonly next?: number;
}

/** What deleted servers left, by id. */
export interface ServerLeftovers {
  readonly volumes: readonly string[];
  readonly floatingIps: readonly string[];
  readonly ports: readonly string[];
  /** How many are not named here. */
  readonly more?: number;
}
