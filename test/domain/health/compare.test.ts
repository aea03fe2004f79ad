import { describe, expect, test } from '@jest/globals';
import type { HealthRun, HealthMemory, HealthReport, Problem } from '../../../src/contracts/health.ts';
import { healthChecks } from '../../../src/contracts/health.ts';
import type { KnownIssue } from '../../../src/contracts/health-plan.ts';
import { compare } from '../../../src/domain/health/compare.ts';
import type { Seen } from '../../../src/domain/health/compare.ts';
import { newsOf } from '../../../src/domain/health/news.ts';
import { toldOf } from '../../../src/domain/health/told.ts';
import { knownIssues } from '../../../src/domain/health/known-issues.ts';
import { notLookedAt, placeOf, problemsAt } from '../../../src/domain/health/problem.ts';
import { result } from '../../client/support/health.ts';

const full: Problem = problemsAt('hosts', 'ctl1')('disk/var', 'warning', '/var is 90 % full');
const down: Problem = problemsAt('services', 'cloud a')('compute/down/nova-compute on cmp1', 'critical', 'is down');
const away: Problem = problemsAt('hosts', 'ctl1')('unreachable', 'critical', "can't be reached");
const fault: Problem = problemsAt('logs', 'ctl1')('fault/1f', 'warning', 'ERROR', { logs: ['/var/log/nova/api.log'] });
const everyPlace = [full, down, fault, { check: 'backups', where: 'kvm1' } as const].map(placeOf);

interface Run extends Partial<Pick<Seen, 'results' | 'problems' | 'checks' | 'scope'>> {
  readonly known?: readonly KnownIssue[];
  readonly places?: readonly string[];
}

/** Checks one after the other, each counting, an hour apart; people are told what a run has to tell, or can't be. */
class Nights {
  memory: HealthMemory | undefined;
  #number = 0;

  run({ results = [], problems = [], known = [], places = everyPlace, ...more }: Run, told = true): HealthReport {
    this.#number += 1;
    const at = this.#number * 3_600_000;
    const seen = {
      ...{ operation: `op-${String(this.#number)}`, scope: 'all', checks: healthChecks, startedAt: at, endedAt: at },
      ...{ ...more, results, problems },
    };
    const by = {
      alarmOf: (text: string) => `alarm of ${text}`,
      known: knownIssues(known, '2026-11-28'),
      places: new Set(places),
    };
    const { report, remembered } = compare(seen, this.memory, by);
    const telling = newsOf(report, undefined).about;
    const seenThen = { operation: seen.operation, at, hosts: {}, services: {}, telling, ...remembered };
    this.memory = { ...seenThen, findings: told ? toldOf(seenThen) : seenThen.findings };
    return report;
  }
}

const of = ({ findings }: HealthReport): string[] => findings.map(({ what, difference }) => `${difference}: ${what}`);
const hosts = result({ check: 'hosts', where: 'ctl1' });
const services = result({ check: 'services', where: 'cloud a' });
const logs = result({ check: 'logs', where: 'ctl1' });

