import { verdictCodes } from '../../contracts/health.ts';
import type { Finding, HealthReport } from '../../contracts/health.ts';
import { countsByVerdict } from '../../domain/health/counts-text.ts';
import { looked, sortFindings, together } from './health-words.ts';
import { cut, oneLine } from './text.ts';

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
    code: verdictCodes[verdict],
  };
}

/** The line of one that can't tell, and why. */
export const nagiosUnknown = (why: string): string =>
  `STACKHAND UNKNOWN - ${cut(oneLine(why.replace(/\s+/g, ' ')), 300).replaceAll('|', '/')}`;

// What follows a bar is read as figures.
const nameOf = ({ where, what }: Finding): string =>
  cut(oneLine(`${where}: ${what}`), columnsEach).replaceAll('|', '/');
