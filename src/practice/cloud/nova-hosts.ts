import { z } from 'zod';
import type { Answer, Asked } from './answer.ts';
import { Refusal, forbidden } from './answer.ts';
import type { Cloud } from './cloud.ts';
import { now } from './cloud.ts';
import type { CloudHost } from './entities.ts';
import { servicesOf } from './services.ts';

const change = z.object({
  status: z.enum(['enabled', 'disabled']).optional(),
  disabled_reason: z.string().optional(),
  forced_down: z.boolean().optional(),
});

/** os-services, os-hypervisors, os-server-groups, and the version document. */
export function hosts(cloud: Cloud, asked: Asked): Answer | undefined {
  const { path, method } = asked;
  if (path === '/' && method === 'GET') return { status: 200, body: { version: version(cloud) } };
  const id = /^\/os-services\/([^/]+)$/.exec(path)?.[1];
  if (!/^\/os-(services|hypervisors|server-groups)/.test(path)) return undefined;
  if (!asked.admin) throw forbidden(`os_compute_api:${path.split('/')[1] ?? ''}`);
  if (path === '/os-services' && method === 'GET')
    return { status: 200, body: { services: allServices(cloud, asked.query.get('binary')) } };
  if (id !== undefined && method === 'PUT') {
    const host = cloud.hosts.find((each) => each.id === id);
    if (host === undefined) throw new Refusal(404, `Service ${id} could not be found.`);
    const { status, disabled_reason: reason, forced_down: forcedDown } = change.parse(asked.body);
    if (status !== undefined) {
      host.enabled = status === 'enabled';
      host.reason = host.enabled ? null : (reason ?? null);
    }
    if (forcedDown !== undefined) host.forcedDown = forcedDown;
    cloud.effects.push({
      server: host.name,
      name: host.name,
      action: status ?? 'force',
      requestId: asked.requestId,
      at: Date.now(),
    });
    return { status: 200, body: { service: service(host) } };
  }
  if (path === '/os-hypervisors/detail' || path === '/os-hypervisors')
    return { status: 200, body: { hypervisors: cloud.hosts.map((host) => hypervisor(cloud, host)) } };
  if (path === '/os-server-groups') {
    const offset = Number(asked.query.get('offset') ?? 0);
    const page = cloud.groups.slice(offset).map((group) => ({ ...group, rules: {}, project_id: '', user_id: '' }));
    return { status: 200, body: { server_groups: page } };
  }
  return undefined;
}

function allServices(cloud: Cloud, binary: string | null) {
  const others = servicesOf(cloud, 'nova-').map(({ id, binary: name, host, enabled, reason, up }) => ({
    ...{ id, binary: name, host, zone: 'internal', updated_at: now().replace('Z', '.000000') },
    ...{ status: enabled ? 'enabled' : 'disabled', state: up ? 'up' : 'down', disabled_reason: reason },
    forced_down: false,
  }));
  const all = [...others, ...cloud.hosts.map((host) => service(host))];
  return binary === null ? all : all.filter((each) => each.binary === binary);
}

const service = (host: CloudHost) => ({
  id: host.id,
  binary: 'nova-compute',
  host: host.name,
  zone: 'nova',
  status: host.enabled ? 'enabled' : 'disabled',
  state: host.up && !host.forcedDown ? 'up' : 'down',
  updated_at: now().replace('Z', '.000000'),
  disabled_reason: host.reason,
  forced_down: host.forcedDown,
});

function hypervisor(cloud: Cloud, host: CloudHost) {
  const servers = cloud.serversOn(host.name);
  const sum = (value: (flavor: (typeof servers)[number]['flavor']) => number): number =>
    servers.reduce((total, { flavor }) => total + value(flavor), 0);
  return {
    id: host.id,
    hypervisor_hostname: host.name,
    state: host.up ? 'up' : 'down',
    status: host.enabled ? 'enabled' : 'disabled',
    hypervisor_type: 'QEMU',
    hypervisor_version: 7_002_000,
    host_ip: '127.0.0.1',
    service: { id: host.id, host: host.name, disabled_reason: host.reason },
    vcpus: 1000,
    vcpus_used: sum(({ vcpus }) => vcpus),
    memory_mb: host.ram,
    memory_mb_used: sum(({ ram }) => ram),
    free_ram_mb: host.ram - sum(({ ram }) => ram),
    local_gb: 600_000,
    local_gb_used: sum(({ disk }) => disk),
    free_disk_gb: 600_000 - sum(({ disk }) => disk),
    disk_available_least: 0,
    current_workload: 0,
    running_vms: servers.length,
    cpu_info: {},
  };
}

const version = (cloud: Cloud) => ({
  id: 'v2.1',
  status: 'CURRENT',
  version: cloud.settings.microversion,
  min_version: '2.1',
  updated: '2013-07-23T11:33:21Z',
  links: [{ rel: 'self', href: `${cloud.address}/compute/v2.1/` }],
  'media-types': [{ base: 'application/json', type: 'application/vnd.openstack.compute+json;version=2.1' }],
});
