import type { CheckResult, RememberedFinding } from '../../contracts/health.ts';
import { nameMatcher } from '../glob.ts';
import { kindOf, placeOf, unattended, unreachable } from './problem.ts';

/** What a run knows of a finding that it did not find again: it is over; or it may still be there; or nobody looked. */
export type Look = 'over' | 'unseen' | 'not asked';

/** Says of remembered findings, by the results of a run, what has become of those that it did not find. */
export function lookBy(results: readonly CheckResult[]): (finding: RememberedFinding) => Look {
  const at = new Map<string, CheckResult[]>();
  for (const result of results) {
    for (const key of [placeOf(result), result.where]) at.set(key, [...(at.get(key) ?? []), result]);
  }
  return (finding) => {
    const kind = kindOf(finding);
    if (kind === unreachable || kind === unattended) {
      const any = at.get(finding.where) ?? [];
      return any.length === 0 ? 'not asked' : any.every(sawNothing) ? 'unseen' : 'over';
    }
    const asked = at.get(placeOf(finding)) ?? [];
    if (asked.length === 0) return 'not asked';
    const hidden = ({ unseen = [], unread = [] }: CheckResult): boolean =>
      unseen.some((start) => kind.startsWith(start)) ||
      finding.logs?.some((log) => unread.some((path) => hides(path, log))) === true;
    return asked.some(hidden) ? 'unseen' : 'over';
  };
}

/** It is the log itself, or a pattern that it is of; an empty one stands for logs that are not named. */
const hides = (unread: string, log: string): boolean => log === '' || nameMatcher(unread)(log);

const sawNothing = ({ unseen = [] }: CheckResult): boolean => unseen.includes('');
