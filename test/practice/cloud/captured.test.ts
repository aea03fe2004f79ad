import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { emptyConfig, resolveCloud } from '../../../src/config/index.ts';
import { Session, listServers, liveMigrateServer } from '../../../src/systems/openstack/index.ts';
import { until } from '../../support/poll.ts';
import { PracticeCloud } from '../../support/practice-cloud.ts';
import { shapeOf } from './support/shape.mjs';

interface Captured {
  readonly captured: Readonly<Record<string, { readonly status: number; readonly shape: unknown }>>;
}

const { captured } = JSON.parse(
  await readFile(new URL('./support/captured.json', import.meta.url), 'utf8'),
) as Captured;

/** What a real cloud answered (support/capture-cloud.mjs), field by field, is what the practice cloud answers. */
describe('the practice cloud answers in the shapes of a real one', () => {
  let cloud: PracticeCloud;
  let session: Session;
  let id = '';
  beforeAll(async () => {
    cloud = await PracticeCloud.start({ servers: 3, transition: 0 });
    const env = { OS_CLIENT_CONFIG_FILE: cloud.ready.clouds };
    session = new Session(resolveCloud(emptyConfig(), 'practice', { env, home: '/', cwd: '/' }));
    const [first] = await listServers(session, { allProjects: true });
    id = first?.id ?? '';
    await liveMigrateServer(session, id, { block: 'auto' });
    await until('it is migrated', async () => {
      const [server] = await listServers(session, { allProjects: true });
      return server?.taskState === null && server.host !== first?.host;
    });
  });
  afterAll(async () => {
    await session.close();
    await cloud.stop();
  });

  const nobody = '00000000-0000-4000-8000-000000000000';
  const calls: readonly [name: string, version: string, path: () => string, body?: object][] = [
    ['servers', '2.47', () => '/servers/detail?all_tenants=true&limit=1'],
    ['server', '2.47', () => `/servers/${id}`],
    ['unknown server', '2.47', () => `/servers/${nobody}`],
    ['unknown marker', '2.47', () => `/servers/detail?marker=${nobody}`],
    ['actions', '2.58', () => `/servers/${id}/os-instance-actions`],
    ['start what runs', '2.1', () => `/servers/${id}/action`, { 'os-start': null }],
    ['services', '2.53', () => '/os-services?binary=nova-compute'],
    ['hypervisors', '2.53', () => '/os-hypervisors/detail'],
    ['migrations', '2.59', () => '/os-migrations?limit=1'],
    ['groups', '2.64', () => '/os-server-groups'],
    ['version', '2.1', () => '/'],
  ];

  // One parameter: jest takes one more than a row has for a callback that it waits for.
  test.each(calls.map((call) => [call[0], call] as const))('%s', async (_, [name, version, path, body]) => {
    const { secret } = await session.token();
    const base = cloud.ready.authUrl.replace('/identity/v3', '/compute/v2.1');
    const response = await fetch(`${base}${path()}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { 'x-auth-token': secret, 'openstack-api-version': `compute ${version}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const real = captured[name];
    expect(response.status).toBe(real?.status);
    expect(missing(real?.shape, shapeOf(await response.json()))).toEqual([]);
  });
});

/** Fields that the real one has and the other has not, or has of another kind; null and empty lists are of any kind. */
function missing(real: unknown, practice: unknown, at = ''): string[] {
  if (real === 'null' || practice === 'null' || practice === undefined) return practice === undefined ? [at] : [];
  if (Array.isArray(real)) {
    if (!Array.isArray(practice)) return [at];
    return real.length === 0 || practice.length === 0 ? [] : missing(real[0], practice[0], `${at}[]`);
  }
  if (typeof real === 'object' && real !== null) {
    if (typeof practice !== 'object' || practice === null) return [at];
    // What is the guest's own business: hosts' CPUs, labels, links.
    const own = ['cpu_info', 'metadata', 'links', 'addresses', 'extra_specs'];
    return Object.entries(real).flatMap(([key, value]) =>
      own.includes(key) ? [] : missing(value, (practice as Record<string, unknown>)[key], `${at}.${key}`),
    );
  }
  return real === practice ? [] : [`${at}: ${JSON.stringify(real)}, not ${JSON.stringify(practice)}`];
}
