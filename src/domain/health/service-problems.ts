import type { CloudService, EndpointAnswer, Hypervisor, Leftovers } from '../../contracts/cloud-service.ts';
import type { HealthThresholds } from '../../contracts/health-plan.ts';
import type { Problem } from '../../contracts/health.ts';
import type { Migration, Server } from '../../contracts/server.ts';
import { formatDuration } from '../format.ts';
import { quoteAll } from '../quote.ts';
import { cloudPlace } from './places.ts';
import { problemsAt } from './problem.ts';

/** What a cloud tells of itself; a part that it would not tell is a failure of that part. */
export interface CloudLook {
  readonly services: readonly CloudService[];
  readonly hypervisors: readonly Hypervisor[];
  readonly endpoints: readonly EndpointAnswer[];
  readonly servers: readonly Pick<Server, 'id' | 'name' | 'status' | 'taskState' | 'updated' | 'fault'>[];
  readonly leftovers: Leftovers;
  readonly migrations: readonly Pick<Migration, 'serverId' | 'status' | 'source' | 'target' | 'updated'>[];
}

/** As it stands in baselines and findings. */
export const serviceName = ({ name, host }: CloudService): string => `${name} on ${host}`;

/** Whose list has it, by its name: the kinds of findings about it begin so. */
export const listOf = (service: string): 'compute' | 'volume' | 'network' =>
  service.startsWith('nova-') ? 'compute' : service.startsWith('cinder-') ? 'volume' : 'network';

/** Whether findings whose kinds begin so are about services. */
export const isOfServices = (kind: string): boolean => /^(?:compute|volume|network)\//.test(kind);

/** The kind of the finding that a service is gone. */
export const goneKind = (name: string): string => `${listOf(name)}/gone/${name}`;

/** Days for which a service that has vanished is told, where no baseline names it: by then it was taken away on purpose. */
export const daysGone = 7;

/** Findings of one kind that are told each; the rest is counted, and nobody knows which of former ones are among it. */
const each = 100;

export function serviceProblems(
  cloud: string,
  look: CloudLook,
  thresholds: HealthThresholds,
  expected: ReadonlySet<string>,
  now: number,
): { readonly problems: readonly Problem[]; readonly unseen: readonly string[] } {
  const where = cloudPlace(cloud);
  const problem = problemsAt('services', where);
  const stuckSince = now - thresholds.stuck * 1000;
  const late = (updated: string): boolean => Date.parse(utc(updated)) < stuckSince;
  const forSoLong = (updated: string): string => formatDuration(now - Date.parse(utc(updated)));

  const services = look.services.flatMap((service) => {
    const name = serviceName(service);
    const list = listOf(service.name);
    const next = quoteAll(['openstack', ...listCommands[list], '--host', service.host]);
    if (!service.up) {
      const forced = service.forcedDown === true ? ', forced down by hand' : '';
      const off = service.enabled ? '' : ` and disabled${because(service)}`;
      return [
        problem(`${list}/down/${name}`, service.enabled ? 'critical' : 'warning', `${name} is down${forced}${off}`, {
          next,
        }),
      ];
    }
    if (service.enabled) return [];
    return [problem(`${list}/disabled/${name}`, 'warning', `${name} is disabled${because(service)}`, { next })];
  });
  const seen = new Set(look.services.map(serviceName));
  const gone = [...expected]
    .filter((name) => !seen.has(name))
    .map((name) => problem(goneKind(name), 'critical', `${name} is gone: the cloud no longer lists it`));

  const downHosts = look.services.filter(({ name, up }) => name === 'nova-compute' && !up).map(({ host }) => host);
  const hypervisors = look.hypervisors
    // Nova derives both from the same heartbeat.
    .filter(
      ({ name, up }) => !up && !downHosts.some((host) => name === host || name.split('.')[0] === host.split('.')[0]),
    )
    .map(({ name }) =>
      problem(`hypervisor/${name}`, 'critical', `the hypervisor ${name} is down`, {
        next: quoteAll(['openstack', 'hypervisor', 'show', name]),
      }),
    );

  const endpoints = look.endpoints.flatMap(({ service, url, milliseconds, status, failure }) => {
    const evidence = [`GET ${url}: ${failure ?? String(status)} in ${String(milliseconds)} ms`];
    const next = quoteAll(['curl', '-sv', url]);
    if (failure !== undefined || status === undefined || status >= 500)
      return [
        problem(`endpoint/down/${service}`, 'critical', `the ${service} API does not answer`, { evidence, next }),
      ];
    if (milliseconds <= thresholds.latency) return [];
    return [
      problem(
        `endpoint/slow/${service}`,
        'warning',
        `the ${service} API takes ${formatDuration(milliseconds)} to answer`,
        {
          evidence,
          next,
        },
      ),
    ];
  });

  const broken = look.servers
    .filter(({ status }) => status === 'ERROR')
    .map(({ id, name, fault }) =>
      problem(`server/error/${id}`, 'warning', `server ${name} is in ERROR`, {
        next: `openstack server show ${id}`,
        ...(fault === undefined ? {} : { evidence: [fault.slice(0, 500)] }),
      }),
    );
  const stuck = look.servers
    .filter(({ taskState, updated }) => taskState !== null && late(updated))
    .map(({ id, name, taskState, updated }) =>
      problem(`server/stuck/${id}`, 'warning', `server ${name} has been ${taskState ?? ''} for ${forSoLong(updated)}`, {
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
  const leftovers = [
    ...look.leftovers.allocations.map(({ consumer, provider }) =>
      problem(
        `placement/allocation/${consumer}`,
        'warning',
        `room on ${provider} is taken for ${consumer}, which is no server or migration: nobody else gets it`,
        { next: quoteAll(['openstack', 'resource', 'provider', 'allocation', 'show', consumer]) },
      ),
    ),
    ...look.leftovers.providers.map((name) =>
      problem(
        `placement/provider/${name}`,
        'warning',
        `Placement has a resource provider ${name}, and Nova no hypervisor of that name`,
        { next: quoteAll(['openstack', 'resource', 'provider', 'list', '--name', name]) },
      ),
    ),
  ];
  const capped = [
    { kind: 'server/error/', found: broken },
    { kind: 'server/stuck/', found: stuck },
    { kind: 'migration/', found: migrations },
    { kind: 'placement/', found: leftovers },
  ].map(({ kind, found }) => ({ kind, rest: found.length - each, first: found.slice(0, each) }));
  const cut = capped.filter(({ rest }) => rest > 0);
  return {
    problems: [
      ...[...services, ...gone, ...hypervisors, ...endpoints],
      ...capped.flatMap(({ first }) => first),
      ...cut.map(({ kind, rest }) => problem(`more/${kind}`, 'warning', `and ${String(rest)} more of the same`)),
    ],
    unseen: cut.map(({ kind }) => kind),
  };
}

const because = ({ disabledReason }: CloudService): string =>
  disabledReason === undefined ? '' : `: ${disabledReason}`;

/** Nova says UTC with a Z in servers and without one in migrations. */
const utc = (time: string): string => (/Z|[+-]\d\d:?\d\d$/.test(time) ? time : `${time}Z`);

const listCommands = {
  compute: ['compute', 'service', 'list'],
  volume: ['volume', 'service', 'list'],
  network: ['network', 'agent', 'list'],
} as const;
