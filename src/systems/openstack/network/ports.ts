import { z } from 'zod';
import { isFault } from '../../../contracts/faults.ts';
import type { Session } from '../session.ts';

export interface Port {
  readonly id: string;
  readonly serverId: string;
  /** ISO 8601; absent where the cloud doesn't tell. */
  readonly created?: string;
  readonly addresses: readonly string[];
}

export interface FloatingIp {
  readonly id: string;
  readonly address: string;
  readonly portId: string | null;
}

/** A query of so many ids stays below the 8 KB that web servers take of a request line. */
const idsPerQuery = 100;

/** GET /v2.0/ports?device_id=…: the ports of these servers. */
export async function portsOf(session: Session, serverIds: readonly string[], signal?: AbortSignal): Promise<Port[]> {
  const found = await inGroups(serverIds, (ids) =>
    read(session, '/ports', 'device_id', ids, portPage, 'ports', signal),
  );
  return found
    .flatMap(({ ports }) => ports)
    .map(({ id, device_id, created_at, fixed_ips }) => ({
      id,
      serverId: device_id,
      ...(created_at == null ? {} : { created: created_at }),
      addresses: fixed_ips.map(({ ip_address }) => ip_address),
    }));
}

/** Which of these ports are still there. */
export async function portsLeft(session: Session, ids: readonly string[], signal?: AbortSignal): Promise<string[]> {
  const found = await inGroups(ids, (group) => read(session, '/ports', 'id', group, portPage, 'ports', signal));
  return found.flatMap(({ ports }) => ports).map(({ id }) => id);
}

/** GET /v2.0/floatingips?port_id=…: the floating IPs of these ports. */
export async function floatingIpsOf(
  session: Session,
  portIds: readonly string[],
  signal?: AbortSignal,
): Promise<FloatingIp[]> {
  const found = await inGroups(portIds, async (ids) => {
    try {
      return await read(session, '/floatingips', 'port_id', ids, floatingPage, 'floating IPs', signal);
    } catch (error) {
      // A cloud without routers has no such list.
      if (isFault(error) && error.type === 'CloudResourceNotFound') return { floatingips: [] };
      throw error;
    }
  });
  return found
    .flatMap(({ floatingips }) => floatingips)
    .map(({ id, floating_ip_address, port_id }) => ({ id, address: floating_ip_address, portId: port_id }));
}

async function inGroups<T>(ids: readonly string[], read: (ids: readonly string[]) => Promise<T>): Promise<T[]> {
  const groups: (readonly string[])[] = [];
  for (let at = 0; at < ids.length; at += idsPerQuery) groups.push(ids.slice(at, at + idsPerQuery));
  return Promise.all(groups.map(read));
}

function read<T extends z.ZodType>(
  session: Session,
  path: string,
  key: string,
  ids: readonly string[],
  schema: T,
  what: string,
  signal: AbortSignal | undefined,
): Promise<z.output<T>> {
  // The same name several times is "any of these" to Neutron.
  const query = new URLSearchParams(ids.map((id): [string, string] => [key, id])).toString();
  return session.read(
    { service: 'network', method: 'GET', path: `${path}?${query}`, what: `the ${what}`, signal },
    schema,
  );
}

const portPage = z.object({
  ports: z.array(
    z.object({
      id: z.string(),
      device_id: z.string(),
      created_at: z.string().nullish(),
      fixed_ips: z.array(z.object({ ip_address: z.string() })).default([]),
    }),
  ),
});
const floatingPage = z.object({
  floatingips: z.array(z.object({ id: z.string(), floating_ip_address: z.string(), port_id: z.string().nullable() })),
});
