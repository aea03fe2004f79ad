import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Answer, Asked } from './answer.ts';
import { Refusal } from './answer.ts';
import type { Cloud } from './cloud.ts';
import type { CloudServer } from './entities.ts';
import { faultRule } from './fault-rules.ts';

/** How tests and the curious steer the cloud. Without a password, so on loopback only. */
const help = {
  'GET /practice/effects': 'every request that was accepted and changed something, in order',
  'GET /practice/calls': 'how many requests there were, by method and path',
  'GET /practice/at-once': 'how many requests are under way, and the most there were since this was last asked',
  'PUT /practice/faults': 'a list of rules: match, after, times, status, retryAfter, drop, delay, truncate, garbage',
  'POST /practice/expire-tokens': 'every token ends now',
  'POST /practice/servers': '{count, …}: more servers; the fields of one',
  'PATCH /practice/servers/ID':
    'fields of a server, and its behaviour: stuck, error, gaveUp, migration, transition, softDelete',
  'DELETE /practice/servers/ID': 'it is gone, and nobody asked for it',
  'POST /practice/hosts': '{name}: one more compute host',
  'PATCH /practice/hosts/NAME': 'up, forcedDown, crashed, enabled, ram',
  'PATCH /practice/services/BINARY/HOST': 'up, enabled, reason, gone: of what is no compute host',
  'POST /practice/leftovers': '{host, server} or {provider}: what Placement still has of one that is gone',
  'DELETE /practice/leftovers': 'none of these any more',
  'POST /practice/ports': '{server, own, floating}: a port of a server',
  'POST /practice/groups': '{name, policy, members}: a server group',
  'PATCH /practice/settings':
    'latency, transition, tokenLifetime, microversion, ignoreHostFilter, ignoreProjectFilter, imageSizeCap',
};

const behaviour = z.strictObject({
  stuck: z.string().nullable().optional(),
  error: z.string().nullable().optional(),
  gaveUp: z.string().nullable().optional(),
  migration: z.enum(['failed', 'error', 'completedWithoutMoving', 'hang', 'slow', 'serverError']).nullable().optional(),
  transition: z.number().nullable().optional(),
  softDelete: z.boolean().nullable().optional(),
});
const fields = z
  .strictObject({
    name: z.string(),
    host: z.string().nullable(),
    projectId: z.string(),
    status: z.string(),
    taskState: z.string().nullable(),
    locked: z.boolean(),
    tags: z.array(z.string()),
    metadata: z.record(z.string(), z.string()),
    image: z.string().nullable(),
    volumes: z.array(z.object({ id: z.string(), deleteOnTermination: z.boolean() })),
    flavor: z.object({
      name: z.string(),
      vcpus: z.number(),
      ram: z.number(),
      disk: z.number(),
      ephemeral: z.number(),
      extraSpecs: z.record(z.string(), z.string()),
    }),
    fault: z.string(),
    behaviour,
  })
  .partial();
const host = z
  .strictObject({
    up: z.boolean(),
    forcedDown: z.boolean(),
    crashed: z.boolean(),
    enabled: z.boolean(),
    reason: z.string().nullable(),
    ram: z.number(),
  })
  .partial();
const service = z
  .strictObject({ up: z.boolean(), enabled: z.boolean(), reason: z.string().nullable(), gone: z.boolean() })
  .partial();
const settings = z
  .strictObject({
    latency: z.number(),
    transition: z.number(),
    tokenLifetime: z.number(),
    microversion: z.string(),
    ignoreHostFilter: z.boolean(),
    ignoreProjectFilter: z.boolean(),
    imageSizeCap: z.number(),
  })
  .partial();

