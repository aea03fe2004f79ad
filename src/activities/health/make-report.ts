import { createHash } from 'node:crypto';
import type { HealthPlan } from '../../contracts/health-plan.ts';
import type {
  CheckResult,
  HealthCheckKind,
  HealthCounts,
  HealthMemory,
  HealthReport,
  HostMemory,
  PlaceChecked,
  Verdict,
} from '../../contracts/health.ts';
import { worstOf } from '../../contracts/health.ts';
import { compare } from '../../domain/health/compare.ts';
import { markKnown } from '../../domain/health/known-issues.ts';
import { notLookedAt, problemsAt } from '../../domain/health/problem.ts';
import { roleProblems } from '../../domain/health/role-problems.ts';
import { newsOf } from '../../domain/health/news.ts';
import type { News } from '../../domain/health/news.ts';
import type { HealthStore } from './store.ts';

/** A place whose check itself failed: no worker at its site, a worker that died too often. */
export interface NotChecked {
  readonly where: string;
  readonly role?: string;
  readonly checks: readonly HealthCheckKind[];
  readonly why: string;
}

export interface HealthConcluded {
  readonly verdict: Verdict;
  readonly counts: HealthCounts;
  /** What people are to be told; absent where nothing has changed. */
  readonly news?: News;
}

/** The report of a run, and what the next one will compare with: kept, so that both are there before anything counts as seen. */
export async function makeReport(
  plan: HealthPlan,
  run: Pick<HealthReport, 'scope' | 'startedAt' | 'endedAt'>,
  notChecked: readonly NotChecked[],
  store: HealthStore,
  remindAfter: number | undefined,
): Promise<HealthConcluded> {
  const [places, before] = await Promise.all([store.places(plan.operation), store.memory(plan.comparesWith)]);
  const missed = notChecked.map(unlooked);
  const roles = [...rolesOf(plan, places), ...memoryOf(plan, before)];
  const day = new Date(run.startedAt).toISOString().slice(0, 10);
  const problems = [...places, ...missed, ...roles].flatMap((place) => place.problems);
  const { report, remembered } = compare(
    {
      ...run,
      operation: plan.operation,
      results: once([...places, ...missed, ...roles].flatMap(({ results }) => results)),
      problems: markKnown(problems, plan.knownIssues, day),
    },
    before,
    (text) => createHash('sha256').update(text).digest('hex').slice(0, 12),
  );
  const memory: HealthMemory = {
    operation: plan.operation,
    at: run.startedAt,
    hosts: hostsAfter(before, places),
    services: servicesAfter(before, places, run.startedAt),
    ...(before?.toldAt === undefined ? {} : { toldAt: before.toldAt }),
    ...remembered,
  };
  await store.keepReport(report, memory);
  const news = newsOf(report, { toldAt: before?.toldAt, remindAfter });
  return { verdict: report.verdict, counts: report.counts, ...(news === undefined ? {} : { news }) };
}

/** Each host of a cluster tells of all of it. */
const once = (results: readonly CheckResult[]): CheckResult[] => {
  const key = ({ check, where }: CheckResult): string => `${check} ${where}`;
  const blindFirst = [...results].sort((one, other) => Number(other.blind === true) - Number(one.blind === true));
  const last = new Map(blindFirst.map((result) => [key(result), result]));
  return results.filter((result) => last.get(key(result)) === result);
};

function unlooked({ where, role, checks, why }: NotChecked): PlaceChecked {
  const problem = problemsAt(checks[0] ?? 'hosts', where)('unchecked', 'unknown', `it could not be checked: ${why}`, {
    next: 'stackhand doctor',
  });
  const results = checks.map((check) => ({ ...notLookedAt(check, where), ...(role === undefined ? {} : { role }) }));
  return { where, results, problems: [problem] };
}

/** A damaged memory is told, and once it is whole again, that. */
function memoryOf({ memoryProblem }: HealthPlan, before: HealthMemory | undefined): PlaceChecked[] {
  const where = 'records';
  const problem = problemsAt('hosts', where)(
    'memory',
    'unknown',
    `what the last check remembered is damaged, so this one is compared with one before it: ${memoryProblem ?? ''}`,
  );
  if (memoryProblem === undefined && before?.findings.some(({ id }) => id === problem.id) !== true) return [];
  const verdict = memoryProblem === undefined ? 'ok' : 'unknown';
  return [
    {
      where,
      results: [{ check: 'hosts', where, verdict, seen: 'the memory of checks' }],
      problems: memoryProblem === undefined ? [] : [problem],
    },
  ];
}

/** What is only seen over all hosts of a role, as a place of its own. */
function rolesOf(plan: HealthPlan, places: readonly PlaceChecked[]): PlaceChecked[] {
  if (!plan.checks.includes('containers')) return [];
  const withContainers = plan.hosts.filter(({ runtime, role }) => runtime !== 'none' && !plan.partRoles.includes(role));
  return [...new Set(withContainers.map(({ role }) => role))].map((role) => {
    const names = withContainers.filter((host) => host.role === role).map(({ target }) => target.name);
    const hosts = names.map((name) => places.find((place) => place.role === role && place.where === name));
    const problems = roleProblems(role, hosts, plan);
    const where = `role ${role}`;
    const looked = hosts.filter((host) => host?.images !== undefined).length;
    const result: CheckResult = {
      check: 'containers',
      where,
      role,
      verdict: worstOf([
        ...problems.map(({ verdict }) => verdict),
        ...(looked < names.length ? ['unknown' as const] : []),
      ]),
      seen: `${String(looked)} of ${String(names.length)} hosts`,
      ...(looked < names.length ? { blind: true } : {}),
    };
    return { where, role, results: [result], problems };
  });
}

/** Where a check saw nothing, what was remembered stays. */
function hostsAfter(before: HealthMemory | undefined, places: readonly PlaceChecked[]): HealthMemory['hosts'] {
  const hosts: Record<string, HostMemory> = { ...before?.hosts };
  for (const { where, memory } of places)
    if (memory !== undefined) hosts[where] = { ...(hosts[where] ?? { logs: {}, restarts: {} }), ...memory };
  return hosts;
}

function servicesAfter(
  before: HealthMemory | undefined,
  places: readonly PlaceChecked[],
  at: number,
): HealthMemory['services'] {
  const all: Record<string, Record<string, number>> = { ...before?.services };
  for (const { where, services } of places)
    if (services !== undefined)
      all[where] = { ...all[where], ...Object.fromEntries(services.map((name) => [name, at])) };
  return all;
}
