import type { PlannedServer, ServerLeftovers, ServerPlan } from '../../contracts/server-operation.ts';
import type { Server } from '../../contracts/server.ts';
import { floatingIpsOf, portsLeft, portsOf } from '../../systems/openstack/index.ts';
import type { Cloud } from './cloud-pool.ts';

type Consequences = Pick<PlannedServer, 'volumesDeleted' | 'volumesKept' | 'floatingIps' | 'ports'>;

/** What goes with each server when it is deleted, and what is left, by server id. */
export async function consequencesOf(
  { session }: Cloud,
  servers: readonly Server[],
): Promise<ReadonlyMap<string, Consequences>> {
  const ports = await portsOf(
    session,
    servers.map(({ id }) => id),
  );
  const floatingIps = await floatingIpsOf(
    session,
    ports.map(({ id }) => id),
  );
  const portsByServer = groupBy(ports, ({ serverId }) => serverId);
  const addressesByPort = groupBy(floatingIps, ({ portId }) => portId);
  return new Map(
    servers.map((server) => {
      const own = portsByServer.get(server.id) ?? [];
      const addresses = own.flatMap(({ id }) => addressesByPort.get(id) ?? []);
      // Nova deletes the ports that it made; one that was there before the server was somebody's.
      const left = own.filter(
        ({ created }) => created !== undefined && Date.parse(created) < Date.parse(server.created),
      );
      const volumes = (dies: boolean): string[] =>
        server.volumes.filter(({ deleteOnTermination }) => deleteOnTermination === dies).map(({ id }) => id);
      return [
        server.id,
        {
          volumesDeleted: volumes(true),
          volumesKept: volumes(false),
          floatingIps: addresses.map(({ id, address }) => ({ id, address })),
          ports: left.map(({ id }) => id),
        },
      ];
    }),
  );
}

function groupBy<T, K>(all: readonly T[], key: (each: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const each of all) {
    const group = groups.get(key(each));
    if (group === undefined) groups.set(key(each), [each]);
    else group.push(each);
  }
  return groups;
}

export function countConsequences(servers: readonly PlannedServer[]): NonNullable<ServerPlan['consequences']> {
  const sum = (count: (server: PlannedServer) => number): number =>
    servers.reduce((total, server) => total + count(server), 0);
  return {
    volumesDeleted: sum(({ volumesDeleted }) => volumesDeleted?.length ?? 0),
    volumesKept: sum(({ volumesKept }) => volumesKept?.length ?? 0),
    floatingIps: sum(({ floatingIps }) => floatingIps?.length ?? 0),
    ports: sum(({ ports }) => ports?.length ?? 0),
  };
}

/** Ids of each kind that a report names, so that it stays one payload; the plan's pages in the records have all. */
const named = 1000;

/** What servers that are gone left behind. Ports are asked for again; volumes and floating IPs Nova never takes. */
export async function leftoversOf({ session }: Cloud, gone: readonly PlannedServer[]): Promise<ServerLeftovers> {
  const volumes = gone.flatMap(({ volumesKept }) => volumesKept ?? []);
  const floatingIps = gone.flatMap((server) => server.floatingIps ?? []).map(({ address, id }) => `${address} (${id})`);
  const ports = await portsLeft(
    session,
    gone.flatMap((server) => server.ports ?? []),
  );
  const more = [volumes, floatingIps, ports].reduce((sum, { length }) => sum + Math.max(0, length - named), 0);
  return {
    volumes: volumes.slice(0, named),
    floatingIps: floatingIps.slice(0, named),
    ports: ports.slice(0, named),
    ...(more === 0 ? {} : { more }),
  };
}
