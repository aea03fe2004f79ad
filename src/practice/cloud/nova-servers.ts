import type { Answer, Asked } from './answer.ts';
import { Refusal, forbidden, since } from './answer.ts';
import type { Cloud } from './cloud.ts';
import type { CloudServer } from './entities.ts';

/** GET /servers/detail and GET /servers/{id}. */
export function readServers(cloud: Cloud, asked: Asked): Answer | undefined {
  if (asked.method !== 'GET') return undefined;
  if (asked.path === '/servers/detail' || asked.path === '/servers') return list(cloud, asked);
  const id = /^\/servers\/([^/]+)$/.exec(asked.path)?.[1];
  if (id === undefined) return undefined;
  return { status: 200, body: { server: render(cloud, serverOf(cloud, asked, id), asked) } };
}

/** Throws 404 for one that is not there, or belongs to another's project. */
export function serverOf(cloud: Cloud, { admin, user }: Asked, id: string): CloudServer {
  const server = cloud.servers.get(id);
  if (server === undefined || (!admin && server.projectId !== user.project.id))
    throw new Refusal(404, `Instance ${id} could not be found.`);
  return server;
}

/** Nova's own limit of a page, whatever is asked for. */
const maxLimit = 1000;

function list(cloud: Cloud, asked: Asked): Answer {
  const { query, admin, user } = asked;
  const all = ['true', 'True', '1'].includes(query.get('all_tenants') ?? '');
  if (all && !admin) throw forbidden('os_compute_api:servers:detail:get_all_tenants');
  const host = admin && !cloud.settings.ignoreHostFilter ? query.get('host') : null;
  const flavor = cloud.flavors.get(query.get('flavor') ?? '')?.name;
  const asks = cloud.settings.ignoreProjectFilter ? null : query.get('project_id');
  const project = all ? asks : user.project.id;
  const found = [...cloud.servers.values()].filter(
    (server) =>
      server.status !== 'SOFT_DELETED' &&
      (host === null || server.host === host) &&
      (project === null || server.projectId === project) &&
      (query.get('flavor') === null || server.flavor.name === flavor),
  );
  const marker = query.get('marker');
  const from = marker === null ? 0 : found.findIndex(({ id }) => id === marker) + 1;
  if (marker !== null && from === 0) throw new Refusal(400, `marker [${marker}] not found`);
  const limit = Math.min(maxLimit, Number(query.get('limit') ?? maxLimit));
  const page = found.slice(from, from + limit);
  const next = new URLSearchParams(query);
  next.set('marker', page.at(-1)?.id ?? '');
  return {
    status: 200,
    body: {
      servers: page.map((server) => render(cloud, server, asked)),
      ...(from + limit < found.length || page.length === limit
        ? { servers_links: [{ rel: 'next', href: `${cloud.address}/compute/v2.1/servers/detail?${next.toString()}` }] }
        : {}),
    },
  };
}

const vmStates: Readonly<Record<string, string>> = {
  SHUTOFF: 'stopped',
  VERIFY_RESIZE: 'resized',
  SOFT_DELETED: 'soft-delete',
};
const powerStates: Readonly<Record<string, number>> = { ACTIVE: 1, PAUSED: 3, SHUTOFF: 4, SUSPENDED: 4 };

function render(cloud: Cloud, server: CloudServer, asked: Asked): Record<string, unknown> {
  const { flavor } = server;
  const status = server.taskState === 'migrating' ? 'MIGRATING' : server.status;
  const host = cloud.host(server.host);
  const links = [
    { rel: 'self', href: `${cloud.address}/compute/v2.1/servers/${server.id}` },
    { rel: 'bookmark', href: `${cloud.address}/compute/servers/${server.id}` },
  ];
  return {
    id: server.id,
    name: server.name,
    status,
    tenant_id: server.projectId,
    user_id: server.userId,
    metadata: server.metadata,
    hostId: server.host ?? '',
    image: server.image === null ? '' : { id: server.image, links: [] },
    flavor: since(asked, 47)
      ? {
          vcpus: flavor.vcpus,
          ram: flavor.ram,
          disk: flavor.disk,
          ephemeral: flavor.ephemeral,
          swap: 0,
          original_name: flavor.name,
          extra_specs: flavor.extraSpecs,
        }
      : { id: flavor.name, links: [] },
    created: server.created,
    updated: server.updated,
    addresses: addressesOf(cloud, server),
    accessIPv4: '',
    accessIPv6: '',
    links,
    'OS-DCF:diskConfig': 'MANUAL',
    ...(['ACTIVE', 'BUILD', 'MIGRATING'].includes(status) ? { progress: 0 } : {}),
    'OS-EXT-AZ:availability_zone': 'nova',
    config_drive: '',
    key_name: null,
    'OS-SRV-USG:launched_at': server.created.replace('Z', '.000000'),
    'OS-SRV-USG:terminated_at': null,
    ...(asked.admin
      ? {
          'OS-EXT-SRV-ATTR:host': server.host,
          'OS-EXT-SRV-ATTR:instance_name': `instance-${server.id.slice(0, 8)}`,
          'OS-EXT-SRV-ATTR:hypervisor_hostname': server.host,
          'OS-EXT-SRV-ATTR:reservation_id': 'r-practice',
          'OS-EXT-SRV-ATTR:launch_index': 0,
          'OS-EXT-SRV-ATTR:hostname': server.name,
          'OS-EXT-SRV-ATTR:kernel_id': '',
          'OS-EXT-SRV-ATTR:ramdisk_id': '',
          'OS-EXT-SRV-ATTR:root_device_name': '/dev/sda',
          'OS-EXT-SRV-ATTR:user_data': null,
        }
      : {}),
    'OS-EXT-STS:task_state': server.taskState,
    'OS-EXT-STS:vm_state': vmStates[server.status] ?? server.status.toLowerCase(),
    'OS-EXT-STS:power_state': powerStates[server.status] ?? 0,
    'os-extended-volumes:volumes_attached': server.volumes.map((volume) => ({
      id: volume.id,
      delete_on_termination: volume.deleteOnTermination,
    })),
    ...(server.fault === undefined
      ? {}
      : { fault: { code: 500, created: server.updated, message: server.fault, details: '' } }),
    ...(since(asked, 9) ? { locked: server.locked } : {}),
    ...(since(asked, 19) ? { description: null } : {}),
    ...(since(asked, 26) ? { tags: server.tags } : {}),
    ...(since(asked, 16) && asked.admin
      ? { host_status: host === undefined ? '' : host.forcedDown ? 'DOWN' : host.up ? 'UP' : 'UNKNOWN' }
      : {}),
  };
}

function addressesOf(cloud: Cloud, server: CloudServer): Record<string, unknown> {
  if (cloud.ports.length === 0) return {};
  const ports = cloud.ports.filter(({ serverId }) => serverId === server.id);
  if (ports.length === 0) return {};
  return {
    lan: ports.map(({ address }) => ({
      version: 4,
      addr: address,
      'OS-EXT-IPS:type': 'fixed',
      'OS-EXT-IPS-MAC:mac_addr': 'fa:16:3e:00:00:01',
    })),
  };
}
