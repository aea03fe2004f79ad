import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { asyncLocalStorage } from '@temporalio/activity';
import type { Context } from '@temporalio/activity';
import { dropLeases, leaseDirectory } from '../../../src/activities/shared/lease-directory.ts';
import { removeLeased } from '../../../src/activities/shared/remove-leased.ts';
import type { Host } from '../../../src/systems/host/host.ts';
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
  for (const path of [old, now]) mkdirSync(join(root, path), { recursive: true });
  return { mountPoint: root, mountSource: null, root };
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
  await attempt(now);
  await expect(attempt(old)).rejects.toMatchObject({ type: 'RepositoryBusy' });
  expect(existsSync(join(share.root, old))).toBe(true);
  await dropLeases(host, paths, share, reader.operation);
  await attempt(old);
  await attempt(old);
  expect(readdirSync(share.root)).toEqual([]);
});

test('an attempt that Temporal has given up leaves the lease to its successor', async () => {
  const share = aRepository();
  const remover = await holder();
  const keeper = join(share.root, 'web00-4dea22b3/backup_20261121T010203Z');
  mkdirSync(keeper);
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
