import type { HealthPlan } from '../../contracts/health-plan.ts';
import type { HealthMemory, PlaceChecked, Problem } from '../../contracts/health.ts';
import { worstOf } from '../../contracts/health.ts';
import { isFault } from '../../contracts/faults.ts';
import { migrationEnded } from '../../domain/migration-status.ts';
import { notLookedAt, problemsAt } from '../../domain/health/problem.ts';
import { daysGone, serviceName, serviceProblems } from '../../domain/health/service-problems.ts';
import {
  listComputeServices,
  listHypervisors,
  listMigrations,
  listNetworkAgents,
  listServers,
  listVolumeServices,
} from '../../systems/openstack/index.ts';
import type { Session } from '../../systems/openstack/index.ts';
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
  const problem = problemsAt('services', where);
  let session: Session;
  try {
    ({ session } = clouds.get(name));
    await session.token(signal);
  } catch (error) {
    signal.throwIfAborted();
    const next = `openstack --os-cloud ${name} token issue`;
    return {
      where,
      results: [notLookedAt('services', where, 'critical')],
      problems: [problem('unreachable', 'critical', `no login: ${(error as Error).message}`, { next })],
    };
  }

  const problems: Problem[] = [];
  const refused = new Set<string>();
  const ask = async <T>(what: string, look: () => Promise<readonly T[]>): Promise<readonly T[]> => {
    try {
      return await look();
    } catch (error) {
      signal.throwIfAborted();
      refused.add(what);
      // A cloud may have no such service; one that does not tell of it is another matter.
      const verdict = isFault(error) && error.type === 'CloudServiceMissing' ? 'warning' : 'unknown';
      const why = `its ${what} could not be listed: ${(error as Error).message}`;
      problems.push(problem(`unchecked/${what}`, verdict, why, { next: 'stackhand doctor' }));
      return [];
    }
  };
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
  const found = serviceProblems(
    name,
    { services, hypervisors, endpoints, servers, migrations },
    plan.thresholds,
    expectedServices(plan, memory?.services[where] ?? {}, refused, began),
    began,
  );
  if (plan.baselineProblem !== undefined)
    problems.push(
      problem('baseline', 'unknown', plan.baselineProblem, {
        next: 'stackhand health baseline --out health-baseline.yaml',
      }),
    );
  const all = [...problems, ...found];
  const up = services.filter((service) => service.up && service.enabled).length;
  const seen = `${String(up)} of ${String(services.length)} services up, ${String(servers.length)} servers`;
  return {
    where,
    results: [{ check: 'services', where, verdict: worstOf(all.map(({ verdict }) => verdict)), seen }],
    problems: all,
    services: services.map(serviceName),
  };
}

/** Names of the services of each list. */
const lists: Readonly<Record<string, RegExp>> = {
  'compute services': /^nova-/,
  'volume services': /^cinder-/,
  'network agents': /^(?!nova-|cinder-)/,
};

/** Where a list was refused, nothing of it counts as gone. */
function expectedServices(
  { baseline }: HealthPlan,
  lastSeen: Readonly<Record<string, number>>,
  refused: ReadonlySet<string>,
  now: number,
): ReadonlySet<string> {
  const recently = now - daysGone * 24 * 3600_000;
  const remembered = Object.keys(lastSeen).filter((name) => (lastSeen[name] ?? 0) >= recently);
  const blind = Object.entries(lists).flatMap(([what, names]) => (refused.has(what) ? [names] : []));
  const all = [...(baseline?.services ?? []), ...remembered];
  return new Set(all.filter((name) => !blind.some((names) => names.test(name))));
}
