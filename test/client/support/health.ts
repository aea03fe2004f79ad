import { healthChecks, verdicts, worstOf } from '../../../src/contracts/health.ts';
import type { CheckResult, Finding, HealthCounts, HealthReport, Verdict } from '../../../src/contracts/health.ts';

const hour = 3_600_000;
export const startedAt = Date.UTC(2026, 10, 28, 2, 0, 0);
export const endedAt = startedAt + 41_000;

export const finding = (over: Partial<Finding> = {}): Finding => ({
  id: 'containers/ctl1/missing/nova_api',
  check: 'containers',
  verdict: 'critical',
  where: 'ctl1',
  what: 'container nova_api is missing',
  difference: 'new',
  since: endedAt,
  alarm: 'a-7f3c01',
  ...over,
});

const countsOf = (findings: readonly Finding[]): HealthCounts => {
  const there = findings.filter(({ difference }) => difference !== 'resolved');
  const wrong = there.filter(({ known }) => known === undefined);
  const of = (verdict: Verdict): number => wrong.filter((each) => each.verdict === verdict).length;
  const fresh = wrong.filter(({ difference }) => difference === 'new').length;
  return {
    new: fresh,
    stillThere: wrong.length - fresh,
    resolved: findings.length - there.length,
    critical: of('critical'),
    warning: of('warning'),
    unknown: of('unknown'),
    known: there.length - wrong.length,
  };
};

/** A report of these findings; counts and verdict follow from them. */
export const report = (over: Partial<HealthReport> = {}): HealthReport => {
  const findings = over.findings ?? [];
  const wrong = findings.filter(({ difference, known }) => difference !== 'resolved' && known === undefined);
  return {
    operation: 'health-check-20261128-0200',
    scope: 'all',
    checks: healthChecks,
    startedAt,
    endedAt,
    verdict: worstOf(wrong.map(({ verdict }) => verdict)),
    counts: countsOf(findings),
    results: [],
    findings,
    comparedWith: { operation: 'health-check-20261127-0200', at: startedAt - 24 * hour },
    history: [],
    ...over,
  };
};

export const result = (over: Partial<CheckResult> = {}): CheckResult => ({
  check: 'hosts',
  where: 'ctl1',
  verdict: 'ok',
  seen: 'load 0.4, 61 % of memory',
  ...over,
});

const traceback = [
  '2026-11-28 01:12:07.113 7 ERROR nova.api.openstack [None req-5c1f] Unexpected exception in API method',
  'Traceback (most recent call last):',
  '  File "/var/lib/kolla/venv/lib/python3.10/site-packages/nova/api/openstack/wsgi.py", line 658, in wrapped',
  '    return f(*args, **kwargs)',
  '  File "/var/lib/kolla/venv/lib/python3.10/site-packages/nova/compute/api.py", line 2841, in get_all',
  '    insts, down_cell_uuids = instance_list.get_instance_objects_sorted(ctx, filters, limit, marker)',
  '  File "/var/lib/kolla/venv/lib/python3.10/site-packages/oslo_db/sqlalchemy/engines.py", line 76, in _connect_ping_listener',
  '    connection.scalar(select(1))',
  '  File "/var/lib/kolla/venv/lib/python3.10/site-packages/pymysql/connections.py", line 716, in _read_packet',
  '    packet_header = self._read_bytes(4)',
  '  File "/var/lib/kolla/venv/lib/python3.10/site-packages/pymysql/connections.py", line 765, in _read_bytes',
  "    raise err.OperationalError(CR.CR_SERVER_LOST, 'Lost connection to MySQL server during query')",
  "oslo_db.exception.DBConnectionError: (pymysql.err.OperationalError) (2013, 'Lost connection to MySQL server during query')",
  '[SQL: SELECT 1]',
  '(Background on this error at: https://sqlalche.me/e/14/e3q8)',
  '\u001b[31m<script>alert("from a log line")</script>\u001b[0m\u0000',
];

const controllers = ['ctl1', 'ctl2', 'ctl3'];
const computes = ['cmp1', 'cmp2', 'cmp3', 'cmp4'];

