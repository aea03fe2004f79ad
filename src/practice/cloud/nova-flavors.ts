import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Answer, Asked } from './answer.ts';
import { Refusal, forbidden, since } from './answer.ts';
import type { Cloud } from './cloud.ts';
import type { CloudFlavor } from './entities.ts';

const key = /^[a-zA-Z0-9-_:. ]{1,255}$/;
const created = z.object({
  flavor: z.object({
    id: z.string().nullish(),
    name: z.string().min(1).max(255),
    vcpus: z.number().int().min(1),
    ram: z.number().int().min(1),
    disk: z.number().int().min(0),
    swap: z.number().int().default(0),
    description: z.string().nullable().default(null),
    'OS-FLV-EXT-DATA:ephemeral': z.number().int().default(0),
    'os-flavor-access:is_public': z.boolean().default(true),
  }),
});
const access = z.object({
  addTenantAccess: z.object({ tenant: z.string() }).optional(),
  removeTenantAccess: z.object({ tenant: z.string() }).optional(),
});

/** /flavors and what is below it. */
export function flavors(cloud: Cloud, asked: Asked): Answer | undefined {
  const [, first, id = '', part, rest] = asked.path.split('/').map(decodeURIComponent);
  if (first !== 'flavors') return undefined;
  if (asked.method !== 'GET' && !asked.admin) throw forbidden('os_compute_api:os-flavor-manage');
  const call = `${asked.method} ${part ?? (id === '' || id === 'detail' ? id : 'ID')}`;
  switch (call) {
    case 'GET detail':
      return list(cloud, asked);
    case 'POST ':
      return create(cloud, asked);
    case 'GET ID':
      return { status: 200, body: { flavor: render(cloud, flavorOf(cloud, id), asked) } };
    case 'PUT ID':
      return describe(cloud, asked, flavorOf(cloud, id));
    case 'DELETE ID':
      return remove(cloud, asked, flavorOf(cloud, id));
    case 'POST os-extra_specs':
      return setProperties(cloud, asked, flavorOf(cloud, id));
    case 'DELETE os-extra_specs':
      return unsetProperty(cloud, asked, flavorOf(cloud, id), rest ?? '');
    case 'GET os-flavor-access':
      return { status: 200, body: accessOf(flavorOf(cloud, id)) };
    case 'POST action':
      return changeAccess(cloud, asked, flavorOf(cloud, id));
    default:
      return undefined;
  }
}

function flavorOf(cloud: Cloud, id: string): CloudFlavor {
  const found = cloud.flavors.get(id);
  if (found === undefined) throw new Refusal(404, `Flavor ${id} could not be found.`);
  return found;
}

function list(cloud: Cloud, asked: Asked): Answer {
  const { query, admin, user } = asked;
  const all = admin && query.get('is_public')?.toLowerCase() === 'none';
  const seen = [...cloud.flavors.values()].filter(
    ({ public: isPublic, projects }) => isPublic || all || projects.includes(user.project.id),
  );
  const from = seen.findIndex(({ id }) => id === query.get('marker')) + 1;
  const limit = Math.min(1000, Number(query.get('limit') ?? 1000));
  const page = seen.slice(from, from + limit);
  return {
    status: 200,
    body: {
      flavors: page.map((flavor) => render(cloud, flavor, asked)),
      ...(page.length === limit ? { flavors_links: [{ rel: 'next', href: '' }] } : {}),
    },
  };
}

function create(cloud: Cloud, asked: Asked): Answer {
  const { flavor: given } = created.parse(asked.body);
  const id = given.id ?? randomUUID();
  if (cloud.flavors.has(id)) throw new Refusal(409, `Flavor with ID ${id} already exists.`);
  if ([...cloud.flavors.values()].some(({ name }) => name === given.name))
    throw new Refusal(409, `Flavor with name ${given.name} already exists.`);
  const flavor: CloudFlavor = {
    id,
    name: given.name,
    vcpus: given.vcpus,
    ram: given.ram,
    disk: given.disk,
    ephemeral: given['OS-FLV-EXT-DATA:ephemeral'],
    swap: given.swap,
    public: given['os-flavor-access:is_public'],
    description: given.description,
    properties: {},
    projects: [],
  };
  cloud.flavors.set(id, flavor);
  note(cloud, asked, flavor, 'create flavor');
  return { status: 200, body: { flavor: render(cloud, flavor, asked) } };
}

