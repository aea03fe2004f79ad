import { describe, expect, test } from '@jest/globals';
import { nagiosLine } from '../../../src/client/render/health-nagios.ts';
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
