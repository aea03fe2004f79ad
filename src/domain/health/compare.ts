import type {
  Finding,
  HealthCounts,
  HealthMemory,
  HealthReport,
  HealthRun,
  Known,
  Problem,
  RememberedFinding,
  Verdict,
} from '../../contracts/health.ts';
import { worstOf } from '../../contracts/health.ts';
import type { KnownIssues } from './known-issues.ts';
import { lookBy } from './look.ts';
import type { Look } from './look.ts';
import { isToTell } from './news.ts';
import { badness, worstFirst } from './order.ts';
import { placeOf } from './problem.ts';

/** What one run saw, in all places. */
export type Seen = Pick<HealthReport, 'operation' | 'scope' | 'checks' | 'startedAt' | 'endedAt' | 'results'> & {
  readonly problems: readonly Problem[];
};

export interface ComparedBy {
  /** A short id of a text. */
  readonly alarmOf: (text: string) => string;
  readonly known: KnownIssues;
  /** As in the plan: what the config has checked at large. */
  readonly places: ReadonlySet<string>;
}

/** Runs of one kind that the history keeps, and runs in all. */
const historyKept = { ofAKind: 60, inAll: 500 };
/** Runs that a report shows of its history. */
const historyShown = 30;

/**
 * What is new, what is still there, what has ended since the run that is remembered. A place that was not looked at this
 * time, or could not be, resolves nothing: what was wrong there still is.
 */
export function compare(
  seen: Seen,
  before: HealthMemory | undefined,
  { alarmOf, known, places }: ComparedBy,
): { readonly report: HealthReport; readonly remembered: Pick<HealthMemory, 'findings' | 'history'> } {
  const remembered = new Map((before?.findings ?? []).map((finding) => [finding.id, finding]));
  const there = seen.problems.map((problem): Finding => {
    const old = remembered.get(problem.id);
    const since = old?.since ?? seen.startedAt;
    const difference =
      old === undefined ? 'new' : badness(problem.verdict) > badness(old.verdict) ? 'worse' : 'still there';
    const now = known.of(problem);
    return {
      ...withKnown(problem, now),
      difference,
      since,
      alarm: old?.alarm ?? alarmOf(`${problem.id}/${String(since)}`),
      ...(old === undefined ? {} : toldOnce(old, problem.verdict, now)),
    };
  });

  const found = new Set(there.map(({ id }) => id));
  const expired = new Set(seen.results.flatMap((result) => result.expired ?? []));
  const others = [...remembered.values()]
    .filter(({ id }) => !found.has(id))
    .map((finding): RememberedFinding => {
      const now = known.still(finding);
      const { toldAt: _, ...rest } = withKnown(finding, now);
      return { ...rest, ...toldOnce(finding, finding.verdict, now) };
    });
  const look = lookBy(seen.results);
  const became = (finding: RememberedFinding): Look | 'dropped' =>
    !places.has(placeOf(finding)) ? 'dropped' : finding.ended === true ? 'over' : look(finding);
  const states = others.map((finding) => ({ finding, state: became(finding) }));
  const those = (wanted: Look | 'dropped'): RememberedFinding[] =>
    states.flatMap(({ finding, state }) => (state === wanted ? [finding] : []));
  const [hidden, elsewhere] = [those('unseen'), those('not asked')];
  const ended = [
    ...those('over').map((finding) => ({ finding, why: expired.has(finding.id) ? ' (no longer expected)' : '' })),
    ...those('dropped').map((finding) => ({ finding, why: ' (no longer checked)' })),
  ];

  const findings = [
    ...[
      ...there,
      ...hidden.map((finding): Finding => ({ ...finding, what: unverified(finding.what), difference: 'still there' })),
    ].sort(worstFirst),
    ...ended.map(({ finding: { ended: _, ...finding }, why }): Finding => ({
      ...finding,
      what: `${finding.what}${why}`,
      difference: 'resolved',
    })),
  ];
  const wrong = findings.filter((finding) => finding.difference !== 'resolved' && finding.known === undefined);
  const verdict = worstOf(wrong.map((finding) => finding.verdict));
  const counts = count(findings);
  const { operation, scope, checks, startedAt, endedAt, results } = seen;
  const run: HealthRun = { operation, at: startedAt, scope, checks, verdict, counts };
  const history = [run, ...(before?.history ?? []).filter((each) => each.operation !== operation)];
  const alike = history.filter((each) => kindOfRun(each) === kindOfRun(run));
  return {
    report: {
      ...{ operation, scope, checks, startedAt, endedAt, results },
      ...{ verdict, counts, findings },
      elsewhere: elsewhere.filter((finding) => finding.known === undefined).length,
      ...(before === undefined ? {} : { comparedWith: { operation: before.operation, at: before.at } }),
      history: alike.slice(0, historyShown),
    },
    remembered: {
      findings: [
        ...there.map(toRemember),
        ...hidden,
        ...elsewhere,
        // Gone from the memory once people are told.
        ...ended.flatMap(({ finding }) =>
          isToTell(finding) ? [{ ...toRemember(finding), ended: true as const }] : [],
        ),
      ],
      history: history
        .filter((each) => kindOfRun(each) !== kindOfRun(run) || alike.indexOf(each) < historyKept.ofAKind)
        .slice(0, historyKept.inAll),
    },
  };
}

const kindOfRun = ({ scope, checks }: HealthRun): string => [scope, ...[...checks].sort()].join(' ');

const withKnown = <T extends { readonly known?: Known }>(finding: T, known: Known | undefined): T => {
  const { known: _, ...rest } = finding;
  return { ...rest, ...(known === undefined ? {} : { known }) } as T;
};

/** People are told anew of what got worse, and of what is no longer known as nothing to act on. */
const toldOnce = (old: RememberedFinding, verdict: Verdict, known: Known | undefined): { readonly toldAt?: number } =>
  old.toldAt === undefined ||
  badness(verdict) > badness(old.verdict) ||
  (old.known !== undefined && known === undefined)
    ? {}
    : { toldAt: old.toldAt };

const mark = ' (not looked at this time)';
const unverified = (what: string): string => (what.endsWith(mark) ? what : `${what}${mark}`);

function toRemember(finding: RememberedFinding): RememberedFinding {
  const { id, check, where, what, verdict, since, alarm, known, logs, toldAt } = finding;
  return {
    ...{ id, check, where, what, verdict, since, alarm },
    ...(known === undefined ? {} : { known }),
    ...(logs === undefined ? {} : { logs }),
    ...(toldAt === undefined ? {} : { toldAt }),
  };
}

function count(findings: readonly Finding[]): HealthCounts {
  const open = findings.filter(({ difference }) => difference !== 'resolved');
  const wrong = open.filter(({ known }) => known === undefined);
  const of = (verdict: Verdict): number => wrong.filter((finding) => finding.verdict === verdict).length;
  return {
    new: wrong.filter(({ difference }) => difference === 'new' || difference === 'worse').length,
    stillThere: wrong.filter(({ difference }) => difference === 'still there').length,
    resolved: findings.length - open.length,
    critical: of('critical'),
    warning: of('warning'),
    unknown: of('unknown'),
    known: open.length - wrong.length,
  };
}
