import type { Server } from '../../contracts/server.ts';
import type { PlannedServer, ServerHow, ServerOutcome, ServerOutcomeKind } from '../../contracts/server-operation.ts';
import type { Asked } from '../../systems/openstack/index.ts';
import type { Cloud } from './cloud-pool.ts';

/** A server as it was when it was about to be asked. */
export interface Before {
  readonly status: string;
  /** Nova's clock, as the server's last change shows it. */
  readonly updated: string;
  readonly host: string;
  /** Of migrations: the newest record that there was. */
  readonly mark?: number;
}

/** What is known of one server while its batch is at work. */
export interface Work {
  readonly planned: PlannedServer;
  before: Before;
  readonly startedAt: number;
  readonly requestIds: string[];
  /**
   * - open: to be asked
   * - in doubt: it may have been asked, and nobody knows
   * - asked: Nova took it
   */
  state: 'open' | 'in doubt' | 'asked';
  /** When that state began. */
  since: number;
  /** When it was last looked at. */
  seenAt: number;
  /** Looks that showed what can't be, once Nova took it. */
  strikes: number;
  /** Whether the effect, if it shows, may be another's. */
  unproven: boolean;
  /** Of migrations: what was done when its time was up. */
  intervened: boolean;
  /** Of cold migrations: when the confirmation was asked for. */
  confirmedAt?: number;
}

/** How one server ended. */
export interface Settled {
  readonly outcome: ServerOutcomeKind;
  readonly why?: string;
  readonly movedTo?: string;
  /** It failed because nothing came of it: nothing is in flight, and nothing changed. */
  readonly gaveUp?: boolean;
}

/** What differs between stop, start, delete and migrate. */
export interface Driver {
  /** As Nova's instance actions name it. */
  readonly verb: string;
  /** Seconds, where nobody says otherwise. */
  readonly timeout: number;
  /** What has to be known from before the first request; written down with the intent. */
  mark?(cloud: Cloud, work: Work): Promise<number>;
  /**
   * Ids of the servers of a host that there is nothing to see of yet, by a look begun at `since` or later. Without it
   * each is looked at every time.
   */
  underWay?(cloud: Cloud, host: string, since: number): Promise<ReadonlySet<string>>;
  /** `checkTurn` is called as the request is sent, and throws where it must not be. */
  ask(cloud: Cloud, work: Work, how: ServerHow, checkTurn: () => void): Promise<Asked>;
  /** Whether the effect shows, whoever had it. */
  reached(work: Work, seen: Server | undefined): boolean;
  /** Once it was asked: how it ended, or undefined while it goes on. */
  settle(
    cloud: Cloud,
    work: Work,
    seen: Server | undefined,
    how: ServerHow,
  ): Settled | undefined | Promise<Settled | undefined>;
  /** Its time is up. Undefined: it is given more, because something was done about it. */
  overdue(
    cloud: Cloud,
    work: Work,
    seen: Server | undefined,
    how: ServerHow,
  ): Settled | undefined | Promise<Settled | undefined>;
}

export const outcomeOf = (work: Work, { outcome, why, movedTo }: Settled): ServerOutcome => ({
  id: work.planned.id,
  name: work.planned.name,
  project: work.planned.project,
  host: work.before.host,
  outcome,
  ...(why === undefined ? {} : { why }),
  before: work.before.status,
  ...(movedTo === undefined ? {} : { movedTo }),
  requestIds: work.requestIds,
  startedAt: work.startedAt,
  endedAt: Date.now(),
});
