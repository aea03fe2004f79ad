import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { asyncLocalStorage } from '@temporalio/activity';
import type { Context } from '@temporalio/activity';
import { dropLeases, leaseDirectory } from '../../../src/activities/shared/lease-directory.ts';
import { removeLeased } from '../../../src/activities/shared/remove-leased.ts';
import type { Host } from '../../../src/systems/host/host.ts';
import type { Manifest } from '../../../src/contracts/vm.ts';
import { manifestText } from '../../../src/systems/jobs/manifest.ts';
import { writeHostRecord } from '../../../src/systems/jobs/host-record.ts';
import type { Repository } from '../../../src/systems/jobs/repository.ts';
import { localHost, scratch } from '../../systems/jobs/support/local.ts';

const { directory, paths, remove } = scratch();
afterAll(remove);
const host = localHost();

// The VM was called web00 once.
const [old, now] = ['web00-4dea22b3/backup_20261120T010203Z', 'web01-4dea22b3/backup_20261122T010203Z'];

let count = 0;
function aRepository(): Repository {
  const root = join(directory, `repository-${String(count++)}`);
  const share = { mountPoint: root, mountSource: null, root };
  for (const path of [old, now]) aBackup(share, path);
  return share;
}

/** A good one. */
function aBackup({ root }: Repository, path: string): void {
  const [, day = ''] = /backup_202611(\d\d)/.exec(path) ?? [];
  mkdirSync(join(root, path), { recursive: true });
  const manifest: Manifest = {
    ...{ format: 1, operation: randomUUID(), takenAt: `2026-11-${day}T01:02:03.000Z`, host: 'kvm1' },
    vm: { name: 'web01', uuid: '4dea22b3-1d52-d8f3-2516-782e98ab3fa0', autostart: false, wasRunning: true },
    ...{ archives: [], files: {}, verified: 'read', tools: {} },
  };
  writeFileSync(join(root, path, 'manifest.json'), manifestText(manifest));
}

async function holder(): Promise<{ operation: string; workflowId: string }> {
  const operation = randomUUID();
  const workflowId = `vm-backup/kvm1/web01/${operation.slice(0, 8)}`;
  await writeHostRecord(host, paths, { operation, workflowId, type: 'vmBackup', startedAt: 'now' });
  return { operation, workflowId };
}

/** As an activity, in a Temporal in which every operation runs. */
function asActivity<T>(run: () => Promise<T>, cancellationSignal = new AbortController().signal): Promise<T> {
  const getHandle = () => ({ describe: () => Promise.resolve({ status: { name: 'RUNNING' }, memo: {} }) });
  return asyncLocalStorage.run({ client: { workflow: { getHandle } }, cancellationSignal } as unknown as Context, run);
}

test('leases the directory that the backup is in, whatever its VM is called now', async () => {
  const share = aRepository();
  const [reader, remover] = [await holder(), await holder()];
  await leaseDirectory(host, paths, share, old, { ...reader, mode: 'shared' }, old);
  const attempt = (path: string) => asActivity(() => removeLeased(host, paths, share, path, { last: 1 }, remover));
  await expect(attempt(old)).rejects.toMatchObject({ type: 'RepositoryBusy' });
  expect(existsSync(join(share.root, old))).toBe(true);
  await dropLeases(host, paths, share, reader.operation);
  expect(await attempt(old)).toBe(true);
  expect(await attempt(old)).toBe(true);
  expect(readdirSync(share.root)).toEqual(['web01-4dea22b3']);
});

test('leaves a backup that a rule keeps by now: the newest was found damaged since it was chosen', async () => {
  const share = aRepository();
  const remover = await holder();
  writeFileSync(join(share.root, now, 'damaged'), 'a byte of vda.tar.zst\n');
  expect(await asActivity(() => removeLeased(host, paths, share, old, { last: 1 }, remover))).toBe(false);
  expect(existsSync(join(share.root, old, 'manifest.json'))).toBe(true);
  expect(readdirSync(join(share.root, old, '..'))).toEqual(['backup_20261120T010203Z']);
});

test('an attempt that Temporal has given up leaves the lease to its successor', async () => {
  const share = aRepository();
  const remover = await holder();
  const keeper = join(share.root, 'web00-4dea22b3/backup_20261121T010203Z');
  aBackup(share, 'web00-4dea22b3/backup_20261121T010203Z');
  const givenUp = new AbortController();
  const during: Host = {
    ...host,
    run: (argv, options) => {
      if (argv.includes('remove')) givenUp.abort(new Error('timed out'));
      return host.run(argv, options);
    },
  };
  await expect(
    asActivity(() => removeLeased(during, paths, share, old, { last: 1 }, remover), givenUp.signal),
  ).rejects.toThrow('timed out');
  expect(existsSync(join(share.root, old))).toBe(false);
  expect(readdirSync(join(keeper, '..'))).toContain(`.stackhand-lease-${remover.operation}`);
});
