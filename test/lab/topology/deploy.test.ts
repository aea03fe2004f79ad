import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execa } from 'execa';
import { parse, stringify } from 'yaml';
import { taskQueue } from '../../../src/contracts/operation.ts';
import { PracticeSite } from '../../practice/support/site.ts';
import { until } from '../../support/poll.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import { lowPorts } from './support/ports.ts';
import { Program } from './support/processes.ts';
import { programs, useTopology } from './support/topology.ts';

const deploy = fileURLToPath(new URL('../../../deploy/', import.meta.url));
const promtool = (...args: string[]) => execa(join(programs.prometheus ?? '', 'promtool'), args);

describe('deploy/prometheus, as Prometheus itself reads it', () => {
  test('is a valid config with valid rules', async () => {
    const { stdout } = await promtool('check', 'config', join(deploy, 'prometheus/prometheus.yml'));
    expect(stdout).toMatch(/SUCCESS: \d+ rules found/);
  });

  test('raises each alert when it should, and only then', async () => {
    const { exitCode } = await promtool('test', 'rules', join(deploy, '../test/deploy/fixtures/alerts.test.yml'));
    expect(exitCode).toBe(0);
  });
});

describe.each(['stackhand-worker.service', 'temporal.service'])('deploy/systemd/%s', (name) => {
  const analyze = (...args: string[]) => execa('systemd-analyze', args, { reject: false, all: true });
  let unit = '';
  beforeAll(async () => {
    // A program that is there: systemd looks.
    const text = await readFile(join(deploy, 'systemd', name), 'utf8');
    unit = join(await scratchDirectory('units'), name);
    await writeFile(
      unit,
      text.replace('/usr/local/lib/temporal/server', join(programs.temporal ?? '', 'temporal-server')),
    );
  });

  test('is one that systemd understands, without a word', async () => {
    const { all, exitCode } = await analyze('verify', unit);
    // Other units of this machine may have faults of their own.
    expect(all.split('\n').filter((line) => line.includes(name))).toEqual([]);
    expect(exitCode).toBe(0);
  });

  test('is little exposed: 2.0 of 10 at most', async () => {
    const { all, exitCode } = await analyze('security', '--offline=true', '--threshold=20', unit);
    expect([exitCode, exitCode === 0 ? '' : all]).toEqual([0, '']);
  });
});

describe('Prometheus beside the production topology', () => {
  let site: PracticeSite;
  let prometheus: Program;
  let address = '';
  const topology = useTopology(async () => {
    site = await PracticeSite.start();
    const config = parse(await readFile(site.ready.config, 'utf8')) as object;
    const file = join(await scratchDirectory('shared'), 'config.yaml');
    const health = {
      roles: { hypervisors: { hosts: ['practice'] } },
      backups: [{ host: 'practice', vm: 'web01', within: '26h' }],
    };
    await writeFile(file, stringify({ ...config, health }));
    return { STACKHAND_CONFIG: file };
  });

  beforeAll(async () => {
    // A host on which nobody has ever looked for backups is a reason for an alert of its own.
    await topology.json('vm', 'backup', 'web01', '--host', 'practice', '--shutdown');
    const directory = await scratchDirectory('prometheus');
    const [port = 0] = await lowPorts(1);
    address = `127.0.0.1:${String(port)}`;
    const config = parse(await readFile(join(deploy, 'prometheus/prometheus.yml'), 'utf8')) as {
      scrape_configs: { static_configs: { targets: string[] }[] }[];
    };
    const [job] = config.scrape_configs;
    const targets = [topology.metricsOf('one'), topology.metricsOf('two')];
    const here = {
      global: { scrape_interval: '1s', evaluation_interval: '1s' },
      rule_files: [join(deploy, 'prometheus/alerts.yml')],
      scrape_configs: [{ ...job, static_configs: [{ targets }] }],
    };
    await writeFile(join(directory, 'prometheus.yml'), stringify(here));
    prometheus = await Program.start(
      join(directory, 'log'),
      join(programs.prometheus ?? '', 'prometheus'),
      [
        `--config.file=${join(directory, 'prometheus.yml')}`,
        `--storage.tsdb.path=${join(directory, 'data')}`,
        `--web.listen-address=${address}`,
      ],
      {},
    );
    const answers = (): Promise<boolean> => ask('query?query=up').then(Boolean, () => false);
    await prometheus.ready('Prometheus answers', answers, 30);
  }, 120_000);
  afterAll(async () => {
    await prometheus.kill();
    await site.clean();
  }, 60_000);

  const ask = async <T = { result: { metric: Record<string, string>; value: [number, string] }[] }>(
    query: string,
  ): Promise<T> => {
    const answer = (await (await fetch(`http://${address}/api/v1/${query}`)).json()) as { data: T };
    return answer.data;
  };
  const values = async (query: string): Promise<number[]> =>
    (await ask(`query?query=${encodeURIComponent(query)}`)).result.map(({ value }) => Number(value[1]));
  interface Rule {
    readonly name: string;
    readonly state: string;
    readonly health: string;
    readonly query: string;
  }
  const rules = async (): Promise<Rule[]> =>
    (await ask<{ groups: { rules: Rule[] }[] }>('rules')).groups.flatMap((group) => group.rules);
  const raised = async (): Promise<string[]> =>
    (await rules()).filter(({ state }) => state !== 'inactive').map(({ name }) => name);

  test('sees both workers, and nothing wrong', async () => {
    await until('both are scraped', async () => (await values('up')).join() === '1,1', 30);
    await until('the rules were evaluated', async () => (await rules()).every(({ health }) => health === 'ok'), 30);
    // Before the first scrape no worker was there.
    await until('none is raised any more', async () => (await raised()).length === 0, 30);
  });

  test('finds each metric that the rules name, in what the workers tell', async () => {
    // One operation fails, one can't be carried on by any worker, and a health check is made.
    await expect(topology.json('vm', 'backup', 'nosuch', '--host', 'practice', '--shutdown')).rejects.toThrow('nosuch');
    await topology.client.workflow.start('ofAnotherVersion', { taskQueue, workflowId: 'another-version' });
    const check = await topology.begin('health', 'check', '--only', 'hosts', '--commit');
    await topology.client.workflow.getHandle(check).result();
    await topology.kill('temporal');
    const failing = 'min(sum by (instance) (temporal_long_request_failure_total))';
    await until('the workers miss Temporal', async () => ((await values(failing))[0] ?? 0) > 60, 60);
    await topology.start('temporal');

    const named = new Set((await rules()).flatMap(({ query }) => query.match(/\b(stackhand|temporal)_\w+/g) ?? []));
    expect(named.size).toBeGreaterThan(4);
    for (const metric of named)
      await until(`${metric} is there`, async () => (await values(`count(${metric})`)).length > 0, 60);
    const expected = ['StackhandOperationFailed', 'StackhandTemporalUnreachable', 'StackhandWorkflowStandsStill'];
    for (const alert of expected) await until(`${alert} is raised`, async () => (await raised()).includes(alert), 60);
  });

  test('tells of a worker that is gone, and of none being there', async () => {
    await topology.kill('worker one');
    await until('one is missed', async () => (await raised()).includes('StackhandWorkerDown'), 30);
    expect(await raised()).not.toContain('StackhandNoWorker');
    await topology.kill('worker two');
    await until('both are missed', async () => (await raised()).includes('StackhandNoWorker'), 30);
  });
});
