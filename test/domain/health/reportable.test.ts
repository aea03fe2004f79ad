import { expect, test } from '@jest/globals';
import { problemsAt } from '../../../src/domain/health/problem.ts';
import { reportable } from '../../../src/domain/health/reportable.ts';

const problem = (what: string, more: { evidence?: string[]; next?: string } = {}) =>
  reportable(problemsAt('logs', 'ctl1')('fault/1', 'warning', what, more));

test('is without secrets', () => {
  const { what, evidence } = problem('no login for rabbit://nova:hunter2@h/', { evidence: ['password=hunter2'] });
  expect(JSON.stringify([what, evidence])).not.toContain('hunter2');
});

test('has no more text than a report has room for, and no command that was cut off', () => {
  const long = 'x'.repeat(100_000);
  const { what, evidence, next } = problem(long, { evidence: Array.from({ length: 500 }, () => long), next: long });
  expect([what.length, evidence?.length, evidence?.[0]?.length, next]).toEqual([1000, 20, 2000, undefined]);
  expect(problem('short', { next: 'uptime' })).toMatchObject({ what: 'short', next: 'uptime' });
});
