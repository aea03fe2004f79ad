import { beforeEach, describe, expect, test } from '@jest/globals';
import type { HostRecord } from '../../src/contracts/host-record.ts';
import type { OperationRepairResult } from '../../src/contracts/operation-repair.ts';
import type { Report } from '../../src/contracts/operation.ts';
import { useTemporal } from '../support/temporal.ts';
import { FakeHost } from './fake-host.ts';
import { begin } from './runbook.ts';

const temporal = useTemporal();
let host: FakeHost;

beforeEach(() => {
  host = new FakeHost();
});

async function repair(): Promise<Report<OperationRepairResult>> {
  return (await (await begin(temporal, host, 'operationRepair', {})).result()) as Report<OperationRepairResult>;
}

/** A terminated operation: its record says which VM it was for. */
const named: HostRecord = {
  operation: '11111111-0000-4000-8000-000000000000',
  workflowId: 'vm-restore/kvm1/web01/1a2b3c4d',
  type: 'vmRestore',
  startedAt: '2026-01-01T00:00:00Z',
  domain: { name: 'web01', uuid: '11111111-2222-4333-8444-555555555555' },
  repository: { name: 'nas', type: 'nfs', source: '127.0.0.1:/export', options: '', mountPoint: '/mnt/backup' },
};

describe('a repair', () => {
  test.each([true, false])('of an operation that never held its VM leaves it alone (running: %s)', async (running) => {
    host.running = running;
    host.left = [{ record: named, state: 'closed' }];
    const { result } = await repair();
    expect(result?.repaired).toMatchObject([{ operation: named.workflowId }]);
    for (const touching of ['bringBack', 'start', 'shutDown', 'undoDefine', 'removeRestored'])
      expect(host.calls).not.toContain(touching);
    expect(host).toMatchObject({ running, starts: 0, stops: 0, mounted: false, left: [] });
  });

  test('of one that held it puts back its definition, then its state, before anything else', async () => {
    host.running = false;
    host.left = [{ record: { ...named, wasRunning: true, broughtDown: true, restore: {} }, state: 'closed' }];
    await repair();
    const story = ['undoDefine', 'bringBack', 'disarmGuard', 'stopJobs', 'removeRestored', 'unmount', 'letGo'];
    expect(host.calls.filter((name) => story.includes(name))).toEqual(story);
    expect(host).toMatchObject({ running: true, starts: 1, mounted: false, left: [] });
  });

  test('of one that never asked for a shutdown does not start what somebody has turned off since', async () => {
    host.running = false;
    host.left = [{ record: { ...named, wasRunning: true }, state: 'closed' }];
    await repair();
    expect(host).toMatchObject({ running: false, starts: 0, mounted: false, left: [] });
  });

  test('does not start what the guard has started, and somebody turned off since', async () => {
    host.running = false;
    host.guard = 'acted';
    host.left = [{ record: { ...named, wasRunning: true, broughtDown: true }, state: 'closed' }];
    const { result } = await repair();
    expect(result?.repaired[0]?.did).toContain('web01 was started by the guard on its host');
    expect(host).toMatchObject({ running: false, starts: 0, left: [] });
  });

  test('of one VM that can not be started goes on with the others, and keeps its record', async () => {
    host.running = false;
    host.fail('bringBack', 'UnknownVm');
    const other = { name: 'db01', uuid: '22222222-2222-4333-8444-555555555555' };
    host.left = [
      { record: { ...named, wasRunning: true, broughtDown: true }, state: 'closed' },
      { record: { ...named, operation: 'other', domain: other }, state: 'closed' },
    ];
    const { outcome, result } = await repair();
    expect(outcome).toBe('partial');
    expect(result?.leftAlone).toMatchObject([{ operation: named.workflowId, why: 'bringBack failed' }]);
    expect(result?.repaired).toHaveLength(1);
  });

  test('of two operations on one VM waits for its lock once', async () => {
    host.left = ['one', 'two'].map((operation) => ({ record: { ...named, operation }, state: 'closed' }));
    expect((await repair()).result?.repaired).toHaveLength(2);
  });

  test('of one operation means it alone, by its whole id', async () => {
    host.left = [{ record: named, state: 'closed' }];
    const handle = await begin(temporal, host, 'operationRepair', { operation: 'd' });
    await expect(handle.result()).rejects.toMatchObject({ cause: { type: 'InvalidInput' } });
    const whole = await begin(temporal, host, 'operationRepair', { operation: '1a2b3c4d' });
    expect(((await whole.result()) as Report<OperationRepairResult>).result?.repaired).toHaveLength(1);
  });

  test('of a restore whose VM runs on the restored disks leaves it running on them', async () => {
    host.defined = 'restored';
    host.restored.add('/images/new');
    host.left = [{ record: { ...named, wasRunning: true, broughtDown: true, restore: {} }, state: 'closed' }];
    const { result } = await repair();
    expect(result?.repaired[0]?.did).toContain('web01 runs on its restored disks, and is left so');
    for (const touching of ['undoDefine', 'bringBack', 'removeRestored']) expect(host.calls).not.toContain(touching);
    expect(host).toMatchObject({ running: true, defined: 'restored', settled: true, stops: 0, left: [] });
  });

  test('goes by the record as it is once nobody else works on the VM', async () => {
    host.running = false;
    host.left = [{ record: { ...named, wasRunning: true, broughtDown: true }, state: 'closed' }];
    // Whoever held the VM has put it right meanwhile.
    host.when('leftovers', () => {
      host.when('leftovers', () => {
        host.left = [];
      });
    });
    const { result } = await repair();
    expect(result).toMatchObject({ repaired: [], leftAlone: [{ why: 'somebody else has repaired it' }] });
    expect(host).toMatchObject({ running: false, starts: 0 });
  });

  test('gives back mounts that no record speaks of', async () => {
    const lease = { operation: 'doctor-4711', mountPoint: '/mnt/backup', source: '127.0.0.1:/export' };
    host.strays = [{ ...lease, mountedByUs: true }];
    const { result } = await repair();
    expect(host.strays).toEqual([]);
    expect(result?.repaired).toEqual([{ operation: 'doctor-4711', did: [expect.stringContaining('/mnt/backup')] }]);
  });

  test('leaves alone what still runs, and what another Temporal began', async () => {
    host.left = [
      { record: { ...named, wasRunning: true }, state: 'open' },
      { record: { ...named, operation: 'other', wasRunning: true }, state: 'unknown' },
    ];
    const { result } = await repair();
    expect(result?.leftAlone).toHaveLength(2);
    expect(host.left).toHaveLength(2);
  });
});
