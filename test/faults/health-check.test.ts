import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import type { HealthCheckResult, HealthReport } from '../../src/contracts/health.ts';
import type { Notification } from '../../src/contracts/notification.ts';
import type { Report } from '../../src/contracts/operation.ts';
import { useCloudProgram } from '../support/cloud-program.ts';
import { until } from '../support/poll.ts';
import { PracticeCloud } from '../support/practice-cloud.ts';
import { PracticeHosts, osloLine } from '../support/practice-hosts.ts';
import { scratchDirectory } from '../support/scratch.ts';

/** Whenever the worker dies: no finding is lost, nothing counts as seen that nobody was shown, no alarm has two names. */
describe('a health check, with faults', () => {
  let cloud: PracticeCloud;
  let hosts: PracticeHosts;
  let directory = '';
  const program = useCloudProgram(async () => {
    cloud = await PracticeCloud.start({ servers: 0, hosts: 1 });
    hosts = await PracticeHosts.start(2);
    directory = await scratchDirectory('told');
    await writeFile(join(directory, 'told'), '');
    // Holds the notification up for as long as the file is there.
    const tell = `cat >>told; echo >>told; while [ -e held ]; do sleep 0.1; done`;
    const config = {
      hosts: hosts.entries(),
      health: {
        cloud: 'practice',
        roles: {
          logging: { hosts: ['host1'], runtime: 'none', logs: [hosts.at('host1', 'logs', '*.log')] },
          others: { hosts: ['host2'], runtime: 'none', logs: [] },
        },
      },
      notifications: [
        { on: ['health', 'recovered'], command: ['sh', '-c', `cd ${directory}; ${tell}`] },
        { on: ['health'], webhook: { url: 'http://127.0.0.1:9/dead' } },
      ],
    };
    return { clouds: cloud.ready.clouds, cloud: 'practice', config: stringify(config) };
  });
  beforeAll(() => hosts.log('host1', 'logs/nova.log', osloLine('INFO', 'nova', 'began')));
  afterAll(async () => {
    await hosts.stop();
    await cloud.stop();
  });

  const log = (word: string): Promise<void> =>
    hosts.log('host1', 'logs/nova.log', osloLine('ERROR', 'nova', `broken "${word}"`));
  const used = async (): Promise<boolean> => ((await cloud.control<number[]>('GET', '/faults'))[0] ?? 0) > 0;
  const whole = (id: string): Promise<Report<HealthCheckResult>> =>
    program.temporal.client.workflow.getHandle(id).result() as Promise<Report<HealthCheckResult>>;
  const report = (run: string): Promise<HealthReport> => program.json<HealthReport>('health', 'report', '--run', run);
  const errors = ({ findings }: HealthReport): string[] =>
    findings.filter(({ check }) => check === 'logs').map(({ what, difference }) => `${difference} ${what}`);
  const told = async (): Promise<Notification[]> =>
    (await readFile(join(directory, 'told'), 'utf8'))
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Notification);

  test('killed while it looks: what was logged is found once, and counts once', async () => {
    await program.startWorker();
    await log('one');
    await cloud.faults({ match: 'GET /compute', times: 1, delay: 60_000 });
    const id = await program.begin('health', 'check', '--commit');
    await until('the cloud is asked', used, 30);
    await program.stopWorkers('SIGKILL');
    await cloud.faults();
    await program.startWorker();
    const { outcome, operation, result } = await whole(id);
    expect([outcome, result?.committed]).toEqual(['done', true]);
    expect(errors(await report(operation))).toEqual([expect.stringContaining('new ERROR nova broken "one"')]);
    const next = await whole(await program.begin('health', 'check', '--commit'));
    expect(errors(await report(next.operation))).toEqual([expect.stringContaining('resolved')]);
  }, 120_000);

  test('killed while it tells: the repeat has the same id, and the position moves once it has told', async () => {
    await program.startWorker();
    await writeFile(join(directory, 'held'), '');
    await log('two');
    const before = (await told()).length;
    const id = await program.begin('health', 'check', '--commit');
    await until('it tells', async () => (await told()).length > before, 30);
    await program.stopWorkers('SIGKILL');
    await rm(join(directory, 'held'));
    await program.startWorker();
    const { outcome, operation, items } = await whole(id);
    expect(outcome).toBe('done');
    const ids = (await told()).slice(before).map((notification) => notification.id);
    expect(ids.length).toBeGreaterThan(1);
    expect(new Set(ids)).toEqual(new Set([`${operation}/health`]));
    // Nobody hears of a webhook that is dead, unless it is said.
    expect(items.find(({ action }) => action === 'Notify: health')?.why).toContain('could not tell the webhook');
  }, 120_000);

  test('cancelled in the middle nothing counts as seen', async () => {
    await program.startWorker();
    await program.begin('health', 'check', '--commit').then(whole);
    await log('three');
    await cloud.faults({ match: 'GET /compute', times: 1, delay: 60_000 });
    const id = await program.begin('health', 'check', '--commit');
    await until('the cloud is asked', used, 30);
    await program.run(['operation', 'cancel', id]);
    await expect(whole(id)).rejects.toThrow();
    await cloud.faults();
    const { operation } = await whole(await program.begin('health', 'check', '--commit'));
    expect(errors(await report(operation))).toEqual([expect.stringContaining('new ERROR nova broken "three"')]);
  }, 120_000);

  test('of two that count at the same time, the second waits for the first, and finds nothing new', async () => {
    await program.startWorker();
    await program.begin('health', 'check', '--commit').then(whole);
    await log('four');
    const ids = [
      await program.begin('health', 'check', '--commit'),
      await program.begin('health', 'check', '--commit'),
    ];
    const reports = [];
    for (const id of ids) reports.push(errors(await report((await whole(id)).operation)).join());
    expect(reports.sort()).toEqual([
      expect.stringContaining('new ERROR nova broken "four"'),
      expect.stringContaining('resolved ERROR nova broken "four"'),
    ]);
  }, 120_000);
});