const sampleResults = (): CheckResult[] => [
  ...controllers.flatMap((where): CheckResult[] => [
    result({ where, role: 'controller' }),
    where === 'ctl1'
      ? result({ check: 'containers', where, verdict: 'critical', seen: '30 of 31 containers, 1 missing' })
      : where === 'ctl2'
        ? result({ check: 'containers', where, verdict: 'warning', seen: '31 containers, 1 unhealthy' })
        : result({ check: 'containers', where, seen: '31 containers' }),
    where === 'ctl3'
      ? result({ check: 'logs', where, seen: '84 logs, 12 MiB new' })
      : result({ check: 'logs', where, verdict: 'warning', seen: '84 logs, 31 MiB new, 2 groups of errors' }),
  ]),
  ...computes.flatMap((where): CheckResult[] =>
    where === 'cmp4'
      ? [
          result({ where, role: 'compute', verdict: 'critical', seen: 'no answer within 30 s' }),
          result({ check: 'containers', where, verdict: 'unknown', seen: 'not looked at: the host does not answer' }),
          result({ check: 'logs', where, verdict: 'unknown', seen: 'not looked at: the host does not answer' }),
        ]
      : [
          result({ where, role: 'compute', seen: 'load 11.2, 83 % of memory' }),
          result({ check: 'containers', where, seen: '9 containers' }),
          result({ check: 'logs', where, seen: '21 logs, 3 MiB new' }),
        ],
  ),
  result({ check: 'services', where: 'lab', role: 'cloud', verdict: 'critical', seen: '1 of 24 services down' }),
  result({ check: 'backups', where: 'lab', role: 'cloud', verdict: 'warning', seen: 'newest of 3 VMs, 1 too old' }),
];

/** What a cloud of seven hosts may look like on a bad night. */
export const sampleReport = (): HealthReport =>
  report({
    results: sampleResults(),
    history: Array.from({ length: 29 }, (_, index) => {
      const verdict: Verdict = verdicts[[0, 0, 1, 0, 3, 1, 0, 0, 0, 2][index % 10] ?? 0] ?? 'ok';
      return {
        operation: `health-check-${String(index)}`,
        at: startedAt - (index + 1) * 24 * hour,
        scope: 'all',
        checks: healthChecks,
        verdict,
        counts: countsOf(verdict === 'ok' ? [] : [finding({ verdict })]),
      };
    }),
    findings: [
      finding({
        evidence: ['docker ps -a: no container nova_api; ctl2 and ctl3 have it, image kolla/nova-api:2024.1'],
        next: 'stackhand hosts containers ctl1 --all',
      }),
      finding({
        ...{ alarm: 'a-10', check: 'hosts', where: 'cmp4', what: 'does not answer', difference: 'still there' },
        since: endedAt - 26 * hour,
        evidence: ['ssh: connect to host cmp4 port 22: No route to host'],
        next: 'stackhand hosts check cmp4',
      }),
      finding({
        ...{
          alarm: 'a-11',
          check: 'services',
          where: 'lab',
          what: 'nova-compute on cmp4 is down',
          difference: 'worse',
        },
        since: endedAt - 25 * hour,
        last: startedAt - 25 * hour,
        next: 'stackhand cloud services lab --down',
      }),
      finding({
        ...{ alarm: 'a-12', check: 'logs', verdict: 'warning', where: 'ctl1', count: 412 },
        what: 'nova-api.log: DBConnectionError: Lost connection to MySQL server during query',
        first: startedAt - 3 * hour,
        last: startedAt - 60_000,
        evidence: traceback,
        next: "stackhand logs show ctl1 nova/nova-api.log --since '2026-11-28 00:00' --match 'DBConnectionError'",
      }),
      finding({
        ...{ alarm: 'a-13', verdict: 'warning', where: 'ctl2', what: 'container rabbitmq is unhealthy' },
        difference: 'still there',
        since: endedAt - 50 * hour,
        count: 3,
        evidence: ['health: timeout after 30 s: rabbitmqctl status', 'restarts since the last run: 3'],
        next: 'stackhand hosts containers ctl2 --name rabbitmq',
      }),
      finding({
        ...{ alarm: 'a-14', check: 'backups', verdict: 'warning', where: 'lab', difference: 'still there' },
        what: 'the newest backup of app01 is 4 days old, may be 1 day',
        since: endedAt - 72 * hour,
        next: 'stackhand vm backup app01',
      }),
      finding({
        ...{ alarm: 'a-15', verdict: 'unknown', where: 'cmp4', what: 'containers could not be looked at' },
        difference: 'still there',
        since: endedAt - 26 * hour,
      }),
      finding({
        ...{ alarm: 'a-16', check: 'hosts', verdict: 'warning', where: 'cmp2', what: '/var is 91 % full' },
        difference: 'resolved',
        since: endedAt - 96 * hour,
      }),
      finding({
        ...{ alarm: 'a-17', check: 'logs', verdict: 'warning', where: 'ctl3', what: 'neutron: 14 × DHCP agent lost' },
        difference: 'resolved',
        since: endedAt - 24 * hour,
      }),
      finding({
        ...{ alarm: 'a-18', verdict: 'warning', where: 'cmp3', what: 'container iscsid is not running' },
        difference: 'still there',
        since: endedAt - 900 * hour,
        known: { reason: 'no volumes on this host; goes with the upgrade', until: '2026-12-15' },
      }),
    ],
  });
