import type { Hypervisor, Leftovers } from '../../contracts/cloud-service.ts';
import type { Migration, Server } from '../../contracts/server.ts';
import {
  consumersOf,
  findServer,
  hasAllocation,
  hasRoomForServers,
  listResourceProviders,
} from '../../systems/openstack/index.ts';
import type { Session } from '../../systems/openstack/index.ts';

/** Each is asked for once more: servers come and go between two lists. */
const mostLookedAt = 200;

/** What Placement has of servers and compute hosts that are gone: one call for each provider, and a few for what is suspect. */
export async function placementLeftovers(
  session: Session,
  known: {
    readonly servers: readonly Pick<Server, 'id'>[];
    readonly migrations: readonly Pick<Migration, 'uuid'>[];
    readonly hypervisors: readonly Pick<Hypervisor, 'name'>[];
  },
  signal: AbortSignal,
): Promise<Leftovers> {
  const providers = await listResourceProviders(session, signal);
  const taken = await Promise.all(
    providers.map(async (provider) =>
      (await consumersOf(session, provider, signal)).map((consumer) => ({ consumer, provider: provider.name })),
    ),
  );
  const consumers = new Set([...known.servers.map(({ id }) => id), ...known.migrations.map(({ uuid }) => uuid)]);
  const suspects = taken.flat().filter(({ consumer }) => !consumers.has(consumer));
  const names = new Set(known.hypervisors.map(({ name }) => name));
  const unserved = providers.filter(({ name }) => !names.has(name));
  return {
    unseen: suspects.length > mostLookedAt || unserved.length > mostLookedAt,
    allocations: await those(
      suspects,
      async ({ consumer }) =>
        (await findServer(session, consumer, signal)) === undefined && (await hasAllocation(session, consumer, signal)),
    ),
    providers: (await those(unserved, (provider) => hasRoomForServers(session, provider, signal))).map(
      ({ name }) => name,
    ),
  };
}

async function those<T>(all: readonly T[], hold: (each: T) => Promise<boolean>): Promise<T[]> {
  const some = all.slice(0, mostLookedAt);
  const held = await Promise.all(some.map(hold));
  return some.filter((_, at) => held[at] === true);
}
