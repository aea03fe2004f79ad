import type { Notification } from './notification.ts';

/**
 * The health check: what is asked, what a check of one place gives, and the report that is kept. Findings are told apart
 * by what is wrong where, so that the next run recognises them.
 */

export const healthChecks = ['hosts', 'containers', 'logs', 'services', 'backups'] as const;
export type HealthCheckKind = (typeof healthChecks)[number];

/** From best to worst; unknown is what could not be looked at, and never a pass. */
export const verdicts = ['ok', 'warning', 'unknown', 'critical'] as const;
export type Verdict = (typeof verdicts)[number];

/** What monitoring plug-ins make of a verdict (Nagios' guidelines; Icinga, Naemon and Checkmk read the same). */
export const verdictCodes = { ok: 0, warning: 1, critical: 2, unknown: 3 } as const satisfies Record<Verdict, number>;

export interface HealthCheck {
  /** Hosts of this site alone. */
  readonly site?: string;
  readonly only?: readonly HealthCheckKind[];
  /** Logs seen for the first time are read from so many seconds ago. */
  readonly since?: number;
  /** What was seen counts as seen for the next run too, and people are notified. */
  readonly commit?: boolean;
}

/** One thing that is wrong at one place. */
export interface Problem {
  /** Of the same problem at the same place, in every run: "containers/ctl1/missing/nova_api". */
  readonly id: string;
  readonly check: HealthCheckKind;
  readonly verdict: Exclude<Verdict, 'ok'>;
  /** A host, a cloud, or a service of it. */
  readonly where: string;
  /** What is wrong, in a sentence without the place. */
  readonly what: string;
  /** Lines as they were found, capped. */
  readonly evidence?: readonly string[];
  /** How often, where that can be counted. */
  readonly count?: number;
  /** Epoch milliseconds of the first and last time, where the evidence tells. */
  readonly first?: number;
  readonly last?: number;
  /** The next command to type. */
  readonly next?: string;
  /** Known, and nothing to act on: why, and until which day. */
  readonly known?: Known;
  /**
   * Logs it was found in, with an empty one where there are more: while one of them can't be read, nobody knows whether
   * it is over.
   */
  readonly logs?: readonly string[];
}

export interface Known {
  readonly reason: string;
  readonly until?: string;
}

export type Difference = 'new' | 'worse' | 'still there' | 'resolved';

export interface Finding extends Problem {
  readonly difference: Difference;
  /** Epoch milliseconds of the run that saw it first. */
  readonly since: number;
  /** The same in every message about it, from its first sight to its end. */
  readonly alarm: string;
  /** Epoch milliseconds of the run that last told people of it; absent while nobody could be told. */
  readonly toldAt?: number;
}

/** How one check of one place went. */
export interface CheckResult {
  readonly check: HealthCheckKind;
  readonly where: string;
  readonly role?: string;
  readonly verdict: Verdict;
  /**
   * What could not be looked at, as beginnings of kinds of findings: "compute/", or "" for everything. What was wrong
   * there before may still be.
   */
  readonly unseen?: readonly string[];
  /** Ids of findings whose time is up: what they miss is no longer expected. */
  readonly expired?: readonly string[];
  /** Logs that could not be read, and patterns of paths that nothing matches. */
  readonly unread?: readonly string[];
  /** What was seen, in a few words: "31 containers", "load 0.4, 61 % of memory". */
  readonly seen: string;
}

/** What is remembered of a host from run to run. */
export interface HostMemory {
  readonly logs: Readonly<Record<string, LogCursor>>;
  /** Restarts of each container so far, and which one it was. */
  readonly restarts: Readonly<Record<string, ContainerStart>>;
}

export interface ContainerStart {
  readonly id: string;
  /** By the runtime itself; what systemd starts again, as on TripleO, is not in it. */
  readonly count: number;
  /** Epoch milliseconds. */
  readonly startedAt?: number;
}

/** How far a log was read. */
export interface LogCursor {
  /** "device:inode" of the file that was read last. */
  readonly file: string;
  /** Bytes of it that were seen. */
  readonly offset: number;
  /** Its size then. */
  readonly size: number;
  /** Digest of its first bytes, so that another file with the same inode is recognised. */
  readonly head: { readonly length: number; readonly sha256: string };
}