describe('what has become of a finding', () => {
  test('new, still there, worse, over; and from its first sight to its end it is one alarm', () => {
    const nights = new Nights();
    const first = nights.run({ results: [hosts], problems: [full] });
    const second = nights.run({ results: [hosts], problems: [full] });
    const third = nights.run({ results: [hosts], problems: [{ ...full, verdict: 'critical' }] });
    const fourth = nights.run({ results: [hosts] });
    expect([first, second, third, fourth].map(of)).toEqual([
      ['new: /var is 90 % full'],
      ['still there: /var is 90 % full'],
      ['worse: /var is 90 % full'],
      ['resolved: /var is 90 % full'],
    ]);
    const alarms = [first, second, third, fourth].map(({ findings }) => [findings[0]?.alarm, findings[0]?.since]);
    expect(new Set(alarms.map((alarm) => JSON.stringify(alarm))).size).toBe(1);
    expect(of(nights.run({ results: [hosts] }))).toEqual([]);
  });

  test.each([
    ['nothing of its place', full, notLookedAt('hosts', 'ctl1')],
    ['not this kind', full, { ...hosts, unseen: ['disk/', 'inodes/'] }],
    ['not the list it is of', down, { ...services, unseen: ['compute/'] }],
    ['not the log it was in', fault, { ...logs, unread: ['/var/log/nova/api.log'] }],
    ['not all logs, of which some are not named', { ...fault, logs: [''] }, { ...logs, unread: ['/var/log/x.log'] }],
    ['nothing where its log was', fault, { ...logs, unread: ['/var/log/*/*.log'] }],
  ])('where the run saw %s, it is still there', (_, problem, unseen) => {
    const nights = new Nights();
    nights.run({ results: [hosts, services, logs], problems: [problem] });
    expect(of(nights.run({ results: [unseen] }))).toEqual([`still there: ${problem.what} (not looked at this time)`]);
    expect(of(nights.run({ results: [hosts, services, logs] }))).toEqual([`resolved: ${problem.what}`]);
  });

  test.each([
    ['another kind', full, { ...hosts, unseen: ['unit/'] }],
    ['another list', down, { ...services, unseen: ['volume/', 'server/'] }],
    ['another log', fault, { ...logs, unread: ['/var/log/nova/scheduler.log', '/var/log/cinder/*.log'] }],
  ])('that %s was not seen keeps nothing', (_, problem, seen) => {
    const nights = new Nights();
    nights.run({ results: [hosts, services, logs], problems: [problem] });
    expect(of(nights.run({ results: [seen] }))).toEqual([`resolved: ${problem.what}`]);
  });

  test('a host that could not be reached can be as soon as anything of it was seen, by any check', () => {
    const nights = new Nights();
    nights.run({ results: [notLookedAt('hosts', 'ctl1')], problems: [away] });
    expect(of(nights.run({ results: [notLookedAt('logs', 'ctl1')] }))).toEqual([
      "still there: can't be reached (not looked at this time)",
    ]);
    expect(of(nights.run({ results: [services] }))).toEqual([]);
    expect(of(nights.run({ results: [logs] }))).toEqual(["resolved: can't be reached"]);
  });

  test('a place that was not asked for is counted, and remembered as it was', () => {
    const nights = new Nights();
    nights.run({ results: [hosts, services], problems: [full, down] });
    const part = nights.run({ results: [services], problems: [down] });
    expect([of(part), part.elsewhere]).toEqual([['still there: is down'], 1]);
    expect(of(nights.run({ results: [hosts, services] })).sort()).toEqual([
      'resolved: /var is 90 % full',
      'resolved: is down',
    ]);
  });

  test('what the config no longer has checked is over, and said to be so', () => {
    const nights = new Nights();
    nights.run({ results: [hosts, services], problems: [full, down] });
    const places = [placeOf(down)];
    const report = nights.run({ results: [services], problems: [down], places });
    expect([of(report), report.elsewhere]).toEqual([
      ['still there: is down', 'resolved: /var is 90 % full (no longer checked)'],
      0,
    ]);
    expect(of(nights.run({ results: [services], problems: [down], places }))).toEqual(['still there: is down']);
  });

  test('also while nobody can be told of it', () => {
    const nights = new Nights();
    nights.run({ results: [hosts], problems: [full] });
    const places = [placeOf(down)];
    for (let night = 0; night < 3; night += 1)
      expect(of(nights.run({ results: [services], places }, false))).toEqual([
        'resolved: /var is 90 % full (no longer checked)',
      ]);
  });

  test('what a check says that nobody expects any more is over, and said to be so', () => {
    const nights = new Nights();
    nights.run({ results: [services], problems: [down] });
    expect(of(nights.run({ results: [{ ...services, expired: [down.id] }] }))).toEqual([
      'resolved: is down (no longer expected)',
    ]);
  });
});

