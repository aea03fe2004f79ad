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
import { verdicts, worstOf } from '../../contracts/health.ts';
import { compare } from '../../domain/health/compare.ts';
import { knownIssues } from '../../domain/health/known-issues.ts';
import { memoryPlace, rolePlace } from '../../domain/health/places.ts';
import { notLookedAt, placeOf, problemsAt, unattended } from '../../domain/health/problem.ts';
import { reportable } from '../../domain/health/reportable.ts';
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
  /** Somebody could not be told by former runs. */
  readonly undelivered: boolean;
}

/** The report of a run, and what the next one will compare with: kept, so that both are there before anything counts as seen. */
export async function makeReport(
  plan: HealthPlan,
  run: Pick<HealthReport, 'scope' | 'startedAt' | 'endedAt'>,
  notChecked: readonly NotChecked[],
  store: HealthStore,
  remindAfter?: number,
): Promise<HealthConcluded> {
  const [places, before] = await Promise.all([store.places(plan.operation), memoryOfPlan(plan, store)]);
  const missed = notChecked.map(unlooked);
  const roles = [...rolesOf(plan, places), ...memoryOf(plan, before)];
  const day = new Date(run.startedAt).toISOString().slice(0, 10);
  const all = [...places, ...missed, ...roles];
  const configured = new Set(plan.places);
  const { report, remembered } = compare(
    {
      ...run,
      operation: plan.operation,
      checks: plan.checks,
      results: merged(all.flatMap(({ results }) => results)),
      problems: all.flatMap(({ problems }) => problems),
    },
    before,
    {
      alarmOf: (text) => createHash('sha256').update(text).digest('hex').slice(0, 12),
      known: knownIssues(plan.knownIssues, day),
      places: configured,
    },
  );
  const { news, about } = newsOf(report, remindAfter);
  const memory: HealthMemory = {
    operation: plan.operation,
    at: run.startedAt,
    hosts: only(configured, 'hosts', hostsAfter(before, places)),
    services: only(configured, 'services', servicesAfter(before, places, run.startedAt)),
    telling: about,
    ...(before?.undelivered === undefined ? {} : { undelivered: before.undelivered }),
    ...remembered,
  };
  await store.keepReport(report, memory);
  return {
    verdict: report.verdict,
    counts: report.counts,
    undelivered: (before?.undelivered ?? []).length > 0,
    ...(news === undefined ? {} : { news }),
  };
}

/** Of a check that was paused for long it is gone by now: then the last there is. */
async function memoryOfPlan({ readableMemory }: HealthPlan, store: HealthStore): Promise<HealthMemory | undefined> {
  return (await store.memory(readableMemory)) ?? (readableMemory === 0 ? undefined : await store.last());
}

/** Each host of a cluster tells of all of it: the worst of what those saw that could look. */
function merged(results: readonly CheckResult[]): CheckResult[] {
  const places = new Map<string, CheckResult>();
  for (const result of results) {
    const key = placeOf(result);
    const other = places.get(key);
    const better = other === undefined || weight(result) > weight(other);
    if (better) places.set(key, result);
  }
  return [...places.values()];
}

/** One that saw something before one that saw nothing, then by how bad it is. */
const weight = ({ unseen = [], verdict }: CheckResult): number =>
  (unseen.includes('') ? 0 : 10) + verdicts.indexOf(verdict);

/** What is remembered of places that are no longer checked goes. */
const only = <T>(
  places: ReadonlySet<string>,
  check: HealthCheckKind,
  remembered: Readonly<Record<string, T>>,
): Record<string, T> =>
  Object.fromEntries(Object.entries(remembered).filter(([where]) => places.has(placeOf({ check, where }))));

function unlooked({ where, role, checks, why }: NotChecked): PlaceChecked {
  const [check] = role === undefined ? checks : ['hosts' as const];
  const problem = problemsAt(check ?? 'hosts', where)(unattended, 'unknown', `it could not be checked: ${why}`, {
    next: 'stackhand doctor',
  });
  const results = checks.map((check) => ({ ...notLookedAt(check, where), ...(role === undefined ? {} : { role }) }));
  return { where, results, problems: [reportable(problem)] };
}

/** A damaged memory is told, and once it is whole again, that. */
function memoryOf({ memoryProblem }: HealthPlan, before: HealthMemory | undefined): PlaceChecked[] {
  const where = memoryPlace;
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
    const where = rolePlace(role);
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
      ...(looked < names.length ? { unseen: [''] } : {}),
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
  for (const { where, services, expired = [] } of places) {
    if (services === undefined) continue;
    const known = Object.entries(all[where] ?? {}).filter(([name]) => !expired.includes(name));
    all[where] = { ...Object.fromEntries(known), ...Object.fromEntries(services.map((name) => [name, at])) };
  }
  return all;
}
