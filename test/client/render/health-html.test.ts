import { describe, expect, test } from '@jest/globals';
import type { HealthRun } from '../../../src/contracts/health.ts';
import { healthHtml } from '../../../src/client/render/health-html.ts';
import { escaped, markup } from '../../../src/client/render/health-html/markup.ts';
import { endedAt, finding, report, result, sampleReport, startedAt } from '../support/health.ts';
import { localIso } from '../../../src/client/render/health-words.ts';

/** The tags there are, without the style. */
const tagsOf = (document: string): string[] => document.replace(/<style>[^]*?<\/style>/, '').match(/<[^>]*>/g) ?? [];

describe('markup', () => {
  test('escapes what is put in, and takes markup as it is', () => {
    expect(markup`<b title="${'"><i>'}">${"<script>&'"}${markup`<i></i>`}${1}${undefined}</b>`.toString()).toBe(
      '<b title="&#34;&#62;&#60;i&#62;">&#60;script&#62;&#38;&#39;<i></i>1</b>',
    );
  });

  test.each([
    ['\u001b[31m\u0000', '\\x1b[31m\\x00'],
    ['a\u202eb\u200bc\u2028d\ufeff', 'a\\x202eb\\x200bc\\x2028d\\xfeff'],
    ['\ud800x', '\ufffdx'],
    ['größe 日本 🎉\nb', 'größe 日本 🎉\nb'],
  ])('shows what can not be seen: %j', (text, shown) => {
    expect(escaped(text)).toBe(shown);
  });
});