/** What the checks of one place gave; kept in the records until the report is made of all. */
export interface PlaceChecked {
  readonly where: string;
  readonly role?: string;
  readonly results: readonly CheckResult[];
  readonly problems: readonly Problem[];
  /** Of a host whose containers or logs could be read. */
  readonly memory?: Partial<HostMemory>;
  /** Of a cloud: the services that it listed, to notice when one is gone. */
  readonly services?: readonly string[];
  /** Services that were gone for so long that nobody expects them any more. */
  readonly expired?: readonly string[];
  /** Image of each container, to compare hosts of one role: name → image. */
  readonly images?: Readonly<Record<string, string>>;
}

/** What the next run compares with: generations of it, each made once. */
export interface HealthMemory {
  /** The operation that made it. */
  readonly operation: string;
  readonly at: number;
  readonly hosts: Readonly<Record<string, HostMemory>>;
  /** Services of each cloud, and when each was seen last. */
  readonly services: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** What some of those who are notified could not be told: they are, before anything newer. */
  readonly undelivered?: readonly Undelivered[];
  /** Ids of the findings that this run tells people of. */
  readonly telling: readonly string[];
  readonly findings: readonly RememberedFinding[];
  /** The last runs, newest first; of each kind of check so many. */
  readonly history: readonly HealthRun[];
}

export interface Undelivered {
  /** A rule of the config's notifications, by the digest of its text. */
  readonly rule: string;
  readonly notification: Notification;
}

export type RememberedFinding = Pick<
  Finding,
  'id' | 'check' | 'where' | 'what' | 'verdict' | 'since' | 'alarm' | 'known' | 'logs' | 'toldAt'
> & {
  /** It is over, and people have still to be told. */
  readonly ended?: true;
};

/** How things stand by all checks that counted, whichever saw what. */
export interface HealthStanding {
  readonly verdict: Verdict;
  readonly critical: number;
  readonly warning: number;
  readonly unknown: number;
  readonly known: number;
  /** The worst few, as "place: what". */
  readonly worst: readonly string[];
  /** Epoch milliseconds: when the kind of check was made that was made the longest ago, and the newest run of all. */
  readonly oldest: number;
  readonly newest: HealthRun;
}

/** One run, as the history shows it. */
export interface HealthRun {
  readonly operation: string;
  readonly at: number;
  readonly scope: string;
  readonly checks: readonly HealthCheckKind[];
  readonly verdict: Verdict;
  readonly counts: HealthCounts;
}

/** Findings by what became of them, and by how bad those are that are there. */
export interface HealthCounts {
  readonly new: number;
  readonly stillThere: number;
  readonly resolved: number;
  readonly critical: number;
  readonly warning: number;
  readonly unknown: number;
  readonly known: number;
}

/** The report as it is kept, beside the operation's own. */
export interface HealthReport {
  readonly operation: string;
  /** Where: "all", or the site's name. */
  readonly scope: string;
  readonly checks: readonly HealthCheckKind[];
  readonly startedAt: number;
  readonly endedAt: number;
  readonly verdict: Verdict;
  readonly counts: HealthCounts;
  readonly results: readonly CheckResult[];
  /** What is wrong, worst first; known ones and resolved ones last. */
  readonly findings: readonly Finding[];
  /** Findings of former runs at places that this one was not asked to look at: they are remembered as they were. */
  readonly elsewhere?: number;
  /** The run that it was compared with; absent in a first one. */
  readonly comparedWith?: { readonly operation: string; readonly at: number };
  /** The last runs that looked at the same, newest first. */
  readonly history: readonly HealthRun[];
}

/** What travels through Temporal of it. */
export interface HealthCheckResult {
  readonly verdict: Verdict;
  readonly counts: HealthCounts;
  /** Places that were looked at: hosts, their backups, the cloud. */
  readonly places: number;
  readonly committed: boolean;
}

export const healthScope = ({ site }: Pick<HealthCheck, 'site'>): string => site ?? 'all';

export const healthCheckTitle = (input: HealthCheck): string =>
  `Check the health of ${input.site === undefined ? 'everything' : `site ${input.site}`}${
    input.only === undefined ? '' : ` (${input.only.join(', ')})`
  }`;

/** The worst of them; ok where there are none. */
export const worstOf = (all: readonly Verdict[]): Verdict =>
  all.reduce((worst, each) => (verdicts.indexOf(each) > verdicts.indexOf(worst) ? each : worst), 'ok');
