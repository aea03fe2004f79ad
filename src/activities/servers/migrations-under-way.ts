import { migrationEnded } from '../../domain/migration-status.ts';
import { listMigrations } from '../../systems/openstack/index.ts';
import type { Session } from '../../systems/openstack/index.ts';
import { SharedLooks } from './shared-looks.ts';

/** Milliseconds: records that have not changed for longer are not asked for. */
const lately = 10 * 60_000;

/**
 * Ids of the servers of a host whose newest migration is on its way, as Nova's records tell: one short list instead of
 * a look at each server, which there is nothing to see of before its migration has ended.
 */
export const migrationsUnderWay = (session: Session): SharedLooks<ReadonlySet<string>> =>
  new SharedLooks(async (host) => {
    const changedSince = new Date(Date.now() - lately);
    const records = await listMigrations(session, { ...(host === '' ? {} : { host }), changedSince });
    const newest = new Map<string, string>();
    for (const { serverId, status } of records) if (!newest.has(serverId)) newest.set(serverId, status);
    return new Set([...newest].filter(([, status]) => !migrationEnded(status)).map(([serverId]) => serverId));
  });
