import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { execa } from 'execa';
import type { Report } from '../../src/contracts/operation.ts';
import type { VmBackupResult } from '../../src/contracts/vm-backup.ts';
import { builtProgram } from '../support/built.ts';
import { until } from '../support/poll.ts';
import { useObserved } from './support/observed.ts';

/** What Prometheus reads of a worker, after operations on a practice hypervisor and a practice cloud. */
describe("a worker's metrics", () => {
  const observed = useObserved({ hosts: { far: { address: '127.0.0.1', port: 9, user: 'root', site: 'rack9' } } });
  /** Gauges are as old as half a minute. */
  const becomes = async (value: number, name: string, labels: Record<string, string>): Promise<void> =>
    until(
      `${name} ${JSON.stringify(labels)} is ${String(value)}`,
      async () => (await observed.value(name, labels)) === value,
      45,
    );

  test('an operation that nobody began is there as 0, so that the first is an increase', async () => {
    expect(await observed.value('stackhand_operations_total', { kind: 'vmRestore', outcome: 'failed' })).toBe(0);
    expect(await observed.scrape()).not.toContain('kind="inspect"');
  });

  test('a backup is counted once, with its bytes, how long it took and how long the VM was down', async () => {
    const { result, exitCode } = await observed.program.json<Report<VmBackupResult>>(
      ...['vm', 'backup', 'web01', '--host', 'kvm1', '--shutdown'],
    );
    expect(exitCode).toBe(0);
    const kind = 'vmBackup';
    expect(await observed.value('stackhand_operations_total', { kind, outcome: 'done' })).toBe(1);
    expect(await observed.value('stackhand_operations_total', { kind, outcome: 'failed' })).toBe(0);
    expect(result?.bytes).toBeGreaterThan(0);
    expect(await observed.value('stackhand_backup_bytes_total', { host: 'kvm1', repository: 'nas' })).toBe(
      result?.bytes,
    );
    expect(await observed.value('stackhand_operation_duration_seconds_count', { kind })).toBe(1);
    expect(await observed.value('stackhand_operation_duration_seconds_bucket', { kind, le: '172800' })).toBe(1);
    expect(await observed.value('stackhand_backup_downtime_seconds_sum', { host: 'kvm1' })).toBeCloseTo(
      result?.downtime ?? -1,
      1,
    );
  });

  test('one that fails is counted as failed', async () => {
    await observed.program.run(['vm', 'backup', 'nosuch', '--host', 'kvm1', '--shutdown']);
    expect(await observed.value('stackhand_operations_total', { kind: 'vmBackup', outcome: 'failed' })).toBe(1);
  });

  test('servers are counted by what became of them', async () => {
    for (const name of ['app-1', 'app-2', 'app-3']) await observed.cloud.addServers({ name, host: 'compute1' });
    await observed.cloud.faults({ match: '/action', status: 403, times: 1 });
    const { outcome } = await observed.program.json<Report>('server', 'stop', '--name', 'app-*', '--yes');
    expect(outcome).toBe('partial');
    const servers = (of: string): Promise<number | undefined> =>
      observed.value('stackhand_servers_total', { action: 'stop', cloud: 'practice', outcome: of });
    expect([await servers('done'), await servers('failed'), await servers('left alone')]).toEqual([2, 1, 0]);
  });

  test('flavors are counted', async () => {
    const { outcome } = await observed.program.json<Report>(
      ...['flavor', 'create', 'm9.odd', '--vcpus', '1', '--ram', '512', '--disk', '1'],
    );
    expect(outcome).toBe('done');
    expect(await observed.value('stackhand_flavors_total', { cloud: 'practice', outcome: 'done' })).toBe(1);
  });

  test('bytes of images are counted, once for the same content', async () => {
    const file = join(observed.program.directory, 'tiny.raw');
    await writeFile(file, Buffer.alloc(300_000, 7));
    for (const sent of [true, false])
      expect(await observed.program.json('image', 'upload', file, '--disk-format', 'raw')).toMatchObject({
        result: { sent },
      });
    expect(await observed.value('stackhand_image_bytes_total', { cloud: 'practice' })).toBe(300_000);
  });

  test('an operation that waits for a yes is under way until it has it', async () => {
    await observed.cloud.addServers({ name: 'db-1', host: 'compute1' });
    const id = await observed.program.begin('server', 'stop', '--name', 'db-1');
    const waiting = { kind: 'serverStop', state: 'waiting' };
    await becomes(1, 'stackhand_operations_open', waiting);
    await observed.program.run(['operation', 'approve', id, '--yes']);
    await becomes(0, 'stackhand_operations_open', waiting);
  }, 120_000);

  test('a site of the config that no worker serves has 0 workers, and the one that is served 1', async () => {
    await becomes(0, 'stackhand_queue_workers', { queue: 'stackhand-rack9' });
    await becomes(1, 'stackhand_queue_workers', { queue: 'stackhand' });
  });

  test('an address that is taken is said, with what to do', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const address = `127.0.0.1:${String((taken.address() as AddressInfo).port)}`;
    const main = `${await builtProgram()}/worker/main.js`;
    const { env } = observed.program;
    const { exitCode, stderr } = await execa(process.execPath, [main, '--metrics', address], {
      ...{ env, extendEnv: false, reject: false, timeout: 30_000 },
    });
    taken.close();
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(new RegExp(`metrics can't be given at ${address}: .*in use.*\n.*another address and port`));
  });

  test('each metric that it gives is in docs/deploy.md', async () => {
    const given = [...(await observed.scrape()).matchAll(/^# TYPE (stackhand_\w+)/gm)].map(([, name = '']) => name);
    expect(given.length).toBeGreaterThan(7);
    const page = await readFile(new URL('../../docs/deploy.md', import.meta.url), 'utf8');
    for (const name of given) expect(page).toContain(`| \`${name}\` `);
  });
});
