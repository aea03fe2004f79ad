import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execa } from 'execa';
import { stringify } from 'yaml';
import type { Check } from '../../../src/contracts/inspect.ts';
import { builtProgram } from '../../support/built.ts';
import { until } from '../../support/poll.ts';
import { PracticeCloud } from '../../support/practice-cloud.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import { useTemporal } from '../../support/temporal.ts';
import { lowPorts } from './support/ports.ts';
import { Postgresql } from './support/postgresql.ts';
import { Program } from './support/processes.ts';

const password = 's3cret-of-records';
const servers = 30;

/** Two workers that share nothing but Temporal and a PostgreSQL: each has a home and a config of its own. */
describe('workers with records in a PostgreSQL', () => {
  const temporal = useTemporal();
  let postgresql: Postgresql;
  let running: Program;
  let cloud: PracticeCloud;
  const workers: Program[] = [];

  beforeAll(async () => {
    await builtProgram();
    const [port = 0] = await lowPorts(1);
    postgresql = await Postgresql.make(await scratchDirectory('postgresql'), port, 'admin', 'admin-password');
    running = await postgresql.start();
    await postgresql.sql('postgres', `CREATE ROLE stackhand LOGIN PASSWORD '${password}'`);
    await postgresql.sql('postgres', 'CREATE DATABASE stackhand OWNER stackhand');
    cloud = await PracticeCloud.start({ servers: 0, hosts: 3, transition: 1_000 });
  }, 180_000);
  afterAll(async () => {
    for (const worker of workers) await worker.kill();
    await running.kill();
    await cloud.stop();
  }, 60_000);

  const url = (): string => `postgresql://stackhand@127.0.0.1:${String(postgresql.port)}/stackhand`;

  /** A home with a config and a file that holds a password; what a program has as its environment there. */
  async function machine(secret: string): Promise<Record<string, string>> {
    const home = await scratchDirectory('home');
    const file = join(home, 'records-password');
    await writeFile(file, `${secret}\n`, { mode: 0o600 });
    const config = join(home, 'config.yaml');
    const place = { url: url(), password: { file: './records-password' }, tls: 'none' };
    await writeFile(config, stringify({ records: { postgresql: place } }));
    await chmod(config, 0o600);
    return {
      PATH: process.env['PATH'] ?? '',
      HOME: home,
      STACKHAND_CONFIG: config,
      OS_CLIENT_CONFIG_FILE: cloud.ready.clouds,
      OS_CLOUD: 'practice',
      ...temporal.env,
    };
  }

  async function stackhand(env: Record<string, string>, ...args: readonly string[]) {
    const main = join(await builtProgram(), 'client/main.js');
    const options = {
      env,
      extendEnv: false,
      reject: false,
      stdin: 'ignore',
      timeout: 120_000,
      cwd: env['HOME'] ?? '/',
    };
    return execa(process.execPath, [main, ...args], options as typeof options & { stdin: 'ignore' });
  }

  async function startWorker(env: Record<string, string>): Promise<Program> {
    const main = join(await builtProgram(), 'worker/main.js');
    const { HOME: cwd = '', STACKHAND_CONFIG: config = '' } = env;
    const log = join(cwd, 'worker.log');
    const worker = await Program.start(log, process.execPath, [main, '--config', config], { env, cwd });
    workers.push(worker);
    await worker.ready('the worker serves', async () => (await readFile(log, 'utf8')).includes('worker: ready'), 60);
    return worker;
  }

  const recordsCheck = async (env: Record<string, string>): Promise<Check | undefined> => {
    const { stdout } = await stackhand(env, 'doctor', '--json');
    expect(stdout).not.toContain(password);
    return (JSON.parse(stdout) as Check[]).find(({ name }) => name === 'records');
  };

  test('with a wrong password a worker says so and ends, before it serves', async () => {
    const { stderr, exitCode, durationMs } = await stackhand(await machine('wr0ng-s3cret'), 'worker');
    expect(stderr).toContain(
      `the records in ${url()} are refused: password authentication failed for user "stackhand"`,
    );
    expect(stderr).toContain('→ check the user and password of records.postgresql');
    expect(stderr).not.toContain('wr0ng-s3cret');
    expect(stderr).not.toContain('worker: ready');
    expect(exitCode).toBe(1);
    expect(durationMs).toBeLessThan(20_000);
  });

  test('an operation goes on over the death of the database and of a worker, and any worker tells of it', async () => {
    const machines = [await machine(password), await machine(password)] as const;
    const [one, two] = [await startWorker(machines[0]), await startWorker(machines[1])];
    expect(await recordsCheck(machines[0])).toMatchObject({ status: 'ok', detail: `${url()} keeps plans and reports` });

    const ids = await cloud.addServers({ count: servers, name: 'rack' });
    const begun = await stackhand(
      machines[0],
      ...['server', 'stop', '--name', 'rack', '--yes', '--parallel', '2', '--detach', '--json'],
    );
    const { workflowId } = JSON.parse(begun.stdout) as { workflowId: string };
    const stopped = async (): Promise<number> => (await cloud.times(ids, 'stop')).filter((times) => times > 0).length;
    await until('it is in its middle', async () => (await stopped()) >= 6, 60);
    await running.kill();
    expect(await recordsCheck(machines[0])).toMatchObject({
      status: 'failed',
      detail: expect.stringContaining(`the records in ${url()} can't be used`),
      remedy: expect.stringContaining('check that PostgreSQL is up'),
    });
    await one.kill();
    expect(await stopped()).toBeLessThan(servers);
    running = await postgresql.start();

    const handle = temporal.client.workflow.getHandle(workflowId);
    expect(await handle.result()).toMatchObject({
      outcome: 'done',
      summary: `${String(servers)} of ${String(servers)} servers stopped`,
    });
    expect(await cloud.times(ids, 'stop')).toEqual(ids.map(() => 1));
    const operation = workflowId.split('/').at(-1) ?? '';
    const told = await stackhand(machines[1], 'operation', 'servers', operation, '--json');
    expect((JSON.parse(told.stdout) as { outcomes: object[] }).outcomes).toHaveLength(servers);

    for (const pid of await two.pids()) process.kill(pid, 'SIGTERM');
    await until('the worker has ended in good order', () => two.ended, 30);
    const connected = `SELECT count(*)::int AS count FROM pg_stat_activity WHERE application_name = 'stackhand'`;
    const left = async (): Promise<unknown> => (await postgresql.sql('postgres', connected))[0]?.['count'];
    await until('no connection is left', async () => (await left()) === 0, 30);
    const kept = await postgresql.sql('stackhand', 'SELECT document FROM stackhand_records');
    expect(kept.length).toBeGreaterThan(2);
    expect(JSON.stringify(kept)).not.toContain(password);
  }, 150_000);
});
