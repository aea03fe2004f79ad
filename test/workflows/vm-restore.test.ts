import { beforeEach, describe, expect, test } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import type { Report } from '../../src/contracts/operation.ts';
import type { VmRestoreResult } from '../../src/contracts/vm-restore.ts';
import { useTemporal } from '../support/temporal.ts';
import { FakeHost } from './fake-host.ts';
import { begin as beginOn, failure, reaches } from './runbook.ts';

const temporal = useTemporal();
let host: FakeHost;

beforeEach(() => {
  host = new FakeHost();
});

const begin = (more: object = {}): Promise<WorkflowHandle> =>
  beginOn(temporal, host, 'vmRestore', { backup: 'web01', shutdown: true, ...more });

async function report(): Promise<Report<VmRestoreResult>> {
  return (await (await begin()).result()) as Report<VmRestoreResult>;
}

const letGo = { mounted: false, guard: 'absent', record: false, leased: false, lease: false };
const asItWas = { ...letGo, running: true, defined: 'former', restored: new Set() };

describe('a restore', () => {
  test('ends with the restored VM running, and nothing of it left', async () => {
    expect((await report()).outcome).toBe('done');
    expect(host).toMatchObject({ ...letGo, running: true, defined: 'restored', starts: 1, stops: 1 });
  });

  test('leaves its record before it mounts, and leases the backup before it reads it', async () => {
    await report();
    const order = (name: string): number => host.calls.indexOf(name);
    expect(order('leaveRecord')).toBeLessThan(order('mount'));
    expect(order('leaseForReading')).toBeLessThan(order('extract'));
    expect(host.calls.lastIndexOf('dropLeases')).toBeGreaterThan(order('defineRestored'));
    expect(host.calls.lastIndexOf('letGo')).toBeGreaterThan(order('unmount'));
  });

  test('goes by the VM as it is once it holds the lock', async () => {
    host.running = false;
    // Whoever held the lock had it off, and starts it as it lets go.
    host.when('leaveRecord', () => {
      host.afterPlan = () => {
        host.running = true;
      };
    });
    await report();
    expect(host).toMatchObject({ ...letGo, running: true, stops: 1, starts: 1 });
  });
});

test('what a terminated operation left of the VM is put back before the restore looks at it', async () => {
  host.running = false;
  host.left = [
    {
      record: {
        ...{ operation: 'ended', workflowId: 'vm-backup/kvm1/web01/ended', type: 'vmBackup', startedAt: 'then' },
        domain: { name: 'web01', uuid: '11111111-2222-4333-8444-555555555555' },
        wasRunning: true,
        broughtDown: true,
      },
      state: 'closed',
    },
  ];
  await report();
  expect(host.calls.indexOf('bringBack')).toBeLessThan(host.calls.lastIndexOf('planRestore'));
  expect(host).toMatchObject({ ...letGo, running: true, left: [], stops: 1, starts: 2 });
});

describe('a destination that is not there', () => {
  test.each([{ directory: '/images/none' }, { devices: { vdb: '/dev/none' } }])(
    'is refused before anything is touched: %j',
    async (named) => {
      host.fail('checkDestinations', 'RestoreRefused');
      expect(await failure(await begin(named))).toBe('RestoreRefused');
      expect(host.calls.filter((name) => !['notify', 'keepReport', 'keepAudit'].includes(name))).toEqual([
        'resolveTargets',
        'checkDestinations',
      ]);
    },
  );
});

describe('a failure', () => {
  test.each([
    ['leaseForReading', 'BackupNotFound'],
    ['extract', 'DestinationFull'],
    ['extract', 'BackupNotFound'],
    ['shutDown', 'ShutdownTimedOut'],
    ['defineRestored', 'RestoreRefused'],
  ] as const)('in %s puts everything back, and is named %s', async (activity, type) => {
    host.fail(activity, type);
    expect(await failure(await begin())).toBe(type);
    expect(host).toMatchObject(asItWas);
    expect(host.starts).toBe(host.stops);
  });

  test('of the restored VM to run brings back the former', async () => {
    host.fail('startRestored', 'VmStartFailed', 1, 0, true);
    expect(await failure(await begin())).toBe('VmStartFailed');
    expect(host).toMatchObject(asItWas);
  });

  test('because the share was lost is none, once it is mounted again', async () => {
    host.fail('extract', 'ShareLost', 1, 0, true);
    expect((await report()).outcome).toBe('done');
    expect(host.calls.filter((name) => name === 'mountAgain')).toHaveLength(1);
  });
});

describe('once the restored VM runs', () => {
  test('the record tells of nothing to put back, before the repository is let go', async () => {
    await report();
    const order = (name: string): number => host.calls.indexOf(name);
    expect(order('settleDomain')).toBeGreaterThan(order('startRestored'));
    expect(order('settleDomain')).toBeLessThan(host.calls.lastIndexOf('dropLeases'));
  });

  test.each(['disarmGuard', 'dropLeases', 'unmount'] as const)('a cancel during %s keeps it', async (activity) => {
    const release = host.hold(activity);
    const handle = await begin();
    await reaches(host, activity);
    await handle.cancel();
    release();
    expect(await failure(handle)).toBe('CancelledFailure');
    expect(host).toMatchObject({ ...letGo, running: true, defined: 'restored', starts: 1, stops: 1 });
    expect(host.restored.size).toBe(1);
  });
});

describe('a cancel', () => {
  test.each(['mount', 'extract', 'shutDown', 'startRestored'] as const)(
    'during %s puts everything back',
    async (activity) => {
      host.hold(activity);
      const handle = await begin();
      await reaches(host, activity);
      await handle.cancel();
      expect(await failure(handle)).toBe('CancelledFailure');
      expect(host).toMatchObject(asItWas);
    },
  );
});
