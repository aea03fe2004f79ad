import { loadConfig } from '../config/index.ts';
import type { Check } from '../contracts/inspect.ts';
import { siteQueue, startWorker } from '../contracts/operation.ts';
import type { HostTarget } from '../contracts/targets.ts';
import type { Connected } from './connect.ts';
import { problemOf } from './errors.ts';
import { pollers } from './queues.ts';
import { missingSearchAttributes } from './temporal/namespace.ts';
import { version } from './version.ts';

/** Days below which a report may be gone before anybody asks for it. */
const retentionWanted = 30;

type Found = Omit<Check, 'name'>;

/** Runs a check; what it throws is its finding. */
async function check(name: string, run: () => Promise<Found> | Found): Promise<Check> {
  try {
    return { name, ...(await run()) };
  } catch (error) {
    return finding(name, error);
  }
}

export function finding(name: string, error: unknown): Check {
  const { message, remedy } = problemOf(error);
  return { name, status: 'failed', detail: message, ...(remedy === undefined ? {} : { remedy }) };
}

export const versions = (): Promise<Check> =>
  check('versions', () => ok(`stackhand ${version()}, Node ${process.versions.node}`));

export const configCheck = (path: string | undefined): Promise<Check> =>
  check('config', () => {
    const { file } = loadConfig({ path });
    return ok(file ?? 'none: hosts and repositories are named as USER@ADDRESS and SERVER:/PATH');
  });

/** What the Temporal server has to have for us. */
export async function temporalChecks({ client, connection, target, retentionDays }: Connected): Promise<Check[]> {
  return [
    await check('Temporal', async () => {
      const { serverVersion } = await client.workflowService.getSystemInfo({});
      return ok(`${target.address} answers (server ${serverVersion ?? 'unknown'}, namespace ${target.namespace})`);
    }),
    await check('retention', () => {
      if (retentionDays === undefined) return ok('the server does not say');
      if (retentionDays >= retentionWanted) return ok(`ended operations are kept for ${String(retentionDays)} days`);
      return {
        status: 'warning',
        detail: `ended operations are forgotten after ${String(retentionDays)} days`,
        remedy: `temporal operator namespace update --retention 90d --namespace ${target.namespace}`,
      };
    }),
    await check('search attributes', async () => {
      const missing = await missingSearchAttributes(connection, target.namespace);
      if (missing.length === 0) return ok('all registered');
      return {
        status: 'failed',
        detail: `missing: ${missing.join(', ')}`,
        remedy: missing
          .map(
            (name) =>
              `temporal operator search-attribute create --namespace ${target.namespace} --name ${name} --type Keyword`,
          )
          .join('\n'),
      };
    }),
    await queueCheck(client, undefined),
  ];
}

/** Each site of the config needs a worker of its own. */
export function siteChecks({ client }: Connected, hosts: readonly HostTarget[]): Promise<Check[]> {
  const sites = [...new Set(hosts.map(({ site }) => site).filter((site) => site !== undefined))];
  return Promise.all(sites.map((site) => queueCheck(client, site)));
}

/** A queue that nobody serves is a finding: what is sent to it waits for ever. */
function queueCheck(client: Connected['client'], site: string | undefined): Promise<Check> {
  const queue = siteQueue(site);
  return check(site === undefined ? 'worker' : `worker of site ${site}`, async () => {
    const kinds = site === undefined ? (['workflows', 'activities'] as const) : (['activities'] as const);
    const found = await Promise.all(kinds.map((kind) => pollers(client, queue, kind)));
    const identities = [...new Set(found.flat().map(({ identity }) => identity))];
    if (found.every((each) => each.length > 0)) return ok(`${identities.join(', ')} on ${queue}`);
    return { status: 'failed', detail: `nobody serves the queue ${queue}`, remedy: startWorker(site) };
  });
}

const ok = (detail: string): Found => ({ status: 'ok', detail });
