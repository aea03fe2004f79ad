import { describe, expect, test } from '@jest/globals';
import picocolors from 'picocolors';
import { healthLines } from '../../../src/client/render/health-table.ts';
import { localMinute } from '../../../src/client/render/health-words.ts';
import { endedAt, finding, report, result, sampleReport, startedAt } from '../support/health.ts';

const plain = picocolors.createColors(false);
const day = 86_400_000;

describe('a health report on a terminal', () => {
  test('tells the verdict and the counts in its first line', () => {
    const before = localMinute(startedAt - day);
    expect(healthLines(sampleReport(), plain)[0]).toBe(
      `CRITICAL  3 critical, 3 warnings, 1 unknown; 2 new, 5 still there, 2 resolved since ${before}`,
    );
    const { comparedWith: _, ...first } = report({ findings: [finding()] });
    expect(healthLines(first, plain)[0]).toBe('CRITICAL  1 critical; the first run, compared with none');
  });

  test('has what is wrong, the worst and newest first, with evidence and the next command', () => {
    const findings = [
      finding({ verdict: 'warning', where: 'cmp1', what: 'a', difference: 'new' }),
      finding({ where: 'ctl3', what: 'old', difference: 'still there', since: endedAt - 3 * day, count: 2 }),
      finding({ where: 'ctl2', what: 'grew', difference: 'worse', since: endedAt - day }),
      finding({ verdict: 'unknown', where: 'cmp4', what: 'dark', difference: 'still there', since: endedAt - day }),
      finding({ evidence: ['no such container', 'more'], next: 'stackhand show ctl1' }),
    ];
    expect(healthLines(report({ findings }), plain).slice(3)).toEqual([
      'CRITICAL  ctl1: container nova_api is missing  (new)',
      '          no such container (+1 line)',
      '          → stackhand show ctl1',
      'CRITICAL  ctl2: grew  (worse, 1 d)',
      'CRITICAL  ctl3: old  (still there, 3 d, 2 times)',
      'UNKNOWN   cmp4: dark  (still there, 1 d)',
      'WARNING   cmp1: a  (new)',
    ]);
  });

  test('has what is resolved and what is known below, and what is fine at the end', () => {
    expect(healthLines(sampleReport(), plain).slice(-10)).toEqual([
      'resolved  ctl3: neutron: 14 × DHCP agent lost  (was there for 1 d)',
      'resolved  cmp2: /var is 91 % full  (was there for 4 d)',
      '',
      'known     1, nothing to act on: no volumes on this host; goes with the upgrade (until 2026-12-15)',
      '',
      'hosts       6 of 7 ok  cmp4 critical',
      'containers  4 of 7 ok  ctl1 critical, ctl2 warning, cmp4 unknown',
      'logs        4 of 7 ok  ctl1 warning, ctl2 warning, cmp4 unknown',
      'services    0 of 1 ok  lab critical',
      'backups     0 of 1 ok  lab warning',
    ]);
  });

  test('counts known ones by their reason', () => {
    const known = { reason: 'spare' };
    const findings = [
      finding({ known }),
      finding({ known }),
      finding({ known: { reason: 'old', until: '2026-12-01' } }),
    ];
    expect(healthLines(report({ findings }), plain).slice(3)).toEqual([
      'known     3, nothing to act on: 2 × spare; 1 × old (until 2026-12-01)',
    ]);
  });

  test('is short where all is well', () => {
    const results = ['ctl1', 'ctl2', 'ctl3'].map((where) => result({ where }));
    const lines = healthLines(report({ results }), plain);
    expect(lines[0]).toMatch(/^OK {8}nothing is wrong; 0 new, 0 still there, 0 resolved since /);
    expect(lines.slice(1)).toEqual([
      `          3 checks of 3 places, everything, at ${localMinute(startedAt)} in 41 s`,
      '',
      'hosts  3 ok',
    ]);
  });

  test('says how many there are that it does not show', () => {
    const findings = Array.from({ length: 50 }, (_, at) => finding({ what: String(at) }));
    const lines = healthLines(report({ findings }), plain, { most: 3 });
    expect(lines.slice(6)).toEqual(['          and 47 more in the whole report']);
  });

  test('has the same at many places as one', () => {
    const findings = ['c1', 'c2', 'c3', 'c4', 'c5', 'c6'].map((where) => finding({ where, what: 'no disk', count: 2 }));
    const [, , , line, ...rest] = healthLines(report({ findings }), plain);
    expect(line).toBe('CRITICAL  c1, c2, c3, c4 and 2 more: no disk  (new, 12 times)');
    expect(rest.filter((each) => each.includes('no disk'))).toEqual([]);
  });

  test('is not driven by what a log says', () => {
    const bad = '\u001b[2J\u0000\r\nfoo\u202e';
    const findings = ['new', 'resolved', 'known'].map((which) =>
      finding({
        ...{ where: bad, what: bad, evidence: [bad], next: bad },
        ...(which === 'resolved' ? { difference: 'resolved' as const } : {}),
        ...(which === 'known' ? { known: { reason: bad, until: bad } } : {}),
      }),
    );
    const lines = healthLines(
      report({ findings, scope: bad, results: [result({ where: bad, verdict: 'critical' })] }),
      plain,
    );
    for (const line of lines) expect(line).not.toMatch(/[\u0000-\u001f\u202e]/);
    expect(lines.join('\n')).toContain('\\x1b[2J');
  });

  test('has ages up to the time that is asked for', () => {
    const findings = [finding({ difference: 'still there', since: endedAt - day })];
    expect(healthLines(report({ findings }), plain, { now: endedAt + day })[3]).toContain('(still there, 2 d)');
  });
});
