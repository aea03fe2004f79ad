import type { Answer, Asked } from './answer.ts';
import { Refusal, forbidden } from './answer.ts';
import type { Cloud } from './cloud.ts';
import type { CloudServer } from './entities.ts';

/** What is taken of a provider for somebody. */
export interface CloudAllocation {
  readonly provider: string;
  readonly consumer: string;
}

/** resource_providers and allocations: a provider for each compute host, what its servers take, and what was left behind. */
export function placement(cloud: Cloud, { path, method, admin }: Asked): Answer | undefined {
  if (method !== 'GET') return undefined;
  if (!admin) throw forbidden('placement:resource_providers:list');
  const [, what, id, of] = path.split('/');
  const providers = [...cloud.hosts, ...cloud.strayProviders];
  if (what === 'resource_providers' && id === undefined)
    return {
      status: 200,
      body: {
        resource_providers: providers.map((provider) => ({
          ...{ uuid: provider.id, name: provider.name, generation: 1, links: [] },
          ...{ parent_provider_uuid: null, root_provider_uuid: provider.id },
        })),
      },
    };
  const all: { provider: string; consumer: string; resources: object }[] = [
    ...[...cloud.servers.values()].map((server) => ({
      ...{ provider: cloud.host(server.host)?.id ?? '', consumer: server.id, resources: resourcesOf(server) },
    })),
    ...cloud.strayAllocations.map((each) => ({ ...each, resources: { VCPU: 1, MEMORY_MB: 2048 } })),
  ];
  if (what === 'allocations') {
    const found = all.filter(({ consumer }) => consumer === id);
    return {
      status: 200,
      body: {
        allocations: Object.fromEntries(
          found.map(({ provider, resources }) => [provider, { generation: 1, resources }]),
        ),
      },
    };
  }
  if (what !== 'resource_providers') return undefined;
  if (!providers.some((provider) => provider.id === id))
    throw new Refusal(404, `No resource provider with uuid ${id ?? ''} found`);
  if (of === 'allocations')
    return {
      status: 200,
      body: {
        resource_provider_generation: 1,
        allocations: Object.fromEntries(
          all.filter(({ provider }) => provider === id).map(({ consumer, resources }) => [consumer, { resources }]),
        ),
      },
    };
  if (of === 'inventories')
    return {
      status: 200,
      body: { resource_provider_generation: 1, inventories: { VCPU: { total: 64 }, MEMORY_MB: { total: 512_000 } } },
    };
  return undefined;
}

const resourcesOf = ({ flavor: { vcpus, ram, disk } }: CloudServer) => ({ VCPU: vcpus, MEMORY_MB: ram, DISK_GB: disk });
