import { z } from 'zod';
import type { Server } from '../../../contracts/server.ts';
import { Fault } from '../../../contracts/faults.ts';
import { orGone } from '../or-gone.ts';
import { allPages } from '../pages.ts';
import type { Session } from '../session.ts';

/** Filters that Nova applies itself; what it doesn't know is domain/select-servers.ts's to do. */
export interface ServerFilter {
  /** Of every project: needs an administrator. */
  readonly allProjects: boolean;
  readonly host?: string | undefined;
  readonly projectId?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * GET /servers/detail, every page.
 * @throws Fault HostFilterIgnored where an answer holds a server that is not on the host asked for, or does not say:
 *   Nova ignores the filter for those who are no administrator. ProjectFilterIgnored for another project's: a policy may
 *   let a user list all and filter by nothing. CloudForbidden for allProjects of a member.
 */
export async function listServers(session: Session, filter: ServerFilter): Promise<Server[]> {
  const { allProjects, host, projectId, signal } = filter;
  const servers = await allPages(async ({ limit, marker }) => {
    const found = await session.read(
      {
        service: 'compute',
        method: 'GET',
        path: '/servers/detail',
        query: {
          limit,
          marker,
          all_tenants: allProjects ? true : undefined,
          host,
          project_id: projectId,
        },
        job: 'servers',
        what: host === undefined ? 'the list of servers' : `the servers of ${host}`,
        signal,
      },
      page,
    );
    return { items: found.servers.map(toServer), more: found.servers_links !== undefined };
  });
  if (host !== undefined) checkHostFilter(servers, host, session);
  if (projectId !== undefined) checkProjectFilter(servers, projectId, session);
  return servers;
}

function checkHostFilter(servers: readonly Server[], host: string, session: Session): void {
  const stray = servers.find((server) => server.host !== host && server.status !== 'DELETED');
  if (stray === undefined) return;
  const is = stray.host === undefined ? 'no host that this user may see' : `host ${stray.host ?? 'none'}`;
  throw new Fault(
    'HostFilterIgnored',
    `asked for the servers of ${host}, the cloud answered with ${stray.name} (${stray.id}), which has ${is}`,
    { where: session.access.name },
  );
}

function checkProjectFilter(servers: readonly Server[], projectId: string, session: Session): void {
  const stray = servers.find((server) => server.projectId !== projectId);
  if (stray === undefined) return;
  throw new Fault(
    'ProjectFilterIgnored',
    `asked for the servers of project ${projectId}, the cloud answered with ${stray.name} (${stray.id}) of project ${stray.projectId}`,
    { where: session.access.name },
  );
}

/** GET /servers/{id}; undefined where it is gone, or never was. */
export async function findServer(session: Session, id: string, signal?: AbortSignal): Promise<Server | undefined> {
  const found = await orGone(() =>
    session.read(
      {
        service: 'compute',
        method: 'GET',
        path: `/servers/${encodeURIComponent(id)}`,
        job: 'servers',
        what: `server ${id}`,
        signal,
      },
      one,
    ),
  );
  return found === undefined ? undefined : toServer(found.server);
}

const text = z
  .string()
  .nullish()
  .transform((found) => found ?? undefined);

const serverSchema = z.object({
  id: z.string(),
  name: z.string(),
  tenant_id: z.string(),
  status: z.string(),
  'OS-EXT-STS:task_state': z.string().nullish(),
  'OS-EXT-SRV-ATTR:host': z.string().nullish(),
  host_status: text,
  locked: z.boolean(),
  tags: z.array(z.string()).default([]),
  metadata: z.record(z.string(), z.string()).default({}),
  flavor: z.object({
    original_name: z.string(),
    vcpus: z.number(),
    ram: z.number(),
    disk: z.number(),
    ephemeral: z.number(),
    extra_specs: z.record(z.string(), z.string()).default({}),
  }),
  image: z.union([z.literal(''), z.null(), z.object({ id: z.string() })]).optional(),
  'os-extended-volumes:volumes_attached': z
    .array(z.object({ id: z.string(), delete_on_termination: z.boolean().default(false) }))
    .default([]),
  addresses: z.record(z.string(), z.array(z.object({ addr: z.string() }))).default({}),
  created: z.string(),
  updated: z.string(),
  fault: z.object({ message: z.string().optional() }).optional(),
});

const page = z.object({ servers: z.array(serverSchema), servers_links: z.array(z.unknown()).optional() });
const one = z.object({ server: serverSchema });

function toServer(found: z.output<typeof serverSchema>): Server {
  const host = found['OS-EXT-SRV-ATTR:host'];
  const fault = found.fault?.message;
  return {
    id: found.id,
    name: found.name,
    projectId: found.tenant_id,
    ...(host === undefined ? {} : { host }),
    status: found.status,
    taskState: found['OS-EXT-STS:task_state'] ?? null,
    ...(found.host_status === undefined ? {} : { hostStatus: found.host_status }),
    locked: found.locked,
    tags: found.tags,
    metadata: found.metadata,
    flavor: {
      name: found.flavor.original_name,
      vcpus: found.flavor.vcpus,
      ram: found.flavor.ram,
      disk: found.flavor.disk,
      ephemeral: found.flavor.ephemeral,
      extraSpecs: found.flavor.extra_specs,
    },
    hasImage: typeof found.image === 'object' && found.image !== null,
    volumes: found['os-extended-volumes:volumes_attached'].map((volume) => ({
      id: volume.id,
      deleteOnTermination: volume.delete_on_termination,
    })),
    addresses: Object.values(found.addresses).flatMap((network) => network.map(({ addr }) => addr)),
    created: found.created,
    updated: found.updated,
    ...(fault === undefined ? {} : { fault }),
  };
}
