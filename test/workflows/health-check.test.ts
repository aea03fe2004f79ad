import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, readdir, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Client } from '@temporalio/client';
import { stringify } from 'yaml';
import type { AuditLine } from '../../src/contracts/audit.ts';
import type { Finding, HealthReport } from '../../src/contracts/health.ts';
import type { Notification } from '../../src/contracts/notification.ts';
import { builtProgram } from '../support/built.ts';
import { useCloudProgram } from '../support/cloud-program.ts';
import { until } from '../support/poll.ts';
import { PracticeCloud } from '../support/practice-cloud.ts';
import { PracticeHosts, osloLine } from '../support/practice-hosts.ts';
import { scratchDirectory } from '../support/scratch.ts';

type Checked = HealthReport & { exitCode: number | undefined };

/** What Temporal would start. */
async function scheduledRequest(client: Client, name: string): Promise<{ args: unknown[] }> {
  const { action } = await client.schedule.getHandle(name).describe();
  return { args: [...(action.args ?? [])] };
}

/** The health of a cloud, as the night shift sees it: real sshd's and log files, a practice cloud. */
describe('a health check', () => {
  let cloud: PracticeCloud;
  let hosts: PracticeHosts;
  let told = '';
  const program = useCloudProgram(
    async () => {
      cloud = await PracticeCloud.start({ servers: 2, hosts: 2, transition: 10 });
      hosts = await PracticeHosts.start(3);
      told = join(await scratchDirectory('told'), 'notifications');
      await writeFile(told, '');
      const config = {
        hosts: { ...hosts.entries(), dead: { address: '127.0.0.1', port: 9, user: 'root' } },
        health: {
          cloud: 'practice',
          // The practice hosts are this machine, which may be busy with other tests, or nearly full.
          thresholds: { load: 1000, memory: 100, diskWarning: 100, diskCritical: 100, clock: '1h' },
          baseline: 'baseline.yaml',
          roles: {
            controllers: { hosts: ['host1', 'host2'], preset: 'tripleo', logs: [] },
            computes: { hosts: ['host3'], logs: [hosts.at('host3', 'logs', '*.log')] },
          },
          knownIssues: [
            { match: 'a known fault', reason: 'mended in May' },
            { match: 'an old fault', reason: 'was mended', until: '2020-01-01' },
          ],
        },
        notifications: [
          { on: ['health', 'recovered', 'missed'], command: ['sh', '-c', `cat >>${told}; echo >>${told}`] },
        ],
        records: { directory: join(told, '../records') },
      };
      return { clouds: cloud.ready.clouds, cloud: 'practice', config: stringify(config) };
    },
    { standing: true },
  );
  beforeAll(async () => {
    for (const name of ['host1', 'host2']) {
      for (const container of ['nova_api', 'keystone']) await hosts.container(name, container);
      await hosts.container(name, 'nova_db_sync', { state: 'exited' });
    }
    await hosts.container('host1', 'cinder-volume');
    await hosts.container('host3', 'nova_compute');
    await hosts.log('host3', 'logs/nova-compute.log', osloLine('INFO', 'nova', 'all is well'));
    await program.startWorker();
    const learned = join(program.directory, 'baseline.yaml');
    await writeFile(learned, 'roles: {}');
    const ran = await program.run(['health', 'baseline', '--out', learned, '--replace']);
    expect(ran.exitCode).toBe(0);
  }, 120_000);
  afterAll(async () => {
    await hosts.stop();
    await cloud.stop();
  });

  const check = (...args: string[]): Promise<Checked> => program.json<Checked>('health', 'check', ...args);
  const wrong = ({ findings }: HealthReport): string[] =>
    findings
      .filter(({ known, difference }) => known === undefined && difference !== 'resolved')
      .map(({ where, what, difference }) => `${difference}: ${where}: ${what}`);
  const found = ({ findings }: HealthReport, words: string): Finding | undefined =>
    findings.find(({ what }) => what.includes(words));
  const notifications = async (): Promise<Notification[]> =>
    (await readFile(told, 'utf8'))
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Notification);

  test('a baseline is what runs, by role; what runs on some hosts is counted', async () => {
    const text = await readFile(join(program.directory, 'baseline.yaml'), 'utf8');
    expect(text).toContain(
      'controllers:\n    everywhere:\n      - keystone\n      - nova_api\n    exactly:\n      cinder-volume: 1',
    );
    expect(text).toContain('- cinder-volume on controller@ceph');
    expect(text).not.toContain('nova_db_sync');
  });

  test('a role of which a host was not seen is not learned, and said to be left out', async () => {
    await writeFile(hosts.at('host2', 'containers', 'broken.json'), 'nonsense');
    const { exitCode, stdout, stderr } = await program.run(['health', 'baseline']);
    await rm(hosts.at('host2', 'containers', 'broken.json'));
    expect([exitCode, stderr]).toEqual([3, expect.stringContaining('role controllers is left out')]);
    expect(stderr).toContain('host2 could not be looked at');
    expect(stdout).not.toContain('keystone');
    expect(stdout).toContain('nova_compute');
  });

  test('where all is well it says so, with what was looked at', async () => {
    const report = await check();
    expect([report.exitCode, report.verdict, wrong(report)]).toEqual([0, 'ok', []]);
    expect(report.results.find(({ check: kind }) => kind === 'services')?.seen).toBe('10 of 10 services up, 2 servers');
    const said = await program.run(['health', 'check']);
    expect(said.stdout).toMatch(/^OK /);
    expect((await program.run(['health', 'check', '--nagios'])).stdout).toMatch(/^STACKHAND OK - /);
  });

  test('three nights: what is new is told once, what goes on is not told again, what has ended is', async () => {
    const before = (await notifications()).length;
    const night = () => check('--commit');
    await night();
    await hosts.removeContainer('host2', 'keystone');
    await hosts.container('host3', 'nova_compute', { health: 'unhealthy' });
    await hosts.log('host3', 'logs/nova-compute.log', osloLine('ERROR', 'nova.virt', 'no disk for 17 of "alpha"'));
    await cloud.control('PATCH', '/services/cinder-volume/controller@ceph', { up: false });
    await cloud.control('PATCH', '/hosts/compute1', { enabled: false, reason: 'kernel update' });

    const first = await night();
    expect(first.exitCode).toBe(3);
    expect(wrong(first).sort()).toEqual([
      'new: cloud practice: cinder-volume on controller@ceph is down',
      'new: cloud practice: nova-compute on compute1 is disabled: kernel update',
      'new: host2: keystone is missing',
      expect.stringContaining('new: host3: ERROR nova.virt no disk for'),
      'new: host3: nova_compute is unhealthy',
    ]);
    expect(first.counts).toMatchObject({ critical: 2, warning: 3, new: 5, stillThere: 0 });

    await hosts.log('host3', 'logs/nova-compute.log', osloLine('ERROR', 'nova.virt', 'no disk for 42 of "alpha"'));
    const second = await night();
    expect(second.counts).toMatchObject({ new: 0, stillThere: 5, resolved: 0 });
    expect(found(second, 'keystone')?.since).toBe(found(first, 'keystone')?.since);
    expect(found(second, 'keystone')?.alarm).toBe(found(first, 'keystone')?.alarm);

    await hosts.container('host2', 'keystone');
    await hosts.container('host3', 'nova_compute');
    await cloud.control('PATCH', '/services/cinder-volume/controller@ceph', { up: true });
    await cloud.control('PATCH', '/hosts/compute1', { enabled: true, reason: null });
    const third = await night();
    expect([third.verdict, third.counts.resolved, wrong(third)]).toEqual(['ok', 5, []]);

    const heard = (await notifications()).slice(before);
    expect(heard.map(({ event }) => event)).toEqual(['health', 'recovered']);
    const alarm = found(first, 'keystone')?.alarm ?? '';
    for (const { message } of heard) expect(message).toContain(`keystone is missing [${alarm}]`);
    expect(new Set(heard.map(({ id }) => id)).size).toBe(2);

    const kept = await program.json<Checked>('health', 'report', '--run', first.operation.slice(0, 8));
    expect(kept.findings).toEqual(first.findings);
    // Of a run its report stays, and nothing that only the run itself needed.
    const files = await readdir(join(told, '../records', first.operation));
    expect(files.filter((name) => name.startsWith('health-'))).toEqual(['health-report.json']);
    expect((await program.json<Checked>('health', 'report')).operation).toBe(third.operation);
    await check('--commit', '--only', 'services');
    expect((await program.json<Checked>('health', 'report')).operation).toBe(third.operation);
  }, 120_000);

  test('a check by hand does not move the position of the nightly one', async () => {
    await check('--commit');
    await hosts.log('host3', 'logs/nova-compute.log', osloLine('CRITICAL', 'nova', 'Unhandled error: "beta"'));
    for (const round of [1, 2]) {
      const report = await check('--only', 'logs');
      expect([round, found(report, 'beta')?.difference, found(report, 'beta')?.count]).toEqual([round, 'new', 1]);
    }
    expect(found(await check('--commit'), 'beta')?.difference).toBe('new');
    expect(found(await check('--commit'), 'beta')?.difference).toBe('resolved');
  }, 120_000);

  test('logs go on over a rotation; secrets in them stay where they are; a known fault is no alarm', async () => {
    await check('--commit', '--only', 'logs');
    const log = hosts.at('host3', 'logs', 'nova-compute.log');
    await hosts.log(
      'host3',
      'logs/nova-compute.log',
      osloLine('ERROR', 'nova', 'before "gamma" rabbit://nova:hunter2@h/'),
    );
    await rename(log, `${log}.1`);
    execFileSync('gzip', [`${log}.1`]);
    await hosts.log('host3', 'logs/nova-compute.log', osloLine('ERROR', 'nova', 'after "delta"'));
    await hosts.log('host3', 'logs/nova-compute.log', osloLine('ERROR', 'nova', 'a known fault'));
    await hosts.log('host3', 'logs/nova-compute.log', osloLine('ERROR', 'nova', 'an old fault'));
    const report = await check('--commit', '--only', 'logs');
    expect(found(report, 'gamma')).toMatchObject({ count: 1, difference: 'new' });
    expect(found(report, 'delta')).toMatchObject({ count: 1, difference: 'new' });
    expect(found(report, 'a known fault')?.known).toEqual({ reason: 'mended in May' });
    expect(found(report, 'an old fault')?.known).toBeUndefined();
    expect(report.counts).toMatchObject({ new: 3, known: 1 });
    expect(JSON.stringify(report)).not.toContain('hunter2');
    await check('--commit', '--only', 'logs');
  }, 120_000);

  test('a worker gives the last one that counts to Prometheus, whoever made it', async () => {
    const { counts } = await check('--commit');
    const worker = spawn(process.execPath, [`${await builtProgram()}/worker/main.js`, '--metrics', '127.0.0.1:19464'], {
      env: program.env,
      stdio: 'ignore',
    });
    try {
      let metrics = '';
      await until(
        'the metrics are there',
        async () => {
          const answer = await fetch('http://127.0.0.1:19464/metrics').catch(() => undefined);
          metrics = (await answer?.text()) ?? '';
          return metrics.includes('stackhand_health_checked_timestamp_seconds ');
        },
        30,
      );
      expect(metrics).toContain(`stackhand_health_findings{verdict="warning"} ${String(counts.warning)}`);
      expect(metrics).toMatch(/^stackhand_health_verdict [0-3]$/m);
      expect(metrics).toContain('temporal_');
    } finally {
      const ended = once(worker, 'exit');
      worker.kill('SIGTERM');
      await ended;
    }
  }, 120_000);

  test('the nightly one counts, in a time zone, under either name', async () => {
    const made = await program.run(['health', 'schedule', '--cron', '0 2 * * *', '--timezone', 'Asia/Seoul', '--json']);
    expect([made.exitCode, JSON.parse(made.stdout)]).toEqual([
      0,
      expect.objectContaining({ name: 'health-check', command: 'health check --commit', timezone: 'Asia/Seoul' }),
    ]);
    const same = await program.run([
      'schedule',
      'create',
      'health-check',
      '--cron',
      '0 3 * * *',
      '--replace',
      '--json',
    ]);
    expect(JSON.parse(same.stdout)).toMatchObject({ command: 'health check --commit', operation: 'healthCheck' });
    const { args } = await scheduledRequest(program.temporal.client, 'health-check');
    expect(args).toEqual([expect.objectContaining({ input: { commit: true }, startWindow: 3600 })]);
    await program.run(['schedule', 'remove', 'health-check', '--yes']);
  });

  test('a night for which no worker was there is an alarm once one is, and seen as missed', async () => {
    await program.run(['health', 'schedule', '--cron', '0 2 * * *', '--window', '1s']);
    await program.stopWorkers();
    const triggered = Date.now();
    await program.run(['schedule', 'trigger', 'health-check', '--detach']);
    await until('its window has passed', () => Promise.resolve(Date.now() - triggered > 2500), 10);
    await program.startWorker();
    const told = async () => (await notifications()).find(({ event }) => event === 'missed');
    await until('it is told', async () => (await told()) !== undefined, 30);
    expect(await told()).toMatchObject({
      title: 'Check the health of everything',
      message: expect.stringMatching(/could begin only \d+ s later; its start window is 1 s/),
    });
    const listed = async () => (await program.run(['operation', 'list', '--limit', '1'])).stdout;
    await until('it is listed as missed', async () => (await listed()).includes('missed'), 30);
    const { stdout } = await program.run(['audit', 'export', (await told())?.operation ?? '']);
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as AuditLine);
    expect(lines).toMatchObject([
      { event: 'asked', by: expect.stringContaining('@'), action: 'Check the health of everything' },
      { event: 'ended', action: 'missed' },
    ]);
    await program.run(['schedule', 'remove', 'health-check', '--yes']);
  }, 60_000);

  test('a host that answers nonsense, or not at all, is a finding, and what was wrong there still is', async () => {
    await hosts.container('host3', 'nova_compute', { health: 'unhealthy' });
    await check('--commit', '--only', 'containers');
    await writeFile(hosts.at('host3', 'containers', 'broken.json'), 'nonsense');
    const nonsense = await check('--only', 'containers');
    expect(wrong(nonsense)).toEqual([
      expect.stringContaining('new: host3: its containers could not be looked at: '),
      'still there: host3: nova_compute is unhealthy (not looked at this time)',
    ]);
    await rm(hosts.at('host3', 'containers', 'broken.json'));

    const trusted = hosts.at('host3', 'keys', 'known_hosts');
    const keys = await readFile(trusted, 'utf8');
    await program.stopWorkers();
    await writeFile(trusted, '');
    await program.startWorker();
    const dead = await check('--commit');
    expect(wrong(dead)).toEqual([
      expect.stringMatching(/^new: host3: it can't be reached: /),
      'still there: host3: nova_compute is unhealthy (not looked at this time)',
    ]);
    expect(dead.results.filter(({ where, unseen }) => where === 'host3' && unseen?.includes('') === true)).toHaveLength(
      3,
    );
    await program.stopWorkers();
    await writeFile(trusted, keys);
    await program.startWorker();
    await hosts.container('host3', 'nova_compute');
    const back = await check('--commit');
    expect([back.verdict, back.counts.resolved]).toEqual(['ok', 2]);
  }, 120_000);

  test('a damaged memory or baseline is a finding, and stops nothing', async () => {
    await check('--commit');
    const records = join(told, '../records/health');
    const newest = (await readdir(records)).sort().at(-1) ?? '';
    await truncate(join(records, newest), 100);
    const baseline = join(program.directory, 'baseline.yaml');
    const good = await readFile(baseline, 'utf8');
    await writeFile(baseline, '');
    const report = await check('--commit');
    expect(wrong(report).sort()).toEqual([
      expect.stringMatching(/^new: cloud practice: the baseline .* is empty/),
      expect.stringMatching(/^new: records: what the last check remembered is damaged, .*memory-\d+\.json is damaged/),
      expect.stringMatching(/^new: role computes: the baseline .* is empty/),
      expect.stringMatching(/^new: role controllers: the baseline .* is empty/),
    ]);
    const learned = await program.run(['health', 'baseline', '--out', baseline, '--replace']);
    expect(learned.exitCode).toBe(0);
    expect((await readFile(baseline, 'utf8')).replace(/Seen at .*/, '')).toBe(good.replace(/Seen at .*/, ''));
    expect(await check('--commit')).toMatchObject({ verdict: 'ok', counts: { resolved: 4 } });
  }, 120_000);

  test('a plug-in that can not tell says so on its one line, with its own code', async () => {
    for (const args of [
      ['health', 'check', '--nagios', '--only', 'bogus'],
      ['health', 'check', '--nagios', '--detach'],
      ['health', 'check', '--nagios', '--site', 'nowhere'],
      ['health', 'report', '--nagios', '--run', 'zzzz'],
      ['health', 'report', '--nagios', '--address', '127.0.0.1:1'],
    ]) {
      const { exitCode, stdout } = await program.run([...args, '--quiet']);
      expect([args, exitCode, stdout.trim().split('\n')]).toEqual([
        args,
        3,
        [expect.stringMatching(/^STACKHAND UNKNOWN - /)],
      ]);
    }
  }, 120_000);

  test('a check of one kind tells nothing false of the others', async () => {
    await hosts.container('host3', 'nova_compute', { health: 'unhealthy' });
    await check('--commit');
    const trusted = hosts.at('host1', 'keys', 'known_hosts');
    const keys = await readFile(trusted, 'utf8');
    await program.stopWorkers();
    await writeFile(trusted, '');
    await program.startWorker();
    expect(wrong(await check('--commit', '--only', 'hosts'))).toEqual([
      expect.stringMatching(/^new: host1: it can't be reached/),
    ]);
    await program.stopWorkers();
    await writeFile(trusted, keys);
    await program.startWorker();
    // Whoever reaches it knows that it can be reached.
    const services = await check('--commit', '--only', 'services');
    expect([services.verdict, services.elsewhere]).toEqual(['ok', 2]);
    const containers = await check('--only', 'containers');
    expect(found(containers, "can't be reached")?.difference).toBe('resolved');
    await hosts.container('host3', 'nova_compute');
    const last = (await check('--commit')) && (await notifications()).at(-1);
    expect(last?.message).toMatch(/^Health: ok\. All is well\./);
  }, 120_000);

  test('containers: exited, restarted, unexpected, from another image, one too many', async () => {
    await check('--commit', '--only', 'containers');
    await hosts.container('host1', 'nova_api', { state: 'exited', exitCode: 137 });
    await hosts.container('host2', 'keystone', { restarts: 4, image: 'b'.repeat(64) });
    await hosts.container('host2', 'miner');
    await hosts.container('host2', 'neutron-dnsmasq-qdhcp-11111111-2222-3333-4444-555555555555');
    await hosts.container('host2', 'cinder-volume');
    await hosts.container('host1', 'nova_db_sync', { state: 'exited', exitCode: 1 });
    const report = await check('--only', 'containers');
    expect(wrong(report).sort()).toEqual([
      'new: host1: nova_api has exited with code 137',
      'new: host1: nova_db_sync, which runs once, ended with code 1',
      'new: host2: keystone was restarted 4 times since the last check',
      'new: host2: miner runs, and the baseline does not know it',
      'new: role controllers: cinder-volume runs on host1, host2; 1 of them has to run it',
      'new: role controllers: keystone runs from different images',
    ]);
    await hosts.container('host1', 'nova_api');
    await hosts.container('host2', 'keystone');
    for (const name of ['miner', 'cinder-volume', 'neutron-dnsmasq-qdhcp-11111111-2222-3333-4444-555555555555'])
      await hosts.removeContainer('host2', name);
    await hosts.container('host1', 'nova_db_sync', { state: 'exited' });
  }, 120_000);

  test('Placement: room taken for a server that is gone, and of a compute host that is gone', async () => {
    const { consumer } = await cloud.control<{ consumer: string }>('POST', '/leftovers', { host: 'compute1' });
    await cloud.control('POST', '/leftovers', { provider: 'compute9' });
    expect(wrong(await check('--only', 'services')).sort()).toEqual([
      'new: cloud practice: Placement has a resource provider compute9, and Nova no hypervisor of that name',
      `new: cloud practice: room on compute1 is taken for ${consumer}, which is no server or migration: nobody else gets it`,
    ]);
    await cloud.control('DELETE', '/leftovers');
  }, 60_000);

  test('services: down, disabled with its reason, gone; servers in ERROR; an API that fails', async () => {
    await check('--commit', '--only', 'services');
    const [broken = ''] = await cloud.addServers({
      status: 'ERROR',
      fault: 'No valid host was found. rabbit://nova:hunter2@h/',
    });
    await cloud.control('PATCH', '/services/neutron-l3-agent/controller', { gone: true });
    await cloud.control('PATCH', '/services/nova-conductor/controller', { enabled: false, reason: 'by me' });
    await cloud.control('PATCH', '/hosts/compute2', { up: false });
    const report = await check('--only', 'services');
    expect(wrong(report).sort()).toEqual([
      'new: cloud practice: neutron-l3-agent on controller is gone: the cloud no longer lists it',
      'new: cloud practice: nova-compute on compute2 is down',
      'new: cloud practice: nova-conductor on controller is disabled: by me',
      expect.stringMatching(/^new: cloud practice: server server-\d+ is in ERROR$/),
    ]);
    expect(found(report, 'is in ERROR')?.evidence).toEqual(['No valid host was found. rabbit://nova:***@h/']);
    await cloud.control('PATCH', '/services/cinder-volume/controller@ceph', { up: false });
    await check('--commit', '--only', 'services');
    await cloud.faults({ match: 'GET /volume/', status: 503, times: 20 });
    const refused = await check('--only', 'services');
    expect(wrong(refused)).toContainEqual(expect.stringContaining('its volume services could not be listed'));
    // What was wrong there may still be; what was wrong elsewhere was looked at.
    expect(wrong(refused)).toContain(
      'still there: cloud practice: cinder-volume on controller@ceph is down (not looked at this time)',
    );
    expect(refused.counts).toMatchObject({ resolved: 0, stillThere: 5 });
    await cloud.faults();
    await cloud.control('PATCH', '/services/cinder-volume/controller@ceph', { up: true });
    await cloud.control('DELETE', `/servers/${broken}`);
    await cloud.faults({ match: 'GET /placement/', status: 503, times: 20 });
    expect(wrong(await check('--only', 'services'))).toContainEqual(
      expect.stringContaining('its leftovers in Placement could not be listed'),
    );
    await cloud.faults();
    await cloud.control('PATCH', '/services/neutron-l3-agent/controller', { gone: false });
    await cloud.control('PATCH', '/services/nova-conductor/controller', { enabled: true, reason: null });
    await cloud.control('PATCH', '/hosts/compute2', { up: true });
  }, 120_000);
});
