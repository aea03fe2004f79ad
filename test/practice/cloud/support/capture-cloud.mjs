/**
 * Writes captured.json from a real cloud, whose shapes the practice cloud has to have:
 *
 *   OS_CLIENT_CONFIG_FILE=… OS_CLOUD=… node test/practice/cloud/support/capture-cloud.mjs
 *
 * The cloud needs a server; one migration makes the record of migrations. Only names of fields and kinds of values are
 * kept, no value.
 */
import { writeFile } from 'node:fs/promises';
import { shapeOf } from './shape.mjs';

const root = new URL('../../../../', import.meta.url);
const { emptyConfig, resolveCloud } = await import(`${root}dist/config/index.js`);
const { Session, listServers } = await import(`${root}dist/systems/openstack/index.js`);

const access = resolveCloud(emptyConfig(), undefined, { env: process.env, home: process.env.HOME, cwd: process.cwd() });
const session = new Session(access);
const [{ id }] = await listServers(session, { allProjects: true });
const nobody = '00000000-0000-4000-8000-000000000000';

/** What this program asks for, each with the microversion it asks with. */
const calls = {
  servers: { path: '/servers/detail?all_tenants=true&limit=1', job: 'servers' },
  server: { path: `/servers/${id}`, job: 'servers' },
  'unknown server': { path: `/servers/${nobody}`, job: 'servers' },
  'unknown marker': { path: `/servers/detail?marker=${nobody}`, job: 'servers' },
  actions: { path: `/servers/${id}/os-instance-actions`, job: 'instanceActions' },
  'start what runs': { path: `/servers/${id}/action`, job: 'action', method: 'POST', body: { 'os-start': null } },
  services: { path: '/os-services?binary=nova-compute', job: 'services' },
  hypervisors: { path: '/os-hypervisors/detail', job: 'hypervisors' },
  migrations: { path: '/os-migrations?limit=1', job: 'migrations' },
  groups: { path: '/os-server-groups', job: 'serverGroups' },
  version: { path: '/' },
  projects: { path: '/projects', service: 'identity' },
};
const captured = {};
for (const [name, call] of Object.entries(calls)) {
  const { status, text } = await raw(call);
  captured[name] = { status, shape: shapeOf(JSON.parse(text)) };
}
await session.close();
await writeFile(
  new URL('./captured.json', import.meta.url),
  `${JSON.stringify({ calls: Object.keys(calls), captured }, null, 1)}\n`,
);

async function raw({ path, job, method = 'GET', body, service = 'compute' }) {
  const token = await session.token();
  const { endpointOf } = await import(`${root}dist/systems/openstack/catalogue.js`);
  const { computeMicroversions } = await import(`${root}dist/systems/openstack/microversions.js`);
  const response = await fetch(`${endpointOf(service, token.catalogue, access)}${path}`, {
    method,
    headers: {
      'x-auth-token': token.secret,
      'content-type': 'application/json',
      ...(job && { 'openstack-api-version': `compute ${computeMicroversions[job]}` }),
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: response.status, text: await response.text() };
}