describe('a health report as a document', () => {
  const document = healthHtml(sampleReport());

  test('loads and runs nothing, and leads nowhere but into itself', () => {
    expect(document).toContain(`content="default-src 'none'; style-src 'unsafe-inline'`);
    for (const tag of tagsOf(document)) {
      expect(tag).not.toMatch(/^<(script|link|img|iframe|object|embed|form|base)\b|\s(src|on\w+|style|action)=/i);
      expect(tag.replace(/\shref="#[\w.:-]+"/, '')).not.toMatch(/href/i);
    }
    expect(document).not.toMatch(/url\(|@import|@font-face/);
  });

  test('has a target for each link, and no id twice', () => {
    const ids = [...document.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, target] of document.matchAll(/href="#([^"]*)"/g)) expect(ids).toContain(target);
    expect(ids).toEqual(expect.arrayContaining(sampleReport().findings.map(({ alarm }) => alarm)));
  });

  test('closes what it opens', () => {
    const open: string[] = [];
    for (const tag of tagsOf(document)) {
      const name = /^<\/?([\w!]+)/.exec(tag)?.[1] ?? '';
      if (/^(!doctype|meta)$/.test(name) || tag.endsWith('/>')) continue;
      if (tag.startsWith('</')) expect(open.pop()).toBe(name);
      else open.push(name);
    }
    expect(open).toEqual([]);
  });

  test('tells a manager the verdict, when, and what is new', () => {
    expect(document).toContain('<html lang="en">');
    expect(document).toMatch(
      /<title>Critical: 3 critical problems need action, 1 of them new – health of everything, /,
    );
    expect(document).toContain('<h1>3 critical problems need action, 1 of them new</h1>');
    expect(document).toContain(localIso(startedAt));
    expect(document).toContain('took 41 s: 23 checks of 8 places.');
    expect(document).toContain('<a href="#a-7f3c01"><b>ctl1</b>: container nova_api is missing</a>');
    expect(document).toContain('The last 30 runs');
    expect(document.match(/<rect class="/g)).toHaveLength(30);
    expect(document).toMatch(/aria-label="Verdicts, newest last: [^"]*, critical"/);
  });

  test('gives an engineer the evidence and the next command', () => {
    const commands = [...document.matchAll(/<code>(.*?)<\/code>/g)].map(([, code]) =>
      code?.replaceAll(/<\/?span>/g, ''),
    );
    expect(commands).toContain('stackhand hosts containers ctl1 --all');
    expect(document).toContain('412 times');
    expect(document).toContain('Traceback (most recent call last):\n  File &#34;/var/lib');
    expect(document).toContain('no volumes on this host; goes with the upgrade <span class="muted">until 2026-12-15');
    expect(document).toMatch(/<th scope="row"[^>]*>cmp4 <span class="muted">compute/);
  });

  test('does not take a run twice that its history has', () => {
    const { operation, ...run } = report();
    const { scope, checks, verdict, counts } = run;
    const [now, before] = [operation, 'before'].map((each): HealthRun => ({
      operation: each,
      at: endedAt,
      scope,
      checks,
      verdict,
      counts,
    }));
    const bars = (history: readonly HealthRun[]): number =>
      healthHtml(report({ history })).match(/<rect class="/g)?.length ?? 0;
    expect(bars([now!, before!])).toBe(2);
    expect(bars([before!])).toBe(2);
    expect(bars([now!])).toBe(0);
  });

  test('is never marked up from outside', () => {
    const bad = `</pre></title></style><script>alert(1)</script><img src=x onerror="alert(1)">" onclick='x' \u0000\u001b[31m\`&lt;`;
    const over = { where: bad, what: bad, evidence: [bad, bad], next: bad, alarm: bad, id: bad };
    const findings = [
      finding(over),
      finding({ ...over, difference: 'worse' }),
      finding({ ...over, difference: 'resolved' }),
      finding({ ...over, known: { reason: bad, until: bad } }),
    ];
    const results = [result({ where: bad, role: bad, seen: bad })];
    const tame = (text: string): string => text.replaceAll(/[^\w ]/g, 'x');
    const shape = (text: string): string[] => tagsOf(text).map((tag) => tag.replaceAll(/"[^"]*"/g, '""'));
    const attack = healthHtml(report({ findings, results, scope: bad, operation: bad }));
    const harmless = healthHtml(
      report({
        findings: findings.map((each) => ({
          ...each,
          ...{ where: tame(bad), what: tame(bad), evidence: [tame(bad)], next: tame(bad), alarm: 'x' },
          ...(each.known === undefined ? {} : { known: { reason: tame(bad), until: tame(bad) } }),
        })),
        results: [result({ where: tame(bad), role: tame(bad), seen: tame(bad) })],
        scope: 'x',
      }),
    );
    expect(shape(attack)).toEqual(shape(harmless));
    expect(attack).not.toMatch(/[\u0000-\u0008\u000b-\u001f]/);
    expect(attack).toContain('&#60;script&#62;alert(1)');
  });

  test('is calm where all is well', () => {
    const seen = healthHtml(report({ results: [result()] }));
    expect(seen).toContain('<h1>All that was checked is well</h1>');
    expect(seen).toContain('Nothing new, and nothing got worse.');
    expect(seen).not.toContain('What is wrong');
    expect(healthHtml(report())).toContain('<h1>Nothing was checked</h1>');
    expect(healthHtml(report({ results: [result()], findings: [finding({ known: { reason: 'spare' } })] }))).toContain(
      '<h1>All is well but 1 known issue</h1>',
    );
  });

  test('does not take unknown for a pass', () => {
    const seen = healthHtml(report({ findings: [finding({ verdict: 'unknown' })] }));
    expect(seen).toContain('<header class="verdict unknown">');
    expect(seen).toContain('<h1>1 thing could not be checked</h1>');
  });

  test('stays small with 2,000 findings', () => {
    const evidence = Array.from({ length: 10 }, (_, line) => `line ${String(line)} of <evidence> `.repeat(3));
    const findings = Array.from({ length: 2000 }, (_, index) =>
      finding({ where: `host${String(index)}`, alarm: `a-${String(index)}`, evidence }),
    );
    const seen = healthHtml(report({ findings }));
    expect(seen.match(/<article /g)).toHaveLength(2000);
    expect(seen).toContain('and 1992 more below');
    expect(seen.length).toBeLessThan(4_000_000);
  });

  test('outlives times that are none', () => {
    expect(healthHtml(report({ findings: [finding({ first: Number.NaN, last: 1e300 })] }))).toContain('first at');
  });
});
