import type {
  CheckResult,
  Finding,
  HealthCounts,
  HealthMemory,
  HealthReport,
  Problem,
  RememberedFinding,
  Verdict,
} from '../../contracts/health.ts';
import { verdicts, worstOf } from '../../contracts/health.ts';

/** What one run saw, in all places. */
export interface Seen {
  readonly operation: string;
  readonly scope: string;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly results: readonly CheckResult[];
  readonly problems: readonly Problem[];
}

/** Runs that the history keeps. */
const historyKept = 60;
/** Days that a report shows of its history. */
const historyShown = 30;

/**
 * What is new, what is still there, what has ended since the run that is remembered. `alarmOf` makes a short id of a
 * text. A place that was not looked at this time, or could not be, resolves nothing: what was wrong there still is.
 */
export function compare(
  seen: Seen,
  before: HealthMemory | undefined,
  alarmOf: (text: string) => string,
): { readonly report: HealthReport; readonly remembered: Pick<HealthMemory, 'findings' | 'history' | 'fresh'> } {
  const known = new Map((before?.findings ?? []).map((finding) => [finding.id, finding]));
  const now = new Map<string, Finding>();
  for (const problem of seen.problems) {
    const old = known.get(problem.id);
    const since = old?.since ?? seen.startedAt;
    const alarm = old?.alarm ?? alarmOf(`${problem.id}/${String(since)}`);
    const difference =
      old === undefined ? 'new' : badness(problem.verdict) > badness(old.verdict) ? 'worse' : 'still there';
    const untold = old?.untold === true ? { untold: true as const } : {};
    now.set(problem.id, { ...problem, difference, since, alarm, ...untold });
  }
  // Whatever was seen of a host, it was reached.
  const placesOf = (results: readonly CheckResult[]): Set<string> =>
    new Set(results.flatMap((result) => [placeOf(result), reached(result.where)]));
  const looked = placesOf(seen.results.filter(({ blind }) => blind !== true));
  const ended = [...known.values()].filter(({ id }) => !now.has(id));
  const resolved = ended.filter((finding) => looked.has(placeOf(finding)));
  const unseen = ended.filter((finding) => !looked.has(placeOf(finding)));
  // Places of this run that could not be looked at; those that were not asked for are only remembered.
  const asked = placesOf(seen.results);
  const carried = unseen
    .filter((finding) => asked.has(placeOf(finding)))
    .map((finding): Finding => ({ ...finding, what: unverified(finding.what), difference: 'still there' }));

  const findings = [
    ...[...now.values(), ...carried].sort(byUrgency),
    ...resolved.map((finding): Finding => ({ ...finding, difference: 'resolved' })),
  ];
  const open = findings.filter(({ difference, known: reason }) => difference !== 'resolved' && reason === undefined);
  const verdict = worstOf(open.map((finding) => finding.verdict));
  const counts = count(findings);
  const run = { operation: seen.operation, at: seen.startedAt, verdict, counts };
  const history = [run, ...(before?.history ?? []).filter(({ operation }) => operation !== seen.operation)];
  return {
    report: {
      ...pick(seen),
      verdict,
      counts,
      findings,
      elsewhere: unseen.filter((finding) => !asked.has(placeOf(finding)) && finding.known === undefined).length,
      ...(before === undefined ? {} : { comparedWith: { operation: before.operation, at: before.at } }),
      history: history.slice(0, historyShown),
    },
    remembered: {
      fresh: findings.filter(isFresh).map(({ id }) => id),
      findings: [...[...now.values()].map(remembered), ...unseen],
      history: history.slice(0, historyKept),
    },
  };
}

const pick = ({ operation, scope, startedAt, endedAt, results }: Seen) => ({
  operation,
  scope,
  startedAt,
  endedAt,
  results,
});

/** What people have not been told of yet. */
export const isFresh = ({ difference, untold, known }: Finding): boolean =>
  known === undefined &&
  (difference === 'new' || difference === 'worse' || (difference === 'still there' && untold === true));

const mark = ' (not looked at this time)';
const unverified = (what: string): string => (what.endsWith(mark) ? what : `${what}${mark}`);

const remembered = ({ id, check, where, what, verdict, since, alarm, known }: Finding): RememberedFinding => ({
  id,
  check,
  where,
  what,
  verdict,
  since,
  alarm,
  ...(known === undefined ? {} : { known }),
});

const reached = (where: string): string => `reached ${where}`;
const placeOf = ({
  id,
  check,
  where,
}: {
  readonly id?: string;
  readonly check: string;
  readonly where: string;
}): string => (id?.endsWith('/unreachable') === true ? reached(where) : `${check} ${where}`);
const badness = (verdict: Verdict): number => verdicts.indexOf(verdict);

/** The worst first, what is known last; among equals the newest. */
function byUrgency(one: Finding, other: Finding): number {
  return (
    Number(one.known !== undefined) - Number(other.known !== undefined) ||
    badness(other.verdict) - badness(one.verdict) ||
    other.since - one.since ||
    (one.id < other.id ? -1 : 1)
  );
}

function count(findings: readonly Finding[]): HealthCounts {
  const open = findings.filter(({ difference }) => difference !== 'resolved');
  const told = open.filter(({ known }) => known === undefined);
  const of = (verdict: Verdict): number => told.filter((finding) => finding.verdict === verdict).length;
  return {
    new: told.filter(({ difference }) => difference === 'new' || difference === 'worse').length,
    stillThere: told.filter(({ difference }) => difference === 'still there').length,
    resolved: findings.length - open.length,
    critical: of('critical'),
    warning: of('warning'),
    unknown: of('unknown'),
    known: open.length - told.length,
  };
}
