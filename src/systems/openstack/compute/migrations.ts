import { z } from 'zod';
import { isFault } from '../../../contracts/faults.ts';
import type { Migration } from '../../../contracts/server.ts';
import type { Session } from '../session.ts';

export interface MigrationFilter {
  readonly serverId?: string;
  /** From it or to it. */
  readonly host?: string;
  /** In this one alone. */
  readonly status?: string;
  /** Only those whose record has changed since. */
  readonly changedSince?: Date;
  readonly signal?: AbortSignal | undefined;
}

/** GET /os-migrations, newest first: the only place where the end of a migration is told truly. Administrators only. */
export async function listMigrations(session: Session, filter: MigrationFilter): Promise<Migration[]> {
  const all: Migration[] = [];
  let marker: string | undefined;
  for (;;) {
    const { migrations, migrations_links: more } = await session.read(
      {
        service: 'compute',
        method: 'GET',
        path: '/os-migrations',
        query: {
          instance_uuid: filter.serverId,
          host: filter.host,
          status: filter.status,
          'changes-since': filter.changedSince?.toISOString(),
          limit: 1000,
          marker,
        },
        job: 'migrations',
        what: filter.serverId === undefined ? 'the migrations' : `the migrations of server ${filter.serverId}`,
        signal: filter.signal,
      },
      page,
    );
    all.push(...migrations.map(toMigration));
    const last = migrations.at(-1);
    if (more === undefined || last === undefined) return all.sort((a, b) => b.id - a.id);
    marker = last.uuid;
  }
}

/** Ends a live migration under way, or one that waits its turn; false where it had ended by itself meanwhile. */
export async function abortMigration(session: Session, migration: Migration, signal?: AbortSignal): Promise<boolean> {
  const waits = migration.status === 'queued' || migration.status === 'preparing';
  return asked(() =>
    session.call({
      service: 'compute',
      method: 'DELETE',
      path: `/servers/${encodeURIComponent(migration.serverId)}/migrations/${String(migration.id)}`,
      job: waits ? 'abortQueued' : 'abort',
      what: `abort the migration of server ${migration.serverId}`,
      signal,
    }),
  );
}

/** Pauses the guest, or switches to post-copy, so that the copying ends; false where it had ended meanwhile. */
export async function forceCompleteMigration(
  session: Session,
  migration: Migration,
  signal?: AbortSignal,
): Promise<boolean> {
  return asked(() =>
    session.call({
      service: 'compute',
      method: 'POST',
      path: `/servers/${encodeURIComponent(migration.serverId)}/migrations/${String(migration.id)}/action`,
      body: { force_complete: null },
      job: 'forceComplete',
      what: `force the migration of server ${migration.serverId} to complete`,
      signal,
    }),
  );
}

/** Nova refuses what is no longer running with 400, 404 or 409. */
async function asked(call: () => Promise<unknown>): Promise<boolean> {
  try {
    await call();
    return true;
  } catch (error) {
    const ended = ['CloudConflict', 'CloudResourceNotFound', 'CloudRequestInvalid'];
    if (isFault(error) && ended.includes(error.type)) return false;
    throw error;
  }
}

const page = z.object({
  migrations: z.array(
    z.object({
      id: z.number(),
      uuid: z.string(),
      instance_uuid: z.string(),
      migration_type: z.string(),
      status: z.string(),
      source_compute: z.string().nullable(),
      dest_compute: z.string().nullable(),
      created_at: z.string(),
      updated_at: z.string().nullable(),
    }),
  ),
  migrations_links: z.array(z.unknown()).optional(),
});

const toMigration = (found: z.output<typeof page>['migrations'][number]): Migration => ({
  id: found.id,
  uuid: found.uuid,
  serverId: found.instance_uuid,
  type: found.migration_type,
  status: found.status,
  source: found.source_compute,
  target: found.dest_compute,
  created: found.created_at,
  updated: found.updated_at ?? found.created_at,
});
