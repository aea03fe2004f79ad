import type { KnownIssue } from '../../contracts/health-plan.ts';
import type { Known, Problem, RememberedFinding } from '../../contracts/health.ts';

export interface KnownIssues {
  /** Why a problem is nothing to act on; undefined where it is. */
  of(problem: Pick<Problem, 'what' | 'where' | 'evidence'>): Known | undefined;
  /** The same of one that is only remembered, whose evidence is not kept: what was known of it holds as long as its issue. */
  still(finding: RememberedFinding): Known | undefined;
}

/** Those that count today, which is 2026-11-28: an issue counts to the end of its last day. */
export function knownIssues(issues: readonly KnownIssue[], today: string): KnownIssues {
  const valid = issues
    .filter(({ until }) => until === undefined || until >= today)
    .map(({ match, reason, until }) => ({
      matches: matcher(match),
      known: { reason, ...(until === undefined ? {} : { until }) },
    }));
  const of: KnownIssues['of'] = ({ what, where, evidence = [] }) => {
    const texts = [what, ...evidence, `${where}: ${what}`];
    return valid.find(({ matches }) => texts.some(matches))?.known;
  };
  return {
    of,
    still: (finding) =>
      of(finding) ??
      valid.find(({ known: { reason, until } }) => reason === finding.known?.reason && until === finding.known.until)
        ?.known,
  };
}

function matcher(match: string): (text: string) => boolean {
  const expression = /^\/(.*)\/$/s.exec(match)?.[1];
  if (expression !== undefined) {
    const compiled = new RegExp(expression, 'i');
    return (text) => compiled.test(text);
  }
  const wanted = match.toLowerCase();
  return (text) => text.toLowerCase().includes(wanted);
}
