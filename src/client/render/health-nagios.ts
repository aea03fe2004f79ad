import type { Finding, HealthReport, Verdict } from '../../contracts/health.ts';
import { countsByVerdict, looked, sortFindings, together } from './health-words.ts';
import { cut, oneLine } from './text.ts';

/** What the plug-in guidelines of Nagios make of a verdict; Icinga, Naemon and Checkmk read the same. */
export const nagiosCodes = { ok: 0, warning: 1, critical: 2, unknown: 3 } as const satisfies Record<Verdict, number>;

/** Findings that are named: a pager shows little, and some systems cut the line at 1 KiB. */
const named = 3;
const columnsEach = 120;

/** A health report as the one line and the exit code of a monitoring plug-in. */
export function nagiosLine(report: HealthReport): { line: string; code: 0 | 1 | 2 | 3 } {
  const { verdict, counts } = report;
  const wrong = together(sortFindings(report.findings).wrong);
  const there = countsByVerdict(counts);
  const rest = wrong.length > named ? [`and ${String(wrong.length - named)} more`] : [];
  const names = [...wrong.slice(0, named).map(nameOf), ...rest].join('; ');
  const summary = there === '' ? `${looked(report)}, nothing is wrong` : there;
  const perfdata = `critical=${String(counts.critical)} warning=${String(counts.warning)} unknown=${String(counts.unknown)} new=${String(counts.new)}`;
  return {
    line: `STACKHAND ${verdict.toUpperCase()} - ${summary}${names === '' ? '' : `: ${names}`} | ${perfdata}`,
    code: nagiosCodes[verdict],
  };
}

/** The line of one that can't tell, and why. */
export const nagiosUnknown = (why: string): string =>
  `STACKHAND UNKNOWN - ${cut(oneLine(why.replace(/\s+/g, ' ')), 300).replaceAll('|', '/')}`;

// What follows a bar is read as figures.
const nameOf = ({ where, what }: Finding): string =>
  cut(oneLine(`${where}: ${what}`), columnsEach).replaceAll('|', '/');
