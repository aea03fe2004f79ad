import type { CloudService, EndpointAnswer, Hypervisor } from '../../contracts/cloud-service.ts';
import type { HealthThresholds } from '../../contracts/health-plan.ts';
import type { Problem } from '../../contracts/health.ts';
import type { Migration, Server } from '../../contracts/server.ts';
import { formatDuration } from '../format.ts';
import { problemsAt } from './problem.ts';

/** What a cloud tells of itself; a part that it would not tell is a failure of that part. */
export interface CloudLook {
  readonly services: readonly CloudService[];
  readonly hypervisors: readonly Hypervisor[];
  readonly endpoints: readonly EndpointAnswer[];
  readonly servers: readonly Pick<Server, 'id' | 'name' | 'status' | 'taskState' | 'updated' | 'fault'>[];
  readonly migrations: readonly Pick<Migration, 'serverId' | 'status' | 'source' | 'target' | 'updated'>[];
}

/** As it stands in baselines and findings. */
export const serviceName = ({ name, host }: CloudService): string => `${name} on ${host}`;

/** Days for which a service that has vanished is told, where no baseline names it: by then it was taken away on purpose. */
export const daysGone = 7;

/** Findings of one kind that are told each; the rest is counted. */
const each = 100;

export function serviceProblems(
  cloud: string,
  look: CloudLook,
  thresholds: HealthThresholds,
  expected: ReadonlySet<string>,
  now: number,
): Problem[] {
  const where = `cloud ${cloud}`;
  const problem = problemsAt('services', where);
  const stuckSince = now - thresholds.stuck * 1000;
  const late = (updated: string): boolean => Date.parse(utc(updated)) < stuckSince;
  const forSoLong = (updated: string): string => formatDuration(now - Date.parse(utc(updated)));

  const services = look.services.flatMap((service) => {
    const name = serviceName(service);
    const next = `openstack ${listCommand(service.name)} --host ${service.host}`;
    if (!service.up) {
      const forced = service.forcedDown === true ? ', forced down by hand' : '';
      const off = service.enabled ? '' : ` and disabled${because(service)}`;
      return [
        problem(`down/${name}`, service.enabled ? 'critical' : 'warning', `${name} is down${forced}${off}`, { next }),
      ];
    }
    if (service.enabled) return [];
    return [problem(`disabled/${name}`, 'warning', `${name} is disabled${because(service)}`, { next })];
  });
  const seen = new Set(look.services.map(serviceName));
  const gone = [...expected]
    .filter((name) => !seen.has(name))
    .map((name) => problem(`gone/${name}`, 'critical', `${name} is gone: the cloud no longer lists it`));

  const downHosts = look.services.filter(({ name, up }) => name === 'nova-compute' && !up).map(({ host }) => host);
  const hypervisors = look.hypervisors
    // Nova derives both from the same heartbeat.
    .filter(
      ({ name, up }) => !up && !downHosts.some((host) => name === host || name.split('.')[0] === host.split('.')[0]),
    )
    .map(({ name }) =>
      problem(`hypervisor/${name}`, 'critical', `the hypervisor ${name} is down`, {
        next: `openstack hypervisor show ${name}`,
      }),
    );

  const endpoints = look.endpoints.flatMap(({ service, url, milliseconds, status, failure }) => {
    const evidence = [`GET ${url}: ${failure ?? String(status)} in ${String(milliseconds)} ms`];
    const next = `curl -sv ${url}`;
    if (failure !== undefined || status === undefined || status >= 500)
      return [problem(`endpoint/${service}`, 'critical', `the ${service} API does not answer`, { evidence, next })];
    if (milliseconds <= thresholds.latency) return [];
    return [
      problem(`slow/${service}`, 'warning', `the ${service} API takes ${formatDuration(milliseconds)} to answer`, {
        evidence,
        next,
      }),
    ];
  });

  const broken = look.servers
    .filter(({ status }) => status === 'ERROR')
    .map(({ id, name, fault }) =>
      problem(`error/${id}`, 'warning', `server ${name} is in ERROR`, {
        next: `openstack server show ${id}`,
        ...(fault === undefined ? {} : { evidence: [fault.slice(0, 500)] }),
      }),
    );
  const stuck = look.servers
    .filter(({ taskState, updated }) => taskState !== null && late(updated))
    .map(({ id, name, taskState, updated }) =>
      problem(`stuck/${id}`, 'warning', `server ${name} has been ${taskState ?? ''} for ${forSoLong(updated)}`, {
        next: `openstack server event list ${id}`,
      }),
    );
  const migrations = look.migrations
    .filter(({ updated }) => late(updated))
    .map(({ serverId, status, source, target, updated }) =>
      problem(
        `migration/${serverId}`,
        'warning',
        `the migration of server ${serverId} from ${source ?? '?'} to ${target ?? '?'} has been ${status} for ${forSoLong(updated)}`,
        { next: `openstack server migration list --server ${serverId}` },
      ),
    );
  const capped = (kind: string, found: readonly Problem[]): readonly Problem[] =>
    found.length <= each
      ? found
      : [
          ...found.slice(0, each),
          problem(`more/${kind}`, 'warning', `and ${String(found.length - each)} more of the same`),
        ];
  return [
    ...[...services, ...gone, ...hypervisors, ...endpoints],
    ...capped('error', broken),
    ...capped('stuck', stuck),
    ...capped('migration', migrations),
  ];
}

const because = ({ disabledReason }: CloudService): string =>
  disabledReason === undefined ? '' : `: ${disabledReason}`;

/** Nova says UTC with a Z in servers and without one in migrations. */
const utc = (time: string): string => (/Z|[+-]\d\d:?\d\d$/.test(time) ? time : `${time}Z`);

const listCommand = (binary: string): string =>
  binary.startsWith('nova-')
    ? 'compute service list'
    : binary.startsWith('cinder-')
      ? 'volume service list'
      : 'network agent list';
