import type { Difference, Finding, Verdict } from '../../contracts/health.ts';
import { verdicts } from '../../contracts/health.ts';

export const badness = (verdict: Verdict): number => verdicts.indexOf(verdict);

const differences: readonly Difference[] = ['new', 'worse', 'still there', 'resolved'];

/** What is known last; else the worst first, of it what is new, and of that the newest. */
export function worstFirst(one: Finding, other: Finding): number {
  return (
    Number(one.known !== undefined) - Number(other.known !== undefined) ||
    badness(other.verdict) - badness(one.verdict) ||
    differences.indexOf(one.difference) - differences.indexOf(other.difference) ||
    other.since - one.since ||
    (one.id < other.id ? -1 : 1)
  );
}
