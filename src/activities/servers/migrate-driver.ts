import { isFault } from '../../contracts/faults.ts';
import type { Migration, Server } from '../../contracts/server.ts';
import type { ServerHow } from '../../contracts/server-operation.ts';
import { formatDuration } from '../../domain/format.ts';
import { migrationEnded, migrationWaits } from '../../domain/migration-status.ts';
import {
  abortMigration,
  confirmMigration,
  forceCompleteMigration,
  listMigrations,
  liveMigrateServer,
  migrateServer,
} from '../../systems/openstack/index.ts';
import type { Cloud } from './cloud-pool.ts';
import type { Driver, Settled, Work } from './server-work.ts';

/** Looks in a row that show what can't be. Nova's record of a migration may come, and end, some seconds late. */
const strikesOut = 10;
/** A migration may wait its turn for so many times its own limit: nova-compute does one at a time by default. */
const waitsFor = 8;

/**
 * Live migration, or cold where the plan says so. What Nova accepted proves nothing, and a server back in its state
 * does not either: the end is another host, the state of before, and a migration record that says so.
 */
export const migrateDriver: Driver = {
  verb: 'live-migration',
  timeout: 1800,

  async mark({ session }, { planned }) {
    const [newest] = await listMigrations(session, { serverId: planned.id });
    return newest?.id ?? 0;
  },

  ask: ({ session }, { planned }, { to, block = 'auto' }, beforeSending) =>
    planned.cold === true
      ? migrateServer(session, planned.id, to, { beforeSending })
      : liveMigrateServer(session, planned.id, { host: to, block }, { beforeSending }),

  underWay: ({ underWay }, host, since) => underWay.of(host, since),

  reached: ({ before }, seen) => seen !== undefined && seen.host !== before.host,

  async settle(cloud, work, seen, how) {
    if (seen === undefined) return { outcome: 'failed', why: 'it is gone: somebody deleted it meanwhile' };
    const ours = await ourMigrations(cloud, work);
    const [last] = ours;
    if (last === undefined || !migrationEnded(last.status)) {
      keepTime(work, last, how);
      if (last !== undefined || seen.taskState !== null) {
        work.strikes = 0;
        return undefined;
      }
      return strike(work, 'Nova took the migration and made no record of it', true);
    }
    if (seen.taskState !== null) return undefined;
    // Nova confirms once: while its record says that it does, there is nothing to ask.
    if (seen.status === 'VERIFY_RESIZE') return last.status === 'finished' ? confirm(cloud, work) : undefined;
    if (last.status === 'completed' || last.status === 'confirmed' || last.status === 'finished')
      return arrived(work, seen, last);
    return notMoved(work, seen, last);
  },

  async overdue(cloud, work, seen, { onTimeout = 'abort', timeout = migrateDriver.timeout }) {
    const [last] = await ourMigrations(cloud, work);
    const after = formatDuration(Date.now() - work.since);
    const state = last?.status ?? seen?.taskState ?? 'waiting';
    if (last === undefined || migrationEnded(last.status) || onTimeout === 'leave' || work.intervened)
      return { outcome: 'failed', why: `still ${state} after ${after}; it was left to go on, and may still arrive` };
    // Its end is awaited before anything else: or it would land in the middle of the next try.
    if (onTimeout === 'abort') await abortMigration(cloud.session, last);
    else await forceCompleteMigration(cloud.session, last);
    work.intervened = true;
    work.since = Date.now() - Math.max(0, timeout - settleWithin) * 1000;
    return undefined;
  },
};

/** Seconds for an abort, or a forced end, to show. */
const settleWithin = 120;

/** The records of this server's migrations since the batch began, newest first. */
async function ourMigrations({ session }: Cloud, { planned, before }: Work): Promise<Migration[]> {
  const all = await listMigrations(session, { serverId: planned.id });
  return all.filter(({ id }) => id > (before.mark ?? 0));
}

/** The deadline counts from when it moves; one that waits its turn has a longer one. */
function keepTime(work: Work, last: Migration | undefined, { timeout = migrateDriver.timeout }: ServerHow): void {
  const waits = last === undefined || migrationWaits(last.status);
  if (waits && Date.now() - work.startedAt < waitsFor * timeout * 1000) work.since = Date.now();
}

function strike(work: Work, why: string, gaveUp = false): Settled | undefined {
  work.strikes += 1;
  return work.strikes < strikesOut ? undefined : { outcome: 'failed', why, gaveUp };
}

function arrived(work: Work, seen: Server, { target }: Migration): Settled | undefined {
  const { before } = work;
  if (seen.host === before.host)
    return strike(
      work,
      `Nova says that it was migrated${target === null ? '' : ` to ${target}`}, and it is still on ${before.host}`,
    );
  const movedTo = seen.host ?? '';
  if (seen.status !== before.status)
    return strike(work, `it is on ${movedTo} now, and ${seen.status} where it was ${before.status}${faultOf(seen)}`);
  return { outcome: 'done', movedTo };
}

/** The record says that it failed. Nothing is tried again without a person: `operation retry` plans it anew. */
function notMoved(work: Work, seen: Server, { status, target, id }: Migration): Settled {
  const { before } = work;
  const failed = (why: string): Settled => ({ outcome: 'failed', why });
  if (seen.status === 'ERROR') return failed(`it is in ERROR since the migration${faultOf(seen)}`);
  if (seen.host !== before.host)
    return failed(`its migration ended as ${status}, and yet it is ${seen.status} on ${seen.host ?? 'no host'}`);
  if (work.intervened) return failed('it took too long and was aborted; it runs where it was');
  if (target === null) return failed(`no host can take it: the scheduler found none (migration ${String(id)})`);
  return failed(`the migration to ${target} ended as ${status}; it is ${seen.status} on ${before.host} as before`);
}

const faultOf = ({ fault }: Server): string => (fault === undefined ? '' : `: ${fault}`);

/** Milliseconds after which a confirmation that does not show is asked for again. */
const confirmAgainAfter = 60_000;

async function confirm({ session }: Cloud, work: Work): Promise<undefined> {
  if (Date.now() - (work.confirmedAt ?? -Infinity) < confirmAgainAfter) return undefined;
  work.confirmedAt = Date.now();
  try {
    const { requestId } = await confirmMigration(session, work.planned.id);
    if (requestId !== undefined) work.requestIds.push(requestId);
  } catch (error) {
    // Confirmed already, by the attempt before: the next look shows it.
    if (!isFault(error) || !['CloudConflict', 'CloudRequestInvalid'].includes(error.type)) throw error;
  }
  return undefined;
}
