import type { Leftovers } from '../../contracts/cloud-service.ts';
import type { HealthPlan } from '../../contracts/health-plan.ts';
import type { HealthMemory, PlaceChecked, Problem } from '../../contracts/health.ts';
import { worstOf } from '../../contracts/health.ts';
import { isFault } from '../../contracts/faults.ts';
import { quoteAll } from '../../domain/quote.ts';
import type { Migration } from '../../contracts/server.ts';
import { migrationEnded, openMigrationStatuses } from '../../domain/migration-status.ts';
import { cloudPlace } from '../../domain/health/places.ts';
import { notLookedAt, problemsAt, unreachable } from '../../domain/health/problem.ts';
import { daysGone, goneKind, listOf, serviceName, serviceProblems } from '../../domain/health/service-problems.ts';
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
import { placementLeftovers } from './placement-leftovers.ts';
import { deadlineOf } from './patience.ts';

/** Milliseconds: of those that have ended, migrations whose record has not changed for longer are not asked for. */
const migrationsOf = 30 * 24 * 3600_000;

/** Those of the last weeks; and those that have not ended, or wait to be confirmed, however old they are. */
async function listOpenMigrations(session: Session, since: Date, signal: AbortSignal): Promise<Migration[]> {
  const lists = await Promise.all([
    listMigrations(session, { changedSince: since, signal }),
    ...[...openMigrationStatuses, 'finished'].map((status) => listMigrations(session, { status, signal })),
  ]);
  return [...new Map(lists.flat().map((migration) => [migration.uuid, migration])).values()];
}

const noLeftovers: Leftovers = { allocations: [], providers: [], unseen: false };

/** Never throws for what is wrong with the cloud; a list that it does not give is a finding of its own. */
export async function checkCloud(
  plan: HealthPlan,
  memory: HealthMemory | undefined,
  clouds: CloudPool,
  cancelled: AbortSignal,
): Promise<PlaceChecked> {
  const began = Date.now();
  const deadline = deadlineOf(plan.hostTimeout, cancelled);
  const { signal } = deadline;
  const name = plan.cloud ?? '';
  const where = cloudPlace(name);
  const problem = problemsAt('services', where);
  let session: Session;
  try {
    ({ session } = clouds.get(name));
    await session.token(signal);
  } catch (error) {
    cancelled.throwIfAborted();
    const next = quoteAll(['openstack', '--os-cloud', name, 'token', 'issue']);
    return {
      where,
      results: [notLookedAt('services', where, 'critical')],
      problems: [problem(unreachable, 'critical', `no login: ${deadline.why(error)}`, { next })],
    };
  }

  const problems: Problem[] = [];
  const refused = new Set<CloudList>();
  const ask = async <T>(what: CloudList, none: T, look: () => Promise<T>): Promise<T> => {
    try {
      return await look();
    } catch (error) {
      cancelled.throwIfAborted();
      const missing = isFault(error) && error.type === 'CloudServiceMissing';
      if (missing && optional.has(what)) return none;
      refused.add(what);
      const verdict = missing ? 'warning' : 'unknown';
      const why = `its ${what} could not be listed: ${deadline.why(error)}`;
      problems.push(problem(`unchecked/${what}`, verdict, why, { next: 'stackhand doctor' }));
      return none;
    }
  };
  const since = new Date(began - migrationsOf);
  const [compute, volume, network, hypervisors, endpoints, servers, migrations] = await Promise.all([
    ask('compute services', [], () => listComputeServices(session, signal)),
    ask('volume services', [], () => listVolumeServices(session, signal)),
    ask('network agents', [], () => listNetworkAgents(session, signal)),
    ask('hypervisors', [], () => listHypervisors(session, signal)),
    ask('API endpoints', [], () => session.askEndpoints(signal)),
    ask('servers', [], () => listServers(session, { allProjects: true, signal })),
    ask('migrations', [], () => listOpenMigrations(session, since, signal)),
  ]);
  // Against the servers, migrations and hypervisors there are, which have to be known for it.
  const known = (['servers', 'migrations', 'hypervisors'] as const).every((what) => !refused.has(what));
  if (!known) refused.add('leftovers in Placement');
  const leftovers = known
    ? await ask('leftovers in Placement', noLeftovers, () =>
        placementLeftovers(session, { servers, migrations, hypervisors }, signal),
      )
    : noLeftovers;
  const services = [...compute, ...volume, ...network];
  const unseen = [...refused].map((what) => kinds[what]);
  const { expected, expired } = expectedServices(plan, memory?.services[where] ?? {}, unseen);
  const found = serviceProblems(
    name,
    {
      ...{ services, hypervisors, endpoints, servers, leftovers },
      migrations: migrations.filter(({ status }) => !migrationEnded(status)),
    },
    plan.thresholds,
    expected,
    began,
  );
  if (plan.baselineProblem !== undefined)
    problems.push(
      problem('baseline', 'unknown', plan.baselineProblem, {
        next: 'stackhand health baseline --out health-baseline.yaml',
      }),
    );
  const all = [...problems, ...found.problems];
  const hidden = [...unseen, ...found.unseen, ...(leftovers.unseen ? [kinds['leftovers in Placement']] : [])];
  const up = services.filter((service) => service.up && service.enabled).length;
  const seen = `${String(up)} of ${String(services.length)} services up, ${String(servers.length)} servers`;
  return {
    where,
    results: [
      {
        ...{ check: 'services', where, verdict: worstOf(all.map(({ verdict }) => verdict)), seen },
        ...(hidden.length === 0 ? {} : { unseen: hidden }),
        ...(expired.length === 0 ? {} : { expired: expired.map((name) => problem(goneKind(name), 'critical', '').id) }),
      },
    ],
    problems: all,
    services: services.map(serviceName),
    ...(expired.length === 0 ? {} : { expired }),
  };
}

/** What the cloud is asked for, and how the kinds of findings about it begin. */
const kinds = {
  'compute services': 'compute/',
  'volume services': 'volume/',
  'network agents': 'network/',
  hypervisors: 'hypervisor/',
  'API endpoints': 'endpoint/',
  servers: 'server/',
  migrations: 'migration/',
  'leftovers in Placement': 'placement/',
} as const;
type CloudList = keyof typeof kinds;

/** Not every cloud has volumes, or shows its Placement. Services that it had are told as gone. */
const optional: ReadonlySet<CloudList> = new Set(['volume services', 'leftovers in Placement']);

/**
 * What has to be there: what the baseline names, and what one of the checks of the last days saw. Where a list was
 * refused, nothing of it counts as gone. `expired` are those that were gone for so long that nobody expects them.
 */
function expectedServices(
  { baseline }: HealthPlan,
  lastSeen: Readonly<Record<string, number>>,
  unseen: readonly string[],
): { readonly expected: ReadonlySet<string>; readonly expired: readonly string[] } {
  const listed = (name: string): boolean => !unseen.includes(`${listOf(name)}/`);
  // By the last check, and not by now: what vanished while no check was made is told all the same.
  const since = Math.max(0, ...Object.values(lastSeen)) - daysGone * 24 * 3600_000;
  const remembered = Object.keys(lastSeen);
  const named = baseline?.services ?? [];
  return {
    expected: new Set([...named, ...remembered.filter((name) => (lastSeen[name] ?? 0) >= since)].filter(listed)),
    expired: remembered.filter((name) => listed(name) && (lastSeen[name] ?? 0) < since && !named.includes(name)),
  };
}
