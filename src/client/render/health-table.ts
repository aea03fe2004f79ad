import { healthChecks } from '../../contracts/health.ts';
import type { CheckResult, Finding, HealthReport, Verdict } from '../../contracts/health.ts';
import { counted, formatDuration } from '../../domain/format.ts';
import { countsByVerdict } from '../../domain/health/counts-text.ts';
import type { Colours } from '../output.ts';
import { differenceAndAge, localMinute, looked, scopeOf, sortFindings, together } from './health-words.ts';
import { columns, cut, oneLine } from './text.ts';

export interface HealthLinesOptions {
  /** Epoch milliseconds that ages are counted to: the end of the run where nothing is said. */
  readonly now?: number;
  /** Findings that are shown, of what is wrong and of what is resolved each. */
  readonly most?: number;
  /** Columns that a line of evidence may take. */
  readonly columns?: number;
}

const indent = ' '.repeat(10);

/** A health report for a terminal: the verdict, what is wrong, what no longer is, what is known, and what is fine. */
export function healthLines(report: HealthReport, colour: Colours, options: HealthLinesOptions = {}): string[] {
  const { now = report.endedAt, most = 40 } = options;
  const sorted = sortFindings(report.findings);
  const { known } = sorted;
  const [wrong, resolved] = [together(sorted.wrong), together(sorted.resolved)];
  return [
    headline(report, colour),
    colour.dim(
      `${indent}${looked(report)}, ${scopeOf(report)}, at ${localMinute(report.startedAt)} in ${formatDuration(report.endedAt - report.startedAt)}`,
    ),
    ...section(
      wrong.slice(0, most).flatMap((finding) => findingLines(finding, now, colour, options.columns ?? 160)),
      more(wrong.length - most),
    ),
    ...section(
      resolved.slice(0, most).map((finding) => resolvedLine(finding, now, colour)),
      more(resolved.length - most),
    ),
    ...section(known.length === 0 ? [] : [knownLine(known)]),
    ...section(fineLines(report.results, colour)),
    ...section(elsewhereLine(report)),
  ];
}

/** What former checks found where this one did not look. */
const elsewhereLine = ({ elsewhere = 0 }: HealthReport): string[] =>
  elsewhere === 0
    ? []
    : [`elsewhere ${counted(elsewhere, 'finding')} of former checks, where this one was not asked to look`];

const section = (...lines: readonly (readonly string[])[]): string[] => {
  const all = lines.flat();
  return all.length === 0 ? [] : ['', ...all];
};

const more = (count: number): string[] => (count > 0 ? [`${indent}and ${String(count)} more in the whole report`] : []);

function headline({ verdict, counts, comparedWith }: HealthReport, colour: Colours): string {
  const word = colour.bold(paint(verdict, colour)(verdict.toUpperCase().padEnd(8)));
  const there = countsByVerdict(counts);
  const differences = [
    `${String(counts.new)} new`,
    `${String(counts.stillThere)} still there`,
    `${String(counts.resolved)} resolved`,
  ];
  const compared =
    comparedWith === undefined
      ? 'the first run, compared with none'
      : `${differences.join(', ')} since ${localMinute(comparedWith.at)}`;
  return `${word}  ${there === '' ? 'nothing is wrong' : there}; ${compared}`;
}

function findingLines(finding: Finding, now: number, colour: Colours, room: number): string[] {
  const { verdict, where, what, count, difference, evidence = [], next } = finding;
  const about = [differenceAndAge(finding, now), ...(count === undefined ? [] : [counted(count, 'time')])].join(', ');
  const [first] = evidence;
  const rest = evidence.length > 1 ? ` (+${counted(evidence.length - 1, 'line')})` : '';
  return [
    `${paint(verdict, colour)(verdict.toUpperCase().padEnd(8))}  ${colour.bold(oneLine(where))}: ${oneLine(what)}  ${
      difference === 'still there' ? colour.dim(`(${about})`) : colour.bold(`(${about})`)
    }`,
    ...(first === undefined
      ? []
      : [colour.dim(`${indent}${cut(oneLine(first), room - indent.length - rest.length)}${rest}`)]),
    ...(next === undefined ? [] : [`${indent}→ ${colour.cyan(oneLine(next))}`]),
  ];
}

const resolvedLine = ({ where, what, since }: Finding, now: number, colour: Colours): string =>
  `${colour.green('resolved')}  ${oneLine(where)}: ${oneLine(what)}  ${colour.dim(`(was there for ${formatDuration(now - since)})`)}`;

/** "3 known, nothing to act on: 2 new disks are ordered (until 2026-12-01), 1 is a spare". */
function knownLine(known: readonly Finding[]): string {
  const reasons = new Map<string, number>();
  for (const { known: why } of known) {
    const until = why?.until === undefined ? '' : ` (until ${oneLine(why.until)})`;
    const reason = `${oneLine(why?.reason ?? '')}${until}`;
    reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }
  const each = [...reasons].map(([reason, count]) => (known.length === 1 ? reason : `${String(count)} × ${reason}`));
  return `known     ${String(known.length)}, nothing to act on: ${each.join('; ')}`;
}

/** Places that are named where a kind of check is not fine everywhere. */
const placesNamed = 5;

function fineLines(results: readonly CheckResult[], colour: Colours): string[] {
  const rows = healthChecks.flatMap((check) => {
    const of = results.filter((result) => result.check === check);
    if (of.length === 0) return [];
    const others = of.filter(({ verdict }) => verdict !== 'ok');
    if (others.length === 0) return [[check, colour.green(`${String(of.length)} ok`)]];
    const named = others.slice(0, placesNamed).map(({ where, verdict }) => `${oneLine(where)} ${verdict}`);
    const unnamed = others.length > placesNamed ? `, and ${String(others.length - placesNamed)} more` : '';
    return [
      [
        check,
        `${String(of.length - others.length)} of ${String(of.length)} ok`,
        colour.dim(named.join(', ') + unnamed),
      ],
    ];
  });
  return columns(['', '', ''], rows).slice(1);
}

function paint(verdict: Verdict, colour: Colours): (text: string) => string {
  if (verdict === 'ok') return colour.green;
  if (verdict === 'critical') return colour.red;
  return verdict === 'warning' ? colour.yellow : colour.magenta;
}
