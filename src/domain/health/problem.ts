import type { CheckResult, HealthCheckKind, Problem } from '../../contracts/health.ts';

type Place = Pick<Problem, 'check' | 'where'>;

/** A check of a place, as memories and plans name it. */
export const placeOf = ({ check, where }: Place): string => `${check} ${where}`;

/** Makes the problems of one check at one place; `kind` tells them apart there, in every run. */
export const problemsAt =
  (check: HealthCheckKind, where: string) =>
  (
    kind: string,
    verdict: Problem['verdict'],
    what: string,
    more: Pick<Partial<Problem>, 'evidence' | 'count' | 'first' | 'last' | 'next' | 'logs'> = {},
  ): Problem => ({ id: `${check}/${where}/${kind}`, check, verdict, where, what, ...more });

/** What tells a finding from the others at its place. */
export const kindOf = ({ id, check, where }: Place & Pick<Problem, 'id'>): string =>
  id.slice(`${check}/${where}/`.length);

/** Kinds of findings that are over as soon as anything of their place was seen, whichever check saw it. */
export const unreachable = 'unreachable';
/** Nobody was there to look. */
export const unattended = 'unattended';

/** Of a place of which nothing could be seen. */
export const notLookedAt = (
  check: HealthCheckKind,
  where: string,
  verdict: Problem['verdict'] = 'unknown',
): CheckResult => ({ check, where, verdict, seen: 'not looked at', unseen: [''] });