export function control(cloud: Cloud, { method, path, body }: Asked): Answer {
  const [, what, id] = path.split('/');
  const answer = (found: unknown = {}): Answer => ({ status: 200, body: found });
  switch (`${method} ${what ?? ''}`) {
    case 'GET ':
      return answer(help);
    case 'GET effects':
      return answer(cloud.effects);
    case 'GET calls':
      return answer(cloud.calls);
    case 'GET at-once': {
      const found = { ...cloud.atOnce };
      cloud.atOnce.most = found.now;
      return answer(found);
    }
    case 'GET faults':
      return answer(cloud.faults.used);
    case 'PUT faults':
      cloud.faults.set(z.array(faultRule).parse(body));
      return answer();
    case 'POST expire-tokens':
      cloud.tokens.clear();
      return answer();
    case 'POST servers':
      return answer(addServers(cloud, body));
    case 'PATCH servers':
      return answer(changeServer(cloud, cloud.servers.get(id ?? ''), body));
    case 'DELETE servers':
      cloud.remove(cloud.servers.get(id ?? '') ?? missing(path));
      return answer();
    case 'POST hosts':
      return answer(cloud.addHost(z.object({ name: z.string() }).parse(body).name));
    case 'PATCH hosts':
      return answer(Object.assign(cloud.host(id ?? '') ?? missing(path), host.parse(body)));
    case 'PATCH services': {
      const [binary, at] = [id, path.split('/')[3]];
      const found = cloud.services.find((each) => each.binary === binary && each.host === at);
      return answer(Object.assign(found ?? missing(path), service.parse(body)));
    }
    case 'POST leftovers':
      return answer(leave(cloud, body));
    case 'DELETE leftovers':
      cloud.strayAllocations.length = cloud.strayProviders.length = 0;
      return answer();
    case 'POST ports':
      return answer(addPort(cloud, body));
    case 'POST groups': {
      const group = z.object({ name: z.string(), policy: z.string(), members: z.array(z.string()) }).parse(body);
      cloud.groups.push({ id: randomUUID(), ...group });
      return answer();
    }
    case 'PATCH settings':
      return answer(Object.assign(cloud.settings, settings.parse(body)));
    default:
      return missing(path);
  }
}

function addServers(cloud: Cloud, body: unknown): string[] {
  const { count, ...given } = z.looseObject({ count: z.number().int().default(1) }).parse(body);
  const more = fields.parse(given) as Partial<CloudServer>;
  return Array.from({ length: count }, () => cloud.addServer({ ...more }).id);
}

function changeServer(cloud: Cloud, server: CloudServer | undefined, body: unknown): CloudServer {
  if (server === undefined) return missing('server');
  const { behaviour: how, ...rest } = fields.parse(body);
  Object.assign(server, rest);
  if (how !== undefined) cloud.behave(server, how as CloudServer['behaviour']);
  return server;
}

function leave(cloud: Cloud, body: unknown): { consumer?: string } {
  const {
    host: on,
    server,
    provider,
  } = z
    .object({ host: z.string(), server: z.string().default(randomUUID), provider: z.string() })
    .partial({ host: true, provider: true })
    .parse(body);
  if (provider !== undefined) cloud.strayProviders.push({ id: randomUUID(), name: provider });
  if (on === undefined) return {};
  cloud.strayAllocations.push({ provider: (cloud.host(on) ?? missing(`hosts/${on}`)).id, consumer: server });
  return { consumer: server };
}

function addPort(cloud: Cloud, body: unknown): { port: string; floatingIp?: string } {
  const { server, own, floating } = z
    .object({ server: z.string(), own: z.boolean().default(false), floating: z.boolean().default(false) })
    .parse(body);
  const number = cloud.ports.length + 1;
  const port = {
    id: randomUUID(),
    serverId: server,
    own,
    // A person makes a port before the server that gets it.
    created: own ? '2020-01-01T00:00:00Z' : new Date(Date.now() + 1000).toISOString(),
    address: `10.0.${String(Math.floor(number / 250))}.${String(number % 250)}`,
  };
  cloud.ports.push(port);
  if (!floating) return { port: port.id };
  const floatingIp = { id: randomUUID(), address: `203.0.113.${String(number % 250)}`, portId: port.id };
  cloud.floatingIps.push(floatingIp);
  return { port: port.id, floatingIp: floatingIp.id };
}

function missing(path: string): never {
  throw new Refusal(404, `the practice cloud has no ${path}; GET /practice tells what there is`);
}
