import { z } from 'zod';
import type { CloudService, Hypervisor } from '../../../contracts/cloud-service.ts';
import type { ComputeHost, HostRoom } from '../../../contracts/server.ts';
import type { Session } from '../session.ts';

/** GET /os-services?binary=nova-compute. Administrators only: CloudForbidden otherwise. */
export async function listComputeHosts(session: Session, signal?: AbortSignal): Promise<ComputeHost[]> {
  const { services } = await session.read(
    {
      service: 'compute',
      method: 'GET',
      path: '/os-services',
      query: { binary: 'nova-compute' },
      job: 'services',
      what: 'the compute services',
      signal,
    },
    z.object({ services: z.array(service) }),
  );
  return services.map(toHost).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** GET /os-services: all of them, the scheduler and the conductor as well. Administrators only. */
export async function listComputeServices(session: Session, signal?: AbortSignal): Promise<CloudService[]> {
  const { services } = await session.read(
    { service: 'compute', method: 'GET', path: '/os-services', job: 'services', what: 'the compute services', signal },
    z.object({ services: z.array(service.extend({ binary: z.string() })) }),
  );
  return services.map(({ binary, ...found }) => {
    const { name: host, zone, enabled, disabledReason, up, forcedDown } = toHost(found);
    return {
      name: binary,
      host,
      zone,
      enabled,
      up,
      forcedDown,
      ...(disabledReason === undefined ? {} : { disabledReason }),
    };
  });
}

/** GET /os-hypervisors: whether each answers its compute service. */
export async function listHypervisors(session: Session, signal?: AbortSignal): Promise<Hypervisor[]> {
  const { hypervisors } = await session.read(
    { service: 'compute', method: 'GET', path: '/os-hypervisors', job: 'hypervisors', what: 'the hypervisors', signal },
    z.object({
      hypervisors: z.array(z.object({ hypervisor_hostname: z.string(), state: z.string(), status: z.string() })),
    }),
  );
  return hypervisors.map(({ hypervisor_hostname: name, state, status }) => ({
    name,
    up: state === 'up',
    enabled: status === 'enabled',
  }));
}

/** PUT /os-services/{id}: allows the scheduler to use it, or forbids it with a reason. Saying it twice is as once. */
export async function setScheduling(
  session: Session,
  host: ComputeHost,
  to: { readonly enabled: true } | { readonly enabled: false; readonly reason: string },
  signal?: AbortSignal,
): Promise<ComputeHost> {
  const { service: found } = await session.read(
    {
      service: 'compute',
      method: 'PUT',
      path: `/os-services/${encodeURIComponent(host.serviceId)}`,
      body: to.enabled ? { status: 'enabled' } : { status: 'disabled', disabled_reason: to.reason },
      job: 'services',
      what: `${to.enabled ? 'enable' : 'disable'} the scheduling of ${host.name}`,
      signal,
    },
    z.object({ service }),
  );
  return toHost(found);
}

/** GET /os-hypervisors/detail. Ironic has many below one service; libvirt one. */
export async function listRoom(session: Session, signal?: AbortSignal): Promise<HostRoom[]> {
  const { hypervisors } = await session.read(
    {
      service: 'compute',
      method: 'GET',
      path: '/os-hypervisors/detail',
      job: 'hypervisors',
      what: 'the hypervisors',
      signal,
    },
    z.object({ hypervisors: z.array(hypervisor) }),
  );
  return hypervisors.map((found) => ({
    host: found.service.host,
    servers: found.running_vms ?? 0,
    vcpus: found.vcpus,
    vcpusUsed: found.vcpus_used,
    ram: found.memory_mb,
    ramUsed: found.memory_mb_used,
    disk: found.local_gb,
    diskUsed: found.local_gb_used,
  }));
}

const service = z.object({
  id: z.string(),
  host: z.string(),
  zone: z.string(),
  status: z.enum(['enabled', 'disabled']),
  state: z.enum(['up', 'down']),
  disabled_reason: z.string().nullish(),
  forced_down: z.boolean().default(false),
});

const hypervisor = z.object({
  service: z.object({ host: z.string() }),
  running_vms: z.number().nullish(),
  vcpus: z.number(),
  vcpus_used: z.number(),
  memory_mb: z.number(),
  memory_mb_used: z.number(),
  local_gb: z.number(),
  local_gb_used: z.number(),
});

function toHost(found: z.output<typeof service>): ComputeHost {
  const reason = found.disabled_reason ?? '';
  return {
    name: found.host,
    serviceId: found.id,
    zone: found.zone,
    enabled: found.status === 'enabled',
    ...(reason === '' ? {} : { disabledReason: reason }),
    up: found.state === 'up',
    forcedDown: found.forced_down,
  };
}
