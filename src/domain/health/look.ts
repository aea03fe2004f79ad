import type { CheckResult, RememberedFinding } from '../../contracts/health.ts';
import { nameMatcher } from '../glob.ts';
import { kindOf, placeOf, unattended, unreachable } from './problem.ts';

/** What a run knows of a finding that it did not find again: it is over; or it may still be there; or nobody looked. */
export type Look = 'over' | 'unseen' | 'not asked';

/** Of a result: beginnings of kinds, and whether a log is one of those that could not be read, or of their patterns. */
interface Seen {
  readonly unseen: readonly string[];
  readonly unread: readonly ((log: string) => boolean)[];
}

/** Says of remembered findings, by the results of a run, what has become of those that it did not find. */
export function lookBy(results: readonly CheckResult[]): (finding: RememberedFinding) => Look {
  const at = new Map<string, Seen[]>();
  for (const result of results) {
    const { unseen = [], unread = [] } = result;
    const seen = { unseen, unread: unread.map(nameMatcher) };
    for (const key of [placeOf(result), result.where]) at.set(key, [...(at.get(key) ?? []), seen]);
  }
  return (finding) => {
    const kind = kindOf(finding);
    if (kind === unreachable || kind === unattended) {
      const any = at.get(finding.where) ?? [];
      return any.length === 0 ? 'not asked' : any.every(sawNothing) ? 'unseen' : 'over';
    }
    const asked = at.get(placeOf(finding)) ?? [];
    if (asked.length === 0) return 'not asked';
    // An empty one stands for logs that are not named.
    const isUnread = (log: string, { unread }: Seen): boolean =>
      unread.length > 0 && (log === '' || unread.some((matches) => matches(log)));
    const hidden = (seen: Seen): boolean =>
      seen.unseen.some((start) => kind.startsWith(start)) || finding.logs?.some((log) => isUnread(log, seen)) === true;
    return asked.some(hidden) ? 'unseen' : 'over';
  };
}

const sawNothing = ({ unseen }: Seen): boolean => unseen.includes('');
