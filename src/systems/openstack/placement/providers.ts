import { z } from 'zod';
import type { Session } from '../session.ts';

/** What has room: a compute host, or something that belongs to none. */
export interface ResourceProvider {
  readonly id: string;
  /** Nova names it as the hypervisor. */
  readonly name: string;
}

/** What servers need of a compute host, as opposed to addresses, bandwidth or accelerators (os-resource-classes). */
const ofServers = ['VCPU', 'PCPU', 'MEMORY_MB'];

/** GET /resource_providers of Placement: those that are no part of another. Administrators only. */
export async function listResourceProviders(session: Session, signal?: AbortSignal): Promise<ResourceProvider[]> {
  const { resource_providers: found } = await session.read(
    { service: 'placement', method: 'GET', path: '/resource_providers', what: 'the resource providers', signal },
    z.object({
      resource_providers: z.array(
        z.object({ uuid: z.string(), name: z.string(), parent_provider_uuid: z.string().nullish() }),
      ),
    }),
  );
  return found
    .filter(({ parent_provider_uuid: parent }) => parent == null)
    .map(({ uuid, name }) => ({ id: uuid, name }));
}

/** GET /resource_providers/ID/allocations: for whom CPUs or memory of it are taken. */
export async function consumersOf(
  session: Session,
  { id, name }: ResourceProvider,
  signal?: AbortSignal,
): Promise<string[]> {
  const { allocations } = await session.read(
    {
      ...{ service: 'placement', method: 'GET', path: `/resource_providers/${id}/allocations` },
      ...{ what: `the allocations of ${name}`, signal },
    },
    z.object({ allocations: z.record(z.string(), z.object({ resources: z.record(z.string(), z.number()) })) }),
  );
  return Object.entries(allocations)
    .filter(([, { resources }]) => ofServers.some((kind) => kind in resources))
    .map(([consumer]) => consumer);
}

/** GET /allocations/CONSUMER: whether anything is taken for it, now. */
export async function hasAllocation(session: Session, consumer: string, signal?: AbortSignal): Promise<boolean> {
  const { allocations } = await session.read(
    {
      ...{ service: 'placement', method: 'GET', path: `/allocations/${encodeURIComponent(consumer)}` },
      ...{ what: `the allocations for ${consumer}`, signal },
    },
    z.object({ allocations: z.record(z.string(), z.unknown()) }),
  );
  return Object.keys(allocations).length > 0;
}

/** GET /resource_providers/ID/inventories: whether it has CPUs or memory for servers. */
export async function hasRoomForServers(
  session: Session,
  { id, name }: ResourceProvider,
  signal?: AbortSignal,
): Promise<boolean> {
  const { inventories } = await session.read(
    {
      ...{ service: 'placement', method: 'GET', path: `/resource_providers/${id}/inventories` },
      ...{ what: `the inventories of ${name}`, signal },
    },
    z.object({ inventories: z.record(z.string(), z.unknown()) }),
  );
  return ofServers.some((kind) => kind in inventories);
}
