import type { CheckResult, HealthCheckKind, Problem } from '../../contracts/health.ts';

/** Makes the problems of one check at one place; `kind` tells them apart there, in every run. */
export const problemsAt =
  (check: HealthCheckKind, where: string) =>
  (
    kind: string,
    verdict: Problem['verdict'],
    what: string,
    more: Pick<Partial<Problem>, 'evidence' | 'count' | 'first' | 'last' | 'next'> = {},
  ): Problem => ({ id: `${check}/${where}/${kind}`, check, verdict, where, what, ...more });

/** Of a place of which nothing could be seen. */
export const notLookedAt = (
  check: HealthCheckKind,
  where: string,
  verdict: Problem['verdict'] = 'unknown',
): CheckResult => ({ check, where, verdict, seen: 'not looked at', blind: true });
