import type { Finding, HealthReport } from '../../contracts/health.ts';

/** What people are told of a run. */
export interface News {
  readonly event: 'health' | 'recovered';
  readonly message: string;
}

/** Milliseconds: a nightly check is not to miss its day for having begun a moment earlier than the last. */
const slack = 10 * 60_000;

/** Findings that a message names; the report has them all. */
const named = 10;

/** Whether people are to hear of its end: not of what was known all along; of what they were told, whatever it became. */
export const isToTell = ({ known, toldAt }: Pick<Finding, 'known' | 'toldAt'>): boolean =>
  known === undefined || toldAt !== undefined;

/**
 * Nothing where nothing has changed: the same alarm is not told twice, unless it is to be recalled after so many seconds.
 * Each finding comes with its alarm id, which is the same from its first sight to its end. `about` are the ids of what is
 * there and told.
 */
export function newsOf(
  { findings, startedAt, verdict, elsewhere = 0 }: HealthReport,
  remindAfter: number | undefined,
): { readonly news?: News; readonly about: readonly string[] } {
  const open = findings.filter(({ known, difference }) => known === undefined && difference !== 'resolved');
  const ended = findings.filter((finding) => finding.difference === 'resolved' && isToTell(finding));
  const fresh = open.filter(({ toldAt }) => toldAt === undefined);
  const due = open.filter(
    ({ toldAt }) =>
      toldAt !== undefined && remindAfter !== undefined && startedAt - toldAt + slack >= remindAfter * 1000,
  );
  const about = [...fresh, ...due].map(({ id }) => id);
  if (about.length + ended.length === 0) return { about };
  const worse = fresh.filter(({ difference }) => difference === 'worse');
  const lines = [
    ...list('worse', worse),
    ...list(
      'new',
      fresh.filter((finding) => !worse.includes(finding)),
    ),
    ...list('still there', due),
    ...list('resolved', ended),
  ];
  const others = elsewhere === 0 ? '' : ` ${String(elsewhere)} more elsewhere were not looked at.`;
  const well = elsewhere === 0 ? 'All is well.' : 'Nothing is wrong of what was looked at.';
  const rest =
    open.length === 0
      ? well
      : `${String(open.length)} ${open.length === 1 ? 'finding is' : 'findings are'} there in all.`;
  return {
    news: {
      event: open.length + elsewhere === 0 ? 'recovered' : 'health',
      message: [`Health: ${verdict}. ${rest}${others}`, ...lines].join('\n'),
    },
    about,
  };
}

function list(title: string, findings: readonly Finding[]): string[] {
  const lines = findings
    .slice(0, named)
    .map(({ verdict, where, what, alarm }) => `${title}: ${verdict}: ${where}: ${what.slice(0, 200)} [${alarm}]`);
  return findings.length > named ? [...lines, `${title}: and ${String(findings.length - named)} more`] : lines;
}
