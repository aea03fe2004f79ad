import { isFresh } from './compare.ts';
import type { Finding, HealthReport } from '../../contracts/health.ts';

/** What people are told of a run. */
export interface News {
  readonly event: 'health' | 'recovered';
  readonly message: string;
}

/** Findings that a message names; the report has them all. */
const named = 10;

/**
 * Nothing where nothing has changed: the same alarm is not told twice, unless it is to be recalled after so many seconds.
 * Each finding comes with its alarm id, which is the same from its first sight to its end.
 */
export function newsOf(
  { findings, startedAt, verdict, elsewhere = 0 }: HealthReport,
  { toldAt, remindAfter }: { readonly toldAt: number | undefined; readonly remindAfter: number | undefined },
): News | undefined {
  const told = findings.filter(({ known }) => known === undefined);
  const open = told.filter(({ difference }) => difference !== 'resolved');
  const fresh = open.filter(isFresh);
  const ended = told.filter(({ difference }) => difference === 'resolved');
  const due = remindAfter !== undefined && open.length > 0 && startedAt - (toldAt ?? 0) >= remindAfter * 1000;
  if (fresh.length + ended.length === 0 && !due) return undefined;
  const lines = [
    ...list('new', fresh),
    ...(due
      ? list(
          'still there',
          open.filter((finding) => !isFresh(finding)),
        )
      : []),
    ...list('resolved', ended),
  ];
  const others = elsewhere === 0 ? '' : ` ${String(elsewhere)} more elsewhere were not looked at.`;
  const well = elsewhere === 0 ? 'All is well.' : 'Nothing is wrong of what was looked at.';
  const rest =
    open.length === 0
      ? well
      : `${String(open.length)} ${open.length === 1 ? 'finding is' : 'findings are'} there in all.`;
  return {
    event: fresh.length > 0 || (due && open.length > 0) ? 'health' : 'recovered',
    message: [`Health: ${verdict}. ${rest}${others}`, ...lines].join('\n'),
  };
}

function list(title: string, findings: readonly Finding[]): string[] {
  const lines = findings
    .slice(0, named)
    .map(({ verdict, where, what, alarm }) => `${title}: ${verdict}: ${where}: ${what.slice(0, 200)} [${alarm}]`);
  return findings.length > named ? [...lines, `${title}: and ${String(findings.length - named)} more`] : lines;
}
