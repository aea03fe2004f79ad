import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { execa } from 'execa';
import type { Report } from '../../../src/contracts/operation.ts';
import { useCloudProgram } from '../../support/cloud-program.ts';
import { cloudEnv, cloudScript, labCloud } from '../support/openstack.ts';

type Ended = Report & { workflowId: string; exitCode: number | undefined };

interface Shown {
  readonly ID: string;
  readonly Status: string;
  readonly Host: string;
}

/** The same promises on a real Nova, looked at with its own command line: it is Nova that counts what was done. */
describe('operations on servers of a real cloud', () => {
  const program = useCloudProgram(() => Promise.resolve({ clouds: labCloud.clouds, cloud: labCloud.admin }));
  let ids: readonly string[] = [];

  const openstack = async <T>(...args: string[]): Promise<T> => {
    const { stdout } = await execa('openstack', [...args, '-f', 'json'], { env: cloudEnv });
    return JSON.parse(stdout) as T;
  };
  const servers = async (): Promise<Shown[]> => {
    const all = await openstack<Shown[]>('server', 'list', '--all-projects', '--long');
    return all.filter(({ ID }) => ids.includes(ID));
  };
  const statuses = async (): Promise<string[]> => [...new Set((await servers()).map(({ Status }) => Status))];
  /** How often Nova was asked for that, of each server. */
  const asked = async (action: string): Promise<number[]> =>
    Promise.all(
      ids.map(async (id) => {
        const events = await openstack<{ Action: string }[]>('server', 'event', 'list', id);
        return events.filter((event) => event.Action === action).length;
      }),
    );
  const each = (count: number): number[] => ids.map(() => count);
  const selected = (): string[] => ids.flatMap((id) => ['--id', id]);

  beforeAll(async () => {
    ids = await labCloud.addServers(12);
  }, 300_000);
  beforeEach(() => program.startWorker());
  afterAll(async () => {
    await cloudScript('rmservers');
    for (const host of ['compute1', 'compute2', 'compute3'])
      await execa('openstack', ['compute', 'service', 'set', '--enable', host, 'nova-compute'], { env: cloudEnv });
  }, 300_000);

  test('the worker is killed while they are stopped, and again while they are started: each is asked once', async () => {
    const killed = async (id: string): Promise<Report> => {
      const result = program.temporal.client.workflow.getHandle(id).result() as Promise<Report>;
      for (let kill = 0; kill < 3; kill += 1) {
        await pause(700 + Math.random() * 900);
        await program.stopWorkers('SIGKILL');
        await program.startWorker();
      }
      return result;
    };
    const stop = await program.begin('server', 'stop', ...selected(), '--yes', '--parallel', '6');
    expect(await killed(stop)).toMatchObject({ outcome: 'done', summary: '12 of 12 servers stopped' });
    expect(await statuses()).toEqual(['SHUTOFF']);
    expect(await asked('stop')).toEqual(each(1));
    const start = await program.begin('server', 'start', '--stopped-by', stop, '--yes', '--parallel', '6');
    expect(await killed(start)).toMatchObject({ outcome: 'done', summary: '12 of 12 servers started' });
    expect(await statuses()).toEqual(['ACTIVE']);
    expect(await asked('start')).toEqual(each(1));
  });

  test('a host is drained, with the worker killed in the middle, and restored', async () => {
    const id = await program.begin('host', 'drain', 'compute1', '--yes');
    const result = program.temporal.client.workflow.getHandle(id).result() as Promise<Report>;
    await pause(6000);
    await program.stopWorkers('SIGKILL');
    await program.startWorker();
    expect((await result).summary).toMatch(
      /^compute1 is empty: (\d+) of \1 servers migrated; its scheduling is disabled$/,
    );
    expect((await servers()).filter(({ Host }) => Host === 'compute1')).toEqual([]);
    expect(await statuses()).toEqual(['ACTIVE']);
    expect(Math.max(...(await asked('live-migration')))).toBe(1);
    const restored = await program.json<Ended>('host', 'restore', 'compute1', '--yes');
    expect(restored).toMatchObject({ exitCode: 0, summary: expect.stringContaining('compute1 is in scheduling') });
    expect((await servers()).some(({ Host }) => Host === 'compute1')).toBe(true);
  });

  test('the script of a plan does what the plan says', async () => {
    const { stdout } = await program.run(['server', 'stop', ...selected(), '--format', 'shell']);
    const script = join(program.directory, 'stop.sh');
    await writeFile(script, stdout);
    await execa('sh', [script], { env: cloudEnv });
    const deadline = Date.now() + 60_000;
    while ((await statuses()).join() !== 'SHUTOFF' && Date.now() < deadline) await pause(1000);
    expect(await statuses()).toEqual(['SHUTOFF']);
    await program.json('server', 'start', ...selected(), '--any', '--yes');
    const [first] = await servers();
    const to = first?.Host === 'compute2' ? 'compute3' : 'compute2';
    const migrate = await program.run(['server', 'migrate', '--id', first?.ID ?? '', '--to', to, '--format', 'shell']);
    expect(migrate.stdout).toContain(
      `openstack --os-compute-api-version 2.30 server migrate --live-migration --host ${to}`,
    );
    await writeFile(script, migrate.stdout);
    await execa('sh', [script], { env: cloudEnv });
    while ((await servers()).find(({ ID }) => ID === first?.ID)?.Host !== to && Date.now() < deadline + 60_000)
      await pause(1000);
    expect((await servers()).find(({ ID }) => ID === first?.ID)?.Host).toBe(to);
  });

  test('deletes exactly the plan: one that came after it stays', async () => {
    const file = join(program.directory, 'delete.json');
    await program.run(['server', 'delete', ...selected(), '--plan-only', '--out', file]);
    expect((JSON.parse(await readFile(file, 'utf8')) as { servers: unknown[] }).servers).toHaveLength(12);
    const [newcomer] = await labCloud.addServers(1);
    const deleted = await program.json<Ended>('plan', 'apply', file, '--confirm-count', '12');
    expect(deleted).toMatchObject({ exitCode: 0, summary: '12 of 12 servers deleted' });
    expect(await servers()).toEqual([]);
    const left = await openstack<Shown[]>('server', 'list', '--all-projects');
    expect(left.map(({ ID }) => ID)).toContain(newcomer);
  });
});
