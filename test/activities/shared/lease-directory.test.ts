import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { asyncLocalStorage } from '@temporalio/activity';
import type { Context } from '@temporalio/activity';
import { WorkflowNotFoundError } from '@temporalio/client';
import { dropLeases, leaseDirectory } from '../../../src/activities/shared/lease-directory.ts';
import type { Host } from '../../../src/systems/host/host.ts';
import { readHostRecord, removeHostRecord, writeHostRecord } from '../../../src/systems/jobs/host-record.ts';
import type { Repository, RepositoryHolder } from '../../../src/systems/jobs/repository.ts';
import { localHost, scratch } from '../../systems/jobs/support/local.ts';

const { directory, paths, remove } = scratch();
afterAll(remove);
const host = localHost();

const vm = `web 01 'x' $(id)-4dea22b3`;
const backup = `${vm}/backup_20261122T010203Z`;

let count = 0;
function aRepository(): Repository {
  const root = join(directory, `repository-${String(count++)}`);
  mkdirSync(join(root, backup), { recursive: true });
  return { mountPoint: root, mountSource: null, root };
}

const leases = ({ root }: Repository): string[] =>
  existsSync(join(root, vm)) ? readdirSync(join(root, vm)).filter((name) => name.startsWith('.stackhand')) : [];
const leaseOf = ({ operation }: RepositoryHolder): string => `.stackhand-lease-${operation}`;

async function holder(mode: RepositoryHolder['mode']): Promise<RepositoryHolder> {
  const operation = randomUUID();
  const workflowId = `vm-verify/kvm1/web 01/${operation.slice(0, 8)}`;
  await writeHostRecord(host, paths, { operation, workflowId, type: 'vmVerify', startedAt: 'now' });
  return { operation, workflowId, mode };
}

/** As an activity, with a Temporal that says this of the operation. */
function where<T>(
  other: RepositoryHolder,
  state: 'RUNNING' | 'TERMINATED' | 'unknown' | 'another’s',
  run: () => Promise<T>,
): Promise<T> {
  const describe = (workflowId: string): Promise<unknown> => {
    if (workflowId !== other.workflowId) throw new Error(`asked about ${workflowId}`);
    if (state === 'unknown') throw new WorkflowNotFoundError('not found', workflowId, undefined);
    const memo = { operation: state === 'another’s' ? randomUUID() : other.operation };
    return Promise.resolve({ status: { name: state === 'another’s' ? 'TERMINATED' : state }, memo });
  };
  const workflow = { getHandle: (workflowId: string) => ({ describe: () => describe(workflowId) }) };
  return asyncLocalStorage.run({ client: { workflow } } as unknown as Context, run);
}

test('a reader’s lease keeps out who removes, until it is dropped', async () => {
  const repository = aRepository();
  const [reader, remover] = [await holder('shared'), await holder('exclusive')];
  await leaseDirectory(host, paths, repository, backup, reader, backup);
  const take = (): Promise<void> => leaseDirectory(host, paths, repository, backup, remover);
  await expect(where(reader, 'RUNNING', take)).rejects.toMatchObject({
    type: 'RepositoryBusy',
    message: expect.stringContaining(reader.workflowId),
  });
  expect(leases(repository)).toEqual([leaseOf(reader)]);
  await dropLeases(host, paths, repository, reader.operation);
  await take();
  expect(leases(repository)).toEqual([leaseOf(remover)]);
});

test('one of an operation that has ended is taken away, and no other', async () => {
  const repository = aRepository();
  const [reader, remover] = [await holder('shared'), await holder('exclusive')];
  await leaseDirectory(host, paths, repository, backup, reader, backup);
  const take = (): Promise<void> => leaseDirectory(host, paths, repository, backup, remover);
  for (const state of ['unknown', 'another’s'] as const)
    await expect(where(reader, state, take)).rejects.toMatchObject({ type: 'RepositoryBusy' });
  await where(reader, 'TERMINATED', take);
  expect(leases(repository)).toEqual([leaseOf(remover)]);
});

test('is on record before it is taken, so that a repair finds it after a crash', async () => {
  const repository = aRepository();
  const reader = await holder('shared');
  const dead: Host = {
    ...host,
    run: (argv, options) =>
      argv.includes('lease') ? Promise.reject(new Error('the worker is dead')) : host.run(argv, options),
  };
  await expect(leaseDirectory(dead, paths, repository, backup, reader, backup)).rejects.toThrow('dead');
  expect((await readHostRecord(host, paths, reader.operation))?.leases).toEqual([vm]);

  await leaseDirectory(host, paths, repository, backup, reader, backup);
  await leaseDirectory(host, paths, repository, backup, reader, backup);
  expect((await readHostRecord(host, paths, reader.operation))?.leases).toEqual([vm]);
  // As a crash of the host leaves it, half way.
  writeFileSync(join(repository.root, vm, `${leaseOf(reader)}.new`), '');
  await dropLeases(host, paths, repository, reader.operation);
  await dropLeases(host, paths, repository, reader.operation);
  expect(leases(repository)).toEqual([]);
  expect((await readHostRecord(host, paths, reader.operation))?.leases).toBeUndefined();
});

test('a late attempt of an operation that has let go takes none', async () => {
  const repository = aRepository();
  const remover = await holder('exclusive');
  await removeHostRecord(host, paths, remover.operation);
  await expect(leaseDirectory(host, paths, repository, backup, remover)).rejects.toMatchObject({ type: 'JobFailed' });
  expect(leases(repository)).toEqual([]);
});

test('a backup that can’t be looked at is not called removed', async () => {
  const repository = aRepository();
  const reader = await holder('shared');
  const bin = join(directory, 'bin');
  mkdirSync(bin);
  writeFileSync(
    join(bin, 'stat'),
    `#!/bin/bash\n[[ $* == *backup_* ]] && echo "stat: cannot statx '$2': Stale file handle" >&2 && exit 1\nexec /usr/bin/stat "$@"\n`,
    { mode: 0o755 },
  );
  const stale = localHost({ PATH: `${bin}:${process.env['PATH'] ?? ''}` });
  await expect(leaseDirectory(stale, paths, repository, backup, reader, backup)).rejects.toMatchObject({
    type: 'ShareLost',
  });
});