describe('what people are told', () => {
  const toldAt = ({ findings }: HealthReport) => findings.map((finding) => finding.toldAt);

  test('what nobody could be told of stays to be told, also that it is over', () => {
    const nights = new Nights();
    nights.run({ results: [hosts], problems: [full] }, false);
    expect(toldAt(nights.run({ results: [hosts], problems: [full] }))).toEqual([undefined]);
    expect(toldAt(nights.run({ results: [hosts], problems: [full] }))).toEqual([2 * 3_600_000]);
    expect(of(nights.run({ results: [hosts] }, false))).toEqual(['resolved: /var is 90 % full']);
    expect(of(nights.run({ results: [services] }))).toEqual(['resolved: /var is 90 % full']);
    expect(of(nights.run({ results: [hosts] }))).toEqual([]);
  });

  test('what comes back before anybody heard of its end has never ended', () => {
    const nights = new Nights();
    const { findings } = nights.run({ results: [hosts], problems: [full] });
    nights.run({ results: [hosts] }, false);
    const back = nights.run({ results: [hosts], problems: [full] });
    expect([of(back), back.findings[0]?.alarm]).toEqual([['still there: /var is 90 % full'], findings[0]?.alarm]);
  });

  test('what is known is not wrong; once it no longer is known, people have yet to be told', () => {
    const known = [{ match: '/var', reason: 'disks are ordered', until: '2026-11-28' }];
    const nights = new Nights();
    nights.run({ results: [hosts], problems: [full] });
    const quiet = nights.run({ results: [hosts], problems: [full], known });
    expect([quiet.verdict, quiet.counts.known, quiet.counts.stillThere]).toEqual(['ok', 1, 0]);
    const elsewhere = nights.run({ results: [services], known });
    expect(elsewhere.elsewhere).toBe(0);
    const over = nights.run({
      results: [hosts],
      problems: [full],
      known: known.map((issue) => ({ ...issue, until: '2026-11-27' })),
    });
    expect([over.verdict, toldAt(over)]).toEqual(['warning', [undefined]]);
  });

  test('of what they were told they hear the end, also where it is known by then', () => {
    const known = [{ match: '/var', reason: 'disks are ordered' }];
    const nights = new Nights();
    nights.run({ results: [hosts], problems: [full] });
    nights.run({ results: [hosts], problems: [full], known });
    const ended = nights.run({ results: [hosts], known });
    expect(newsOf(ended, undefined).news?.message).toMatch(/^resolved: .*\/var is 90 % full/m);
    const quiet = new Nights();
    quiet.run({ results: [hosts], problems: [full], known });
    expect(newsOf(quiet.run({ results: [hosts], known }), undefined)).toEqual({ about: [] });
  });

  test('what was known by its evidence, which is not remembered, stays known as long as the issue does', () => {
    const known = [{ match: 'spare', reason: 'a spare disk' }];
    const nights = new Nights();
    nights.run({ results: [hosts], problems: [{ ...full, evidence: ['a spare'] }], known });
    expect(nights.run({ results: [notLookedAt('hosts', 'ctl1')], known }).counts).toMatchObject({ known: 1 });
    expect(nights.run({ results: [notLookedAt('hosts', 'ctl1')] }).counts).toMatchObject({ known: 0, warning: 1 });
  });
});

test('the history of a report has the runs that looked at the same; of each kind enough are kept', () => {
  const nights = new Nights();
  nights.run({ results: [hosts], problems: [full] });
  for (let quarter = 0; quarter < 100; quarter += 1) nights.run({ results: [services], checks: ['services'] });
  const { history } = nights.run({ results: [hosts] });
  expect(history.map(({ operation }: HealthRun) => operation)).toEqual(['op-102', 'op-1']);
  expect(nights.memory?.history.filter(({ checks }) => checks.length === 1)).toHaveLength(60);
});
