import { randomUUID } from 'node:crypto';
import type { Answer, Asked } from './answer.ts';
import { Refusal, forbidden } from './answer.ts';
import type { Cloud } from './cloud.ts';
import { now } from './cloud.ts';
import type { CloudHost, CloudMigration, CloudServer } from './entities.ts';
import { serverOf } from './nova-servers.ts';
import { checkState } from './nova-state.ts';

const ended = ['completed', 'failed', 'error', 'cancelled', 'finished', 'confirmed'];

/** os-migrateLive and migrate: accepted, then a migration record that goes its way. */
export function migrate(cloud: Cloud, asked: Asked, server: CloudServer, action: 'os-migrateLive' | 'migrate'): Answer {
  const live = action === 'os-migrateLive';
  checkState(server, live ? 'os-migrateLive' : 'migrate', live ? ['ACTIVE', 'PAUSED'] : ['ACTIVE', 'SHUTOFF']);
  const wanted = (asked.body[action] as { host?: string | null } | null)?.host ?? null;
  if (wanted !== null && cloud.host(wanted) === undefined)
    throw new Refusal(400, `Compute host ${wanted} could not be found.`);
  if (wanted === server.host) throw new Refusal(400, 'Cannot migrate to the host where the server exists.');
  cloud.record(server, live ? 'live-migration' : 'migrate', asked.user, asked.requestId);
  const migration: CloudMigration = {
    id: cloud.nextMigrationId(),
    uuid: randomUUID(),
    serverId: server.id,
    type: live ? 'live-migration' : 'migration',
    status: 'accepted',
    source: server.host ?? '',
    target: wanted,
    created: now(),
    updated: now(),
  };
  cloud.migrations.push(migration);
  server.taskState = live ? 'migrating' : 'resize_prep';
  server.updated = now();
  cloud.later(server, () => schedule(cloud, server, migration), step(cloud, server));
  return { status: 202 };
}

/** A third of a transition: accepted → queued → running → completed. */
const step = (cloud: Cloud, server: CloudServer): number =>
  ((server.behaviour.transition ?? cloud.settings.transition) / 3) * (server.behaviour.migration === 'slow' ? 10 : 1);

function schedule(cloud: Cloud, server: CloudServer, migration: CloudMigration): void {
  const target = targetFor(cloud, server, migration.target);
  if (target === undefined || server.behaviour.migration === 'error') {
    end(server, migration, 'error');
    const action = server.actions[0];
    if (action !== undefined) {
      action.message = 'Error';
      action.failure = 'No valid host was found. There are not enough hosts available.';
    }
    return;
  }
  migration.target = target.name;
  migration.status = 'queued';
  wait(cloud, server, migration);
}

/** nova-compute does one live migration at a time (max_concurrent_live_migrations). */
function wait(cloud: Cloud, server: CloudServer, migration: CloudMigration): void {
  cloud.later(
    server,
    () => {
      const busy = cloud.migrations.some(
        (other) => other !== migration && other.source === migration.source && other.status === 'running',
      );
      const source = cloud.host(migration.source);
      if ((busy && migration.type === 'live-migration') || source?.up === false || source?.crashed === true) {
        wait(cloud, server, migration);
        return;
      }
      migration.status = 'running';
      migration.updated = now();
      if (server.behaviour.migration !== 'hang')
        cloud.later(server, () => arrive(cloud, server, migration), step(cloud, server));
    },
    Math.max(5, step(cloud, server)),
  );
}

function arrive(cloud: Cloud, server: CloudServer, migration: CloudMigration): void {
  const { migration: how } = server.behaviour;
  if (ended.includes(migration.status)) return;
  if (how === 'failed') {
    end(server, migration, 'failed');
    return;
  }
  if (how === 'serverError') {
    server.status = 'ERROR';
    server.fault = 'the practice cloud was told to break this server';
    end(server, migration, 'error');
    return;
  }
  if (how !== 'completedWithoutMoving') server.host = migration.target;
  if (migration.type === 'migration') {
    server.taskState = null;
    server.metadata = { ...server.metadata };
    resized.set(server.id, server.status);
    server.status = 'VERIFY_RESIZE';
    migration.status = 'finished';
    migration.updated = now();
    return;
  }
  server.taskState = null;
  // Nova's own order: the server is there before its record says so.
  setTimeout(
    () => {
      migration.status = 'completed';
      migration.updated = now();
    },
    Math.min(200, cloud.settings.transition),
  ).unref();
}

