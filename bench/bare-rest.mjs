/**
 * What somebody writes in an afternoon: log in, post the action to every server, four at once, then list until all are
 * there. No plan, no doubt, no record. The bar for ours.
 *
 *   node bench/bare-rest.mjs os-stop|os-start|migrate IDS-FILE    with OS_* of a password login in the environment
 */
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

const [action, file] = process.argv.slice(2);
const ids = readFileSync(file, 'utf8').split('\n').filter(Boolean);
const { OS_AUTH_URL, OS_USERNAME, OS_PASSWORD, OS_PROJECT_NAME } = process.env;
const domain = { name: 'Default' };
const login = await fetch(`${OS_AUTH_URL.replace(/\/v3\/?$/, '')}/v3/auth/tokens`, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({
    auth: {
      identity: {
        methods: ['password'],
        password: { user: { name: OS_USERNAME, password: OS_PASSWORD, domain } },
      },
      scope: { project: { name: OS_PROJECT_NAME, domain } },
    },
  }),
});
const { token } = await login.json();
const compute = token.catalog
  .find(({ type }) => type === 'compute')
  .endpoints.find((e) => e.interface === 'public').url;
const headers = {
  'x-auth-token': login.headers.get('x-subject-token'),
  'content-type': 'application/json',
  'openstack-api-version': 'compute 2.47',
};
const wanted = new Set(ids);
const queue = [...ids];
await Promise.all(
  Array.from({ length: 4 }, async () => {
    for (let id = queue.shift(); id !== undefined; id = queue.shift()) {
      const answer = await fetch(`${compute}/servers/${id}/action`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ [action]: null }),
      });
      if (!answer.ok) throw new Error(`${id}: ${await answer.text()}`);
    }
  }),
);
const goal = action === 'os-stop' ? 'SHUTOFF' : 'ACTIVE';
for (;;) {
  let marker;
  let there = 0;
  for (;;) {
    const query = new URLSearchParams({ all_tenants: 'true', limit: '1000', ...(marker && { marker }) });
    const { servers, servers_links: more } = await (
      await fetch(`${compute}/servers/detail?${query}`, { headers })
    ).json();
    there += servers.filter(({ id, status }) => wanted.has(id) && status === goal).length;
    if (!more) break;
    marker = servers.at(-1).id;
  }
  if (there === ids.length) break;
  await pause(1000);
}
