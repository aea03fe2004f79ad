import type { CloudService } from '../../contracts/cloud-service.ts';
import type { HealthPlan } from '../../contracts/health-plan.ts';
import type { HealthMemory, PlaceChecked, Problem } from '../../contracts/health.ts';
import { worstOf } from '../../contracts/health.ts';
import { Fault, isFault } from '../../contracts/faults.ts';
import { migrationEnded } from '../../domain/migration-status.ts';
import { daysGone, serviceName, serviceProblems } from '../../domain/health/service-problems.ts';
import {
  listComputeServices,
  listHypervisors,
  listMigrations,
  listNetworkAgents,
  listServers,
  listVolumeServices,
} from '../../systems/openstack/index.ts';
import type { CloudPool } from '../servers/cloud-pool.ts';

/** Milliseconds: migrations whose record has not changed for longer are not asked for. */
const migrationsOf = 30 * 24 * 3600_000;

/** Never throws for what is wrong with the cloud; a list that it does not give is a finding of its own. */
export async function checkCloud(
  plan: HealthPlan,
  memory: HealthMemory | undefined,
  clouds: CloudPool,
  signal: AbortSignal,
): Promise<PlaceChecked> {
  const began = Date.now();
  const name = plan.cloud ?? '';
  const where = `cloud ${name}`;
  const problems: Problem[] = [];
  const ask = async <T>(what: string, look: () => Promise<readonly T[]>): Promise<readonly T[]> => {
    try {
      return await look();
    } catch (error) {
      signal.throwIfAborted();
      problems.push(refused(where, what, error));
      return [];
    }
  };
  const session = await Promise.resolve()
    .then(async () => {
      const found = clouds.get(name).session;
      await found.token(signal);
      return found;
    })
    .catch((error: unknown) => {
      signal.throwIfAborted();
      return error as Error;
    });
  if (session instanceof Error || isFault(session)) {
    const unreachable: Problem = {
      id: `services/${where}/unreachable`,
      check: 'services',
      verdict: 'critical',
      where,
      what: `no login: ${session.message}`,
      next: `openstack --os-cloud ${name} token issue`,
    };
    const result = { check: 'services', where, verdict: 'critical', seen: 'not looked at', blind: true } as const;
    return { where, results: [result], problems: [unreachable], tookMs: Date.now() - began };
  }

  const since = new Date(began - migrationsOf);
  const [compute, volume, network, hypervisors, endpoints, servers, migrations] = await Promise.all([
    ask('compute services', () => listComputeServices(session, signal)),
    ask('volume services', () => listVolumeServices(session, signal)),
    ask('network agents', () => listNetworkAgents(session, signal)),
    ask('hypervisors', () => listHypervisors(session, signal)),
    ask('API endpoints', () => session.askEndpoints(signal)),
    ask('servers', () => listServers(session, { allProjects: true, signal })),
    ask('migrations', async () =>
      (await listMigrations(session, { changedSince: since, signal })).filter(({ status }) => !migrationEnded(status)),
    ),
  ]);
  const services = [...compute, ...volume, ...network];
  const expected = expectedServices(plan, memory, where, [compute, volume, network], problems, began);
  const found = serviceProblems(
    name,
    { services, hypervisors, endpoints, servers, migrations },
    plan.thresholds,
    expected,
    began,
  );
  if (plan.baselineProblem !== undefined)
    problems.push({
      ...{ id: `services/${where}/baseline`, check: 'services', verdict: 'unknown', where, what: plan.baselineProblem },
      next: 'stackhand health baseline --out health-baseline.yaml',
    });
  const all = [...problems, ...found];
  const up = services.filter((service) => service.up && service.enabled).length;
  const seen = `${String(up)} of ${String(services.length)} services up, ${String(servers.length)} servers`;
  return {
    where,
    results: [{ check: 'services', where, verdict: worstOf(all.map(({ verdict }) => verdict)), seen }],
    problems: all,
    services: services.map(serviceName),
    tookMs: Date.now() - began,
  };
}

/** Where a list was not to be had, nothing of it counts as gone. */
function expectedServices(
  { baseline }: HealthPlan,
  memory: HealthMemory | undefined,
  where: string,
  lists: readonly (readonly CloudService[])[],
  problems: readonly Problem[],
  now: number,
): ReadonlySet<string> {
  const recently = now - daysGone * 24 * 3600_000;
  const remembered = Object.entries(memory?.services[where] ?? {}).filter(([, at]) => at >= recently);
  const all = [...(baseline?.services ?? []), ...remembered.map(([name]) => name)];
  const blind = (prefix: RegExp, what: string): ((name: string) => boolean) =>
    problems.some(({ id }) => id.endsWith(`/unchecked/${what}`)) ? (name) => prefix.test(name) : () => false;
  const unknown = [
    blind(/^nova-/, 'compute services'),
    blind(/^cinder-/, 'volume services'),
    blind(/^(?!nova-|cinder-)/, 'network agents'),
  ];
  return new Set(lists.length === 0 ? [] : all.filter((name) => !unknown.some((each) => each(name))));
}

function refused(where: string, what: string, error: unknown): Problem {
  // A cloud without volumes has no such service, and that is no finding.
  const missing = error instanceof Fault && error.type === 'CloudServiceMissing';
  return {
    id: `services/${where}/unchecked/${what}`,
    check: 'services',
    verdict: missing ? 'warning' : 'unknown',
    where,
    what: `its ${what} could not be listed: ${(error as Error).message}`,
    next: 'stackhand doctor',
  };
}
