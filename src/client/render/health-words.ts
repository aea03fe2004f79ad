import { healthChecks } from '../../contracts/health.ts';
import type { Finding, HealthReport } from '../../contracts/health.ts';
import { counted, formatDuration } from '../../domain/format.ts';
import { worstFirst } from '../../domain/health/order.ts';
import { oneLine } from './text.ts';

/** What the renderers of a health report say in the same words. */

export interface SortedFindings {
  /** There and to act on, worst and newest first. */
  readonly wrong: readonly Finding[];
  readonly resolved: readonly Finding[];
  readonly known: readonly Finding[];
}

export function sortFindings(findings: readonly Finding[]): SortedFindings {
  const there = findings.filter(({ difference }) => difference !== 'resolved');
  return {
    wrong: there.filter(({ known }) => known === undefined).sort(worstFirst),
    resolved: findings.filter(({ difference }) => difference === 'resolved').sort(worstFirst),
    known: there.filter(({ known }) => known !== undefined).sort(worstFirst),
  };
}

/** Places that are named where the same is wrong at several. */
const placesNamed = 4;

/** What is wrong in the same words at several places, as one: on fifty hosts a fault is fifty findings, and one thing to read. */
export function together(findings: readonly Finding[]): Finding[] {
  const alike = new Map<string, Finding[]>();
  for (const finding of findings) {
    const { check, verdict, what, difference } = finding;
    const key = JSON.stringify([check, verdict, what, difference]);
    alike.set(key, [...(alike.get(key) ?? []), finding]);
  }
  return [...alike.values()].map((all) => {
    const [first] = all as [Finding];
    if (all.length === 1) return first;
    const named = all.slice(0, placesNamed).map(({ where }) => where);
    const rest = all.length > placesNamed ? ` and ${String(all.length - placesNamed)} more` : '';
    const counts = all.flatMap(({ count }) => count ?? []);
    return {
      ...first,
      where: `${named.join(', ')}${rest}`,
      since: Math.min(...all.map(({ since }) => since)),
      ...(counts.length === 0 ? {} : { count: counts.reduce((sum, count) => sum + count, 0) }),
    };
  });
}

/** "31 checks of 7 places". */
export function looked({ results }: Pick<HealthReport, 'results'>): string {
  return `${counted(results.length, 'check')} of ${counted(new Set(results.map(({ where }) => where)).size, 'place')}`;
}

/** "everything", "hosts and logs", "services of site rack2". */
export function scopeOf({ scope, checks }: Pick<HealthReport, 'scope' | 'checks'>): string {
  const all = checks.length === healthChecks.length;
  const kinds = checks.length < 2 ? checks.join('') : `${checks.slice(0, -1).join(', ')} and ${checks.at(-1) ?? ''}`;
  const of = all ? 'everything' : kinds;
  if (scope === 'all') return of;
  return all ? `site ${oneLine(scope)}` : `${of} of site ${oneLine(scope)}`;
}

/** "new", "worse, 2 d 4 h", "still there, 2 d 4 h": what became of it, and for how long it has been there. */
export function differenceAndAge({ difference, since }: Finding, now: number): string {
  return difference === 'new' ? 'new' : `${difference}, ${formatDuration(now - since)}`;
}

/** "2026-11-27 02:00", in the time of this computer. */
export const localMinute = (at: number): string => localIso(at).slice(0, 16).replace('T', ' ');

/** "2026-11-27T02:00:00+01:00": the time of this computer, and which that is. */
export function localIso(at: number): string {
  const offset = -new Date(at).getTimezoneOffset();
  const local = new Date(at + offset * 60_000);
  // A time read from a log may be none.
  if (Number.isNaN(local.getTime())) return 'unknown';
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  const east = Math.abs(offset);
  return `${local.toISOString().slice(0, 19)}${offset < 0 ? '-' : '+'}${two(east / 60)}:${two(east % 60)}`;
}
