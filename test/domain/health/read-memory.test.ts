import { expect, test } from '@jest/globals';
import { healthChecks } from '../../../src/contracts/health.ts';
import type { HealthRun } from '../../../src/contracts/health.ts';
import { lastChecked, lastRun, standing } from '../../../src/domain/health/read-memory.ts';
import { finding, report } from '../../client/support/health.ts';

const hour = 3_600_000;
const run = (operation: string, hours: number, over: Partial<HealthRun> = {}): HealthRun => ({
  ...{ operation, at: hours * hour, scope: 'all', checks: healthChecks, verdict: 'ok' as const },
  ...{ counts: report().counts, ...over },
});
const services = { checks: ['services'] as const };

test('the last run is the nightly one of everything, not the one of services every few minutes', () => {
  expect(lastRun([])).toBeUndefined();
  expect(lastRun([run('b', 30, services), run('a', 24), run('before', 0)])?.operation).toBe('a');
  expect(lastRun([run('site', 30, { scope: 'rack2' }), run('a', 24)])?.operation).toBe('a');
});

test('one of everything that was long ago is not the last', () => {
  expect(lastRun([run('b', 300, services), run('a', 24)])?.operation).toBe('b');
});

test('when each kind was last checked everywhere', () => {
  const checked = lastChecked([run('c', 31, { scope: 'rack2' }), run('b', 30, services), run('a', 24)]);
  expect(checked).toMatchObject({ services: 30 * hour, hosts: 24 * hour });
  expect(lastChecked([run('c', 31, { scope: 'rack2', ...services })])).toEqual({ services: 31 * hour });
});

test('what is wrong is all that is remembered and not known, whichever run saw it', () => {
  const findings = [
    finding({ verdict: 'warning' }),
    finding({ verdict: 'critical', known: { reason: 'r' } }),
    { ...finding({ verdict: 'critical' }), ended: true as const },
  ];
  const history = [run('c', 30, services), run('b', 24), run('a', 0)];
  expect(standing({ findings, history })).toMatchObject({
    ...{ verdict: 'warning', warning: 1, critical: 0, known: 1, worst: ['ctl1: container nova_api is missing'] },
    ...{ oldest: 24 * hour, newest: { operation: 'c' } },
  });
  expect(standing({ findings: [], history: [] })).toBeUndefined();
});
