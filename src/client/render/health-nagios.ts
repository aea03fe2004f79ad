import { verdictCodes } from '../../contracts/health.ts';
import type { Finding, HealthReport, HealthStanding } from '../../contracts/health.ts';
import { formatDuration } from '../../domain/format.ts';
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

/** How things stand by all checks that counted. One that was made too long ago tells nothing any more. */
export function standingLine(
  { verdict, critical, warning, unknown, worst, oldest }: HealthStanding,
  { now, maxAge }: { readonly now: number; readonly maxAge: number },
): { line: string; code: 0 | 1 | 2 | 3 } {
  const age = formatDuration(now - oldest);
  const all = critical + warning + unknown;
  const perfdata = `critical=${String(critical)} warning=${String(warning)} unknown=${String(unknown)} age=${String(Math.round((now - oldest) / 1000))}s`;
  const late = now - oldest > maxAge * 1000;
  const rest = all > worst.length ? [`and ${String(all - worst.length)} more`] : [];
  const names = [...worst.map((text) => cut(oneLine(text), columnsEach).replaceAll('|', '/')), ...rest].join('; ');
  const there = countsByVerdict({ critical, warning, unknown }) || 'nothing is wrong';
  const said = `${there}${names === '' ? '' : `: ${names}`}`;
  return late
    ? { line: `STACKHAND UNKNOWN - the last check is ${age} old, and said: ${said} | ${perfdata}`, code: 3 }
    : {
        line: `STACKHAND ${verdict.toUpperCase()} - ${said}; checked ${age} ago | ${perfdata}`,
        code: verdictCodes[verdict],
      };
}

/** The line of one that can't tell, and why. */
export const nagiosUnknown = (why: string): string =>
  `STACKHAND UNKNOWN - ${cut(oneLine(why.replace(/\s+/g, ' ')), 300).replaceAll('|', '/')}`;

// What follows a bar is read as figures.
const nameOf = ({ where, what }: Finding): string =>
  cut(oneLine(`${where}: ${what}`), columnsEach).replaceAll('|', '/');