/** Which state a resized server goes back to when it is confirmed. */
const resized = new Map<string, string>();

export function confirmMigration(cloud: Cloud, asked: Asked, server: CloudServer): Answer {
  checkState(server, 'confirmResize', ['VERIFY_RESIZE']);
  cloud.record(server, 'confirmResize', asked.user, asked.requestId);
  const migration = cloud.migrations.findLast(({ serverId }) => serverId === server.id);
  cloud.later(server, () => {
    server.status = resized.get(server.id) ?? 'ACTIVE';
    if (migration !== undefined) migration.status = 'confirmed';
  });
  return { status: 204 };
}

function end(server: CloudServer, migration: CloudMigration, status: string): void {
  migration.status = status;
  migration.updated = now();
  server.taskState = null;
}

function targetFor(cloud: Cloud, server: CloudServer, wanted: string | null): CloudHost | undefined {
  const fits = cloud.hosts.filter(
    (host) => host.enabled && host.up && !host.forcedDown && host.name !== server.host && hasRoom(cloud, host, server),
  );
  if (wanted !== null) return fits.find(({ name }) => name === wanted);
  const load = (host: CloudHost): number => cloud.serversOn(host.name).length;
  return fits.sort((a, b) => load(a) - load(b))[0];
}

const hasRoom = (cloud: Cloud, host: CloudHost, server: CloudServer): boolean =>
  cloud.serversOn(host.name).reduce((sum, { flavor }) => sum + flavor.ram, 0) + server.flavor.ram <= host.ram;

/** GET /os-migrations, and what can be done to one under way. */
export function migrations(cloud: Cloud, asked: Asked): Answer | undefined {
  const { path, method, query } = asked;
  if (path === '/os-migrations' && method === 'GET') {
    if (!asked.admin) throw forbidden('os_compute_api:os-migrations:index');
    const [server, host] = [query.get('instance_uuid'), query.get('host')];
    const changedSince = Date.parse(query.get('changes-since') ?? '1970-01-01');
    const found = cloud.migrations
      .filter(
        ({ serverId, source, target, updated }) =>
          (server === null || serverId === server) &&
          (host === null || host === source || host === target) &&
          Date.parse(updated) >= changedSince,
      )
      .sort((a, b) => b.id - a.id);
    const from = found.findIndex(({ uuid }) => uuid === query.get('marker')) + 1;
    const limit = Math.min(1000, Number(query.get('limit') ?? 1000));
    const page = found.slice(from, from + limit);
    return {
      status: 200,
      body: {
        migrations: page.map((migration) => render(migration)),
        ...(from + limit < found.length ? { migrations_links: [{ rel: 'next', href: '' }] } : {}),
      },
    };
  }
  const match = /^\/servers\/([^/]+)\/migrations\/(\d+)(\/action)?$/.exec(path);
  if (match === null) return undefined;
  const [, id = '', number = '', action] = match;
  const server = serverOf(cloud, asked, id);
  const migration = cloud.migrations.find((one) => one.id === Number(number) && one.serverId === id);
  if (migration === undefined || ended.includes(migration.status))
    throw new Refusal(404, `Migration ${number} for server ${id} is not live-migration.`);
  if (method === 'DELETE' && action === undefined) {
    cloud.record(server, 'live_migration_cancel', asked.user, asked.requestId);
    migration.status = 'cancelled';
    migration.updated = now();
    server.taskState = null;
    return { status: 202 };
  }
  if (migration.status !== 'running')
    throw new Refusal(
      400,
      `Migration ${number} state of instance ${id} is ${migration.status}. Cannot force_complete while the migration is in this state.`,
    );
  cloud.record(server, 'live_migration_force_complete', asked.user, asked.requestId);
  cloud.behave(server, { migration: null });
  cloud.later(server, () => arrive(cloud, server, migration), 0);
  return { status: 202 };
}

const time = (text: string): string => text.replace('Z', '.000000');

const render = (migration: CloudMigration): Record<string, unknown> => ({
  id: migration.id,
  uuid: migration.uuid,
  source_compute: migration.source,
  dest_compute: migration.target,
  source_node: migration.source,
  dest_node: migration.target,
  dest_host: '127.0.0.1',
  old_instance_type_id: 1,
  new_instance_type_id: 1,
  instance_uuid: migration.serverId,
  status: migration.status,
  migration_type: migration.type,
  created_at: time(migration.created),
  updated_at: time(migration.updated),
  links: [],
});
