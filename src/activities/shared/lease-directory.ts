import { Fault, isFault } from '../../contracts/faults.ts';
import type { Host } from '../../systems/host/host.ts';
import { readHostRecord, writeHostRecord } from '../../systems/jobs/host-record.ts';
import type { HostPaths } from '../../systems/jobs/paths.ts';
import { dropRepositoryLease, listRepositoryLeases, takeRepositoryLease } from '../../systems/jobs/repository.ts';
import type { Repository, RepositoryHolder } from '../../systems/jobs/repository.ts';
import { operationState } from './operation-state.ts';

/** A fault of a share that can be read, but not written to: a reader doesn't need more. */
export const isOnlyToRead = (error: unknown): error is Fault =>
  isFault(error) && (error.type === 'ShareNotWritable' || error.type === 'ShareFull');

/** The VM's directory in a repository, of a backup's path. */
export const vmDirectory = (path: string): string => path.split('/')[0] ?? path;

/**
 * Leases the VM's directory that a backup is in. Noted in the operation's record before it is taken, so that a repair
 * finds it; what an operation that has ended left in the way (a `terminate` runs no undo) doesn't count.
 *
 * @throws RepositoryBusy, naming who is in the way; JobFailed when the record is gone: a late attempt of an operation
 * that has let go takes nothing, since nobody would drop it
 */
export async function leaseDirectory(
  on: Host,
  paths: HostPaths,
  repository: Repository,
  path: string,
  holder: RepositoryHolder,
  backup?: string,
): Promise<void> {
  const directory = vmDirectory(path);
  const take = (): Promise<void> => takeRepositoryLease(on, repository, directory, holder, backup);
  await noteLease(on, paths, holder.operation, directory);
  try {
    await take();
  } catch (error) {
    if (!isFault(error) || error.type !== 'RepositoryBusy') throw error;
    for (const other of await listRepositoryLeases(on, repository, directory)) {
      if (other.operation === holder.operation || (await operationState(other)) !== 'closed') continue;
      await dropRepositoryLease(on, repository, directory, other.operation);
    }
    await take();
  }
}

async function noteLease(on: Host, paths: HostPaths, operation: string, directory: string): Promise<void> {
  const record = await readHostRecord(on, paths, operation);
  if (record === undefined) throw new Fault('JobFailed', `the record of ${operation} is gone from ${on.name}`);
  if (record.leases?.includes(directory) === true) return;
  await writeHostRecord(on, paths, { ...record, leases: [...(record.leases ?? []), directory] });
}

/** Drops every lease that the operation's record names. */
export async function dropLeases(on: Host, paths: HostPaths, repository: Repository, operation: string): Promise<void> {
  const record = await readHostRecord(on, paths, operation);
  if (record?.leases === undefined) return;
  const { leases, ...rest } = record;
  for (const directory of leases) await dropRepositoryLease(on, repository, directory, operation);
  await writeHostRecord(on, paths, rest);
}
