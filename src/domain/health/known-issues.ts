import type { KnownIssue } from '../../contracts/health-plan.ts';
import type { Problem } from '../../contracts/health.ts';

/** Marks what is known. `today` is 2026-11-28: an issue counts to the end of its last day. */
export function markKnown(problems: readonly Problem[], issues: readonly KnownIssue[], today: string): Problem[] {
  const valid = issues
    .filter(({ until }) => until === undefined || until >= today)
    .map(({ match, reason, until }) => ({
      matches: matcher(match),
      known: { reason, ...(until === undefined ? {} : { until }) },
    }));
  return problems.map((problem) => {
    const texts = [problem.what, ...(problem.evidence ?? []), `${problem.where}: ${problem.what}`];
    const known = valid.find(({ matches }) => texts.some(matches))?.known;
    return known === undefined ? problem : { ...problem, known };
  });
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
