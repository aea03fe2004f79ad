import { beforeEach, describe, expect, test } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import type { Report } from '../../src/contracts/operation.ts';
import type { VmVerifyResult } from '../../src/contracts/vm-verify.ts';
import { useTemporal } from '../support/temporal.ts';
import { FakeHost } from './fake-host.ts';
import { begin as beginOn, failure, reaches } from './runbook.ts';

const temporal = useTemporal();
let host: FakeHost;

beforeEach(() => {
  host = new FakeHost();
});

const begin = (): Promise<WorkflowHandle> => beginOn(temporal, host, 'vmVerify', { all: true });

async function report(): Promise<Report<VmVerifyResult>> {
  return (await (await begin()).result()) as Report<VmVerifyResult>;
}

const letGo = { mounted: false, record: false, lease: false };

describe('a verification', () => {
  test('leases each backup while it reads it', async () => {
    expect((await report()).result).toEqual({ good: host.backups, damaged: [], unread: [] });
    expect(host).toMatchObject(letGo);
    const story = host.calls.filter((name) => ['leaseForReading', 'verify', 'dropLeases'].includes(name));
    expect(story).toEqual(['leaseForReading', 'verify', 'dropLeases', 'leaseForReading', 'verify', 'dropLeases']);
  });

  test('marks what is damaged, and not what was removed meanwhile', async () => {
    host.fail('verify', 'BackupNotFound');
    expect(await report()).toMatchObject({
      outcome: 'partial',
      result: { good: [host.backups[1]], damaged: [], unread: [{ path: host.backups[0] }] },
    });
    expect(host.calls).not.toContain('markDamaged');
    await temporal.stopWorkers();

    // Its description, then an archive.
    host = new FakeHost();
    host.fail('verifyFiles', 'ArchiveCorrupt');
    expect(await report()).toMatchObject({
      outcome: 'partial',
      result: { good: [host.backups[1]], damaged: [{ path: host.backups[0], why: 'verifyFiles failed' }] },
    });
    expect(host.calls).toContain('markDamaged');
    await temporal.stopWorkers();

    host = new FakeHost();
    host.fail('verify', 'ArchiveCorrupt');
    expect(await report()).toMatchObject({ outcome: 'partial', result: { good: [host.backups[1]] } });
    expect(host.calls).toContain('markDamaged');
    expect(host).toMatchObject(letGo);
  });

  test('is named by what went wrong when no backup could be read', async () => {
    host.fail('leaseForReading', 'BackupNotFound', 2);
    expect(await failure(await begin())).toBe('BackupNotFound');
    expect(host).toMatchObject(letGo);
  });

  test('goes on when the share was lost and is mounted again', async () => {
    host.fail('verify', 'ShareLost', 1, 0, true);
    expect((await report()).outcome).toBe('done');
    expect(host.calls.filter((name) => name === 'mountAgain')).toHaveLength(1);
  });

  test.each(['leaseForReading', 'verify'] as const)('that is cancelled during %s puts everything back', async (at) => {
    host.hold(at);
    const handle = await begin();
    await reaches(host, at);
    await handle.cancel();
    expect(await failure(handle)).toBe('CancelledFailure');
    expect(host).toMatchObject(letGo);
  });
});

describe('a prune', () => {
  test('that is cancelled while it removes lets go of the repository', async () => {
    host.keep = { last: 1 };
    host.when('removeBackups', () => {
      host.lease = true;
    });
    host.hold('removeBackups');
    const handle = await beginOn(temporal, host, 'vmPrune', { apply: true });
    await reaches(host, 'removeBackups');
    await handle.cancel();
    expect(await failure(handle)).toBe('CancelledFailure');
    expect(host).toMatchObject(letGo);
  });
});
