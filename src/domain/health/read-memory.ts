import { worstOf } from '../../contracts/health.ts';
import type { HealthCheckKind, HealthMemory, HealthRun, HealthStanding, Verdict } from '../../contracts/health.ts';
import { badness } from './order.ts';

/** Milliseconds: a check that looked at more than the newest one is shown in its place, if it is not older than this. */
const lately = 48 * 3600_000;

/**
 * The last check that counts, as people mean it: not the one of services alone that runs every few minutes, where one of
 * everything ran last night.
 */
export function lastRun(history: readonly HealthRun[]): HealthRun | undefined {
  const newest = Math.max(...history.map(({ at }) => at));
  const wide = ({ scope, checks }: HealthRun): number => (scope === 'all' ? 10 : 0) + checks.length;
  return history
    .filter(({ at }) => newest - at <= lately)
    .sort((one, other) => wide(other) - wide(one) || other.at - one.at)[0];
}

/** When each kind of check was last made everywhere; epoch milliseconds. Where none ever was, anywhere. */
export function lastChecked(history: readonly HealthRun[]): Partial<Record<HealthCheckKind, number>> {
  const everywhere = history.filter(({ scope }) => scope === 'all');
  const last: Partial<Record<HealthCheckKind, number>> = {};
  for (const { at, checks } of everywhere.length > 0 ? everywhere : history)
    for (const check of checks) last[check] = Math.max(at, last[check] ?? 0);
  return last;
}

/** Findings that are named. */
const named = 3;

/** How things stand by all that is remembered, whichever check saw it; undefined before the first one that counts. */
export function standing({
  findings,
  history,
}: Pick<HealthMemory, 'findings' | 'history'>): HealthStanding | undefined {
  const [newest] = history;
  if (newest === undefined) return undefined;
  const open = findings.filter(({ ended }) => ended !== true);
  const wrong = open.filter(({ known }) => known === undefined);
  const of = (verdict: Verdict): number => wrong.filter((each) => each.verdict === verdict).length;
  return {
    verdict: worstOf(wrong.map(({ verdict }) => verdict)),
    critical: of('critical'),
    warning: of('warning'),
    unknown: of('unknown'),
    known: open.length - wrong.length,
    worst: [...wrong]
      .sort((one, other) => badness(other.verdict) - badness(one.verdict) || other.since - one.since)
      .slice(0, named)
      .map(({ where, what }) => `${where}: ${what}`),
    oldest: Math.min(...Object.values(lastChecked(history))),
    newest,
  };
}
