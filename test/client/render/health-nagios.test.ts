import { describe, expect, test } from '@jest/globals';
import { nagiosLine, standingLine } from '../../../src/client/render/health-nagios.ts';
import { finding, report, result } from '../support/health.ts';

describe('a health report for a monitoring system', () => {
  test('is one line with figures, and a code', () => {
    const findings = [finding(), finding({ where: 'cmp1', what: 'is slow', verdict: 'warning', difference: 'worse' })];
    expect(nagiosLine(report({ findings }))).toEqual({
      line: 'STACKHAND CRITICAL - 1 critical, 1 warning: ctl1: container nova_api is missing; cmp1: is slow | critical=1 warning=1 unknown=0 new=1',
      code: 2,
    });
  });

  test('is fine where all is, also where something is known', () => {
    const known = { reason: 'spare' };
    expect(nagiosLine(report({ findings: [finding({ known })], results: [result()] }))).toEqual({
      line: 'STACKHAND OK - 1 check of 1 place, nothing is wrong | critical=0 warning=0 unknown=0 new=0',
      code: 0,
    });
  });

  test.each([
    ['warning', 1],
    ['unknown', 3],
  ] as const)('is %s by the worst that is there', (verdict, code) => {
    const { line, code: given } = nagiosLine(report({ findings: [finding({ verdict })] }));
    expect(given).toBe(code);
    expect(line).toMatch(new RegExp(`^STACKHAND ${verdict.toUpperCase()} - 1 ${verdict}: ctl1: `));
  });

  test('has one bar, one line and no end to speak of, whatever a host is called', () => {
    const bad = `a|b\nc\u001b[31m\u0000${'x'.repeat(5000)}`;
    const findings = Array.from({ length: 2000 }, (_, at) => finding({ where: bad, what: `${String(at)}${bad}` }));
    const { line } = nagiosLine(report({ findings }));
    expect(line.split('|')).toHaveLength(2);
    expect(line).not.toMatch(/[\u0000-\u001f]/);
    expect(line).toContain('; and 1997 more | critical=2000 ');
    expect(line.length).toBeLessThan(600);
  });
});

describe('how things stand, for a monitoring system', () => {
  const [hour, now] = [3_600_000, Date.UTC(2026, 10, 28, 9)];
  const newest = { operation: 'o', at: now, scope: 'all', checks: [], verdict: 'ok' as const, counts: report().counts };
  const standing = { verdict: 'critical' as const, critical: 1, warning: 4, unknown: 0, known: 0 };
  const worst = ['ctl1: nova_api is missing', 'b', 'c'];

  test('is what all checks saw, with the age of the oldest', () => {
    expect(standingLine({ ...standing, worst, oldest: now - 7 * hour, newest }, { now, maxAge: 26 * 3600 })).toEqual({
      line: 'STACKHAND CRITICAL - 1 critical, 4 warnings: ctl1: nova_api is missing; b; c; and 2 more; checked 7 h ago | critical=1 warning=4 unknown=0 age=25200s',
      code: 2,
    });
  });

  test('is unknown once a check is too old, whatever it said', () => {
    const well = { ...standing, verdict: 'ok' as const, critical: 0, warning: 0, worst: [] };
    expect(standingLine({ ...well, oldest: now - 27 * hour, newest }, { now, maxAge: 26 * 3600 })).toMatchObject({
      line: expect.stringMatching(/^STACKHAND UNKNOWN - the last check is 1 d 3 h old, and said: nothing is wrong \|/),
      code: 3,
    });
  });
});
