import { z } from 'zod';
import { isFault } from '../../../contracts/faults.ts';
import type { Flavor } from '../../../contracts/flavor.ts';
import { orGone } from '../or-gone.ts';
import { allPages } from '../pages.ts';
import type { Answered, Session } from '../session.ts';
import { asked } from './server-actions.ts';
import type { Asked } from './server-actions.ts';

const at = (id: string, rest = ''): string => `/flavors/${encodeURIComponent(id)}${rest}`;

/** GET /flavors/detail, every page: also those that are not public, where the user may see them. */
export function listFlavors(session: Session): Promise<Flavor[]> {
  return allPages(async ({ limit, marker }) => {
    const found = await session.read(
      {
        service: 'compute',
        method: 'GET',
        path: '/flavors/detail',
        query: { is_public: 'None', limit, marker },
        job: 'flavors',
        what: 'the list of flavors',
      },
      page,
    );
    return { items: found.flavors.map(toFlavor), more: found.flavors_links !== undefined };
  });
}

/** GET /flavors/{id}; undefined where there is none. */
export async function findFlavor(session: Session, id: string): Promise<Flavor | undefined> {
  const found = await orGone(() =>
    session.read({ service: 'compute', method: 'GET', path: at(id), job: 'flavors', what: `flavor ${id}` }, one),
  );
  return found === undefined ? undefined : toFlavor(found.flavor);
}

/** POST /flavors, under its id. Properties and access are set by requests of their own. Throws CloudConflict for a taken id or name. */
export async function createFlavor(session: Session, flavor: Flavor): Promise<Asked> {
  const { id, name, vcpus, ram, disk, ephemeral, swap, description } = flavor;
  const answer = await session.call({
    service: 'compute',
    method: 'POST',
    path: '/flavors',
    body: {
      flavor: {
        ...{ id, name, vcpus, ram, disk, swap },
        'OS-FLV-EXT-DATA:ephemeral': ephemeral,
        'os-flavor-access:is_public': flavor.public,
        ...(description === undefined ? {} : { description }),
      },
    },
    job: 'createFlavor',
    what: `create flavor ${name}`,
  });
  return asked(answer);
}

/** PUT /flavors/{id}: the description is all that Nova changes. */
export async function describeFlavor(session: Session, { id, name, description }: Flavor): Promise<Asked> {
  const answer = await session.call({
    service: 'compute',
    method: 'PUT',
    path: at(id),
    body: { flavor: { description: description ?? null } },
    job: 'createFlavor',
    what: `describe flavor ${name}`,
  });
  return asked(answer);
}

/** DELETE /flavors/{id}; servers that were made with it keep what they have. Undefined where it was gone. */
export async function deleteFlavor(session: Session, id: string): Promise<Asked | undefined> {
  return unlessGone(() =>
    session.call({ service: 'compute', method: 'DELETE', path: at(id), job: 'action', what: `delete flavor ${id}` }),
  );
}

/** POST …/os-extra_specs: adds these, and overwrites those of the same keys. */
export async function setFlavorProperties(
  session: Session,
  id: string,
  properties: Readonly<Record<string, string>>,
): Promise<Asked> {
  const answer = await session.call({
    service: 'compute',
    method: 'POST',
    path: at(id, '/os-extra_specs'),
    body: { extra_specs: properties },
    job: 'action',
    what: `set properties of flavor ${id}`,
  });
  return asked(answer);
}

/** Undefined where it was not set. */
export async function unsetFlavorProperty(session: Session, id: string, key: string): Promise<Asked | undefined> {
  return unlessGone(() =>
    session.call({
      service: 'compute',
      method: 'DELETE',
      path: at(id, `/os-extra_specs/${encodeURIComponent(key)}`),
      job: 'action',
      what: `unset property ${key} of flavor ${id}`,
    }),
  );
}

/** GET …/os-flavor-access: ids of the projects that may use one that is not public. */
export async function flavorProjects(session: Session, id: string): Promise<string[]> {
  const { flavor_access: found } = await session.read(
    {
      service: 'compute',
      method: 'GET',
      path: at(id, '/os-flavor-access'),
      job: 'flavorAccess',
      what: `the projects of flavor ${id}`,
    },
    access,
  );
  return found.map(({ tenant_id: project }) => project);
}

/** Undefined where it has it already. */
export async function allowFlavor(session: Session, id: string, project: string): Promise<Asked | undefined> {
  const what = `allow project ${project} flavor ${id}`;
  try {
    return asked(await flavorAction(session, id, { addTenantAccess: { tenant: project } }, what));
  } catch (error) {
    if (isFault(error) && error.type === 'CloudConflict') return undefined;
    throw error;
  }
}

/** Undefined where it had none. */
export async function refuseFlavor(session: Session, id: string, project: string): Promise<Asked | undefined> {
  const what = `take flavor ${id} from project ${project}`;
  return unlessGone(() => flavorAction(session, id, { removeTenantAccess: { tenant: project } }, what));
}

/** Whether any server of any project was made with it. Needs an administrator to see them all. */
export async function isFlavorInUse(session: Session, id: string): Promise<boolean> {
  const { servers } = await session.read(
    {
      service: 'compute',
      method: 'GET',
      path: '/servers',
      query: { all_tenants: true, flavor: id, limit: 1 },
      job: 'action',
      what: `the servers of flavor ${id}`,
    },
    z.object({ servers: z.array(z.object({ id: z.string() })) }),
  );
  return servers.length > 0;
}

function flavorAction(session: Session, id: string, body: object, what: string): Promise<Answered> {
  return session.call({
    service: 'compute',
    method: 'POST',
    path: at(id, '/action'),
    body,
    job: 'flavorAccess',
    what,
  });
}

const unlessGone = (call: () => Promise<Answered>): Promise<Asked | undefined> =>
  orGone(async () => asked(await call()));

const flavorSchema = z.object({
  id: z.string(),
  name: z.string(),
  vcpus: z.number(),
  ram: z.number(),
  disk: z.number(),
  'OS-FLV-EXT-DATA:ephemeral': z.number().default(0),
  // '' for none, below 2.75.
  swap: z.union([z.number(), z.literal('')]).default(0),
  'os-flavor-access:is_public': z.boolean().default(true),
  description: z.string().nullish(),
  extra_specs: z.record(z.string(), z.string()).default({}),
});
const page = z.object({ flavors: z.array(flavorSchema), flavors_links: z.array(z.unknown()).optional() });
const one = z.object({ flavor: flavorSchema });
const access = z.object({ flavor_access: z.array(z.object({ flavor_id: z.string(), tenant_id: z.string() })) });

const toFlavor = (found: z.output<typeof flavorSchema>): Flavor => ({
  id: found.id,
  name: found.name,
  vcpus: found.vcpus,
  ram: found.ram,
  disk: found.disk,
  ephemeral: found['OS-FLV-EXT-DATA:ephemeral'],
  swap: found.swap === '' ? 0 : found.swap,
  public: found['os-flavor-access:is_public'],
  ...(found.description == null ? {} : { description: found.description }),
  properties: found.extra_specs,
});
