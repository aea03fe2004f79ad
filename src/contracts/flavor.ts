/** What a person wants a flavor to be. What is not said is not compared with what is there. */
export interface FlavorSpec {
  readonly name: string;
  readonly vcpus: number;
  /** MB, as Nova has it. */
  readonly ram: number;
  /** GB. */
  readonly disk: number;
  /** GB. */
  readonly ephemeral?: number;
  /** MB. */
  readonly swap?: number;
  /** Nova makes one up where none is said. */
  readonly id?: string;
  readonly public?: boolean;
  /** Names or ids of projects that may use one that is not public. */
  readonly projects?: readonly string[];
  /** Nova's extra specs. */
  readonly properties?: Readonly<Record<string, string>>;
  readonly description?: string;
}

/** A flavor as Nova has it. */
export interface Flavor {
  readonly id: string;
  readonly name: string;
  readonly vcpus: number;
  readonly ram: number;
  readonly disk: number;
  readonly ephemeral: number;
  readonly swap: number;
  readonly public: boolean;
  readonly description?: string;
  readonly properties: Readonly<Record<string, string>>;
}

/** With the ids of the projects that may use it, which Nova tells in a request of its own. */
export interface FlavorWithAccess extends Flavor {
  readonly projects: readonly string[];
}

/** One field in which a flavor is not what was asked for. */
export interface FlavorDrift {
  readonly field: string;
  readonly is: string;
  readonly wanted: string;
}

/** What is to be done about one flavor. */
export interface FlavorChange {
  /** What is wanted, complete: what was not said is as it is there, or Nova's default. `projects` are ids. */
  readonly flavor: FlavorWithAccess;
  readonly action: 'create' | 'replace' | 'update' | 'none';
  /** What is there under this name. */
  readonly before?: FlavorWithAccess;
  readonly drift: readonly FlavorDrift[];
  /** Why nothing is done. */
  readonly why?: string;
}

/** What an activity is given of a plan. */
export interface FlavorBatch {
  readonly cloud: string;
  readonly cloudKey: string;
  readonly changes: readonly FlavorChange[];
  readonly evenInUse: boolean;
}

export interface FlavorPlan {
  readonly cloud: string;
  readonly cloudKey: string;
  readonly changes: readonly FlavorChange[];
  readonly hash: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

export interface FlavorOutcome {
  readonly name: string;
  readonly id: string;
  readonly outcome: 'done' | 'failed' | 'left alone';
  readonly why?: string;
  /** Of what changed something or failed, to find it by in Nova's log. None of a try that a crash cut off. */
  readonly requestIds?: readonly string[];
}

/** The input of `flavor create` and `flavor import`. */
export interface FlavorImport {
  readonly cloud?: string;
  readonly flavors: readonly FlavorSpec[];
  /** Flavors that differ are made what was asked for; those that servers use only with `evenInUse`. */
  readonly replace?: boolean;
  readonly evenInUse?: boolean;
  readonly planOnly?: boolean;
  /** Approved before the plan was made: --yes. */
  readonly approved?: boolean;
}

export interface FlavorImportResult {
  readonly cloud: string;
  readonly changes: readonly FlavorChange[];
  /** Absent where only a plan was made. */
  readonly outcomes?: readonly FlavorOutcome[];
}

/** "Create flavor m1.small", "Create 12 flavors". */
export function flavorTitle({ cloud, flavors, planOnly }: FlavorImport): string {
  const [first] = flavors;
  const what = flavors.length === 1 ? `flavor ${first?.name ?? ''}` : `${String(flavors.length)} flavors`;
  return `${planOnly === true ? 'Plan' : 'Create'} ${what}${cloud === undefined ? '' : ` in ${cloud}`}`;
}