function describe(cloud: Cloud, asked: Asked, flavor: CloudFlavor): Answer {
  const { flavor: given } = z.object({ flavor: z.object({ description: z.string().nullable() }) }).parse(asked.body);
  flavor.description = given.description;
  note(cloud, asked, flavor, 'describe flavor');
  return { status: 200, body: { flavor: render(cloud, flavor, asked) } };
}

function remove(cloud: Cloud, asked: Asked, flavor: CloudFlavor): Answer {
  cloud.flavors.delete(flavor.id);
  note(cloud, asked, flavor, 'delete flavor');
  return { status: 202 };
}

function setProperties(cloud: Cloud, asked: Asked, flavor: CloudFlavor): Answer {
  const { extra_specs: given } = z
    .object({ extra_specs: z.record(z.string(), z.union([z.string(), z.number()])) })
    .parse(asked.body);
  const wrong = Object.keys(given).find((each) => !key.test(each));
  if (wrong !== undefined)
    throw new Refusal(
      400,
      `Invalid input for field/attribute extra_specs. Value: {'${wrong}': '${String(given[wrong])}'}. '${wrong}' does not match any of the regexes: '${key.source}'`,
    );
  for (const [name, value] of Object.entries(given)) flavor.properties[name] = String(value);
  note(cloud, asked, flavor, 'set flavor properties');
  return { status: 200, body: { extra_specs: given } };
}

function unsetProperty(cloud: Cloud, asked: Asked, flavor: CloudFlavor, name: string): Answer {
  if (!Object.hasOwn(flavor.properties, name))
    throw new Refusal(404, `Flavor ${flavor.id} has no extra specs with key ${name}.`);
  flavor.properties = Object.fromEntries(Object.entries(flavor.properties).filter(([each]) => each !== name));
  note(cloud, asked, flavor, 'unset flavor property');
  return { status: 200 };
}

const accessOf = ({ id, projects }: CloudFlavor) => ({
  flavor_access: projects.map((project) => ({ flavor_id: id, tenant_id: project })),
});

function changeAccess(cloud: Cloud, asked: Asked, flavor: CloudFlavor): Answer {
  const { addTenantAccess: add, removeTenantAccess: taken } = access.parse(asked.body);
  const project = (add ?? taken)?.tenant ?? '';
  if (!cloud.projects.some(({ id }) => id === project))
    throw new Refusal(400, `Project ID ${project} is not a valid project.`);
  const has = flavor.projects.includes(project);
  if (add !== undefined) {
    if (flavor.public) throw new Refusal(409, 'Can not add access to a public flavor.');
    if (has) throw new Refusal(409, `Flavor access already exists for flavor 1 and project ${project} combination.`);
    flavor.projects.push(project);
  } else {
    if (!has) throw new Refusal(404, `Flavor access not found for 1 / ${project} combination.`);
    flavor.projects.splice(flavor.projects.indexOf(project), 1);
  }
  note(cloud, asked, flavor, add === undefined ? 'refuse flavor' : 'allow flavor');
  return { status: 200, body: accessOf(flavor) };
}

function note(cloud: Cloud, { requestId }: Asked, { id, name }: CloudFlavor, action: string): void {
  cloud.effects.push({ server: id, name, action, requestId, at: Date.now() });
}

const render = (cloud: Cloud, flavor: CloudFlavor, asked: Asked): Record<string, unknown> => ({
  id: flavor.id,
  name: flavor.name,
  ram: flavor.ram,
  disk: flavor.disk,
  swap: flavor.swap === 0 ? '' : flavor.swap,
  'OS-FLV-EXT-DATA:ephemeral': flavor.ephemeral,
  'OS-FLV-DISABLED:disabled': false,
  vcpus: flavor.vcpus,
  'os-flavor-access:is_public': flavor.public,
  rxtx_factor: 1.0,
  links: [
    { rel: 'self', href: `${cloud.address}/compute/v2.1/flavors/${flavor.id}` },
    { rel: 'bookmark', href: `${cloud.address}/compute/flavors/${flavor.id}` },
  ],
  ...(since(asked, 55) ? { description: flavor.description } : {}),
  ...(since(asked, 61) ? { extra_specs: flavor.properties } : {}),
});
