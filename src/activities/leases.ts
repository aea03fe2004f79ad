import type { HostTarget, RepositoryTarget } from '../contracts/targets.ts';
import type { Repository, RepositoryHolder } from '../systems/jobs/repository.ts';
import type { Deps } from './shared/deps.ts';
import { pathsOf } from './shared/deps.ts';
import { dropLeases, isOnlyToRead, leaseDirectory } from './shared/lease-directory.ts';
import { leaveRecord } from './shared/leave-record.ts';
import type { Holder as RecordHolder } from './shared/leave-record.ts';

type Holder = Omit<RepositoryHolder, 'mode'>;

export const leaseActivities = ({ host }: Deps) => ({
  /**
   * Leaves a record of an operation on its host, before its first effect.
   * Effect: one file. Key: the operation. A retry finds it. Cancel: all the same; letGo undoes. Permanent: none.
   */
  async leaveRecord(target: HostTarget, repository: RepositoryTarget, holder: RecordHolder): Promise<void> {
    await leaveRecord(host(target), pathsOf(target), repository, holder);
  },

  /**
   * Leases a backup that is to be read: who removes waits, or leaves it.
   * Effect: a lease in the repository. Key: the operation. A retry finds its own. Cancel: all the same; dropLeases
   * undoes. Permanent: BackupNotFound when it was removed by now. RepositoryBusy, naming who removes, is tried again.
   * A share that can't be written to has no lease, which the answer says: nobody removes there through this mount, and
   * a restore from a full share is what it is there for.
   */
  async leaseForReading(
    target: HostTarget,
    share: Repository,
    path: string,
    holder: Holder,
  ): Promise<{ remark?: string }> {
    try {
      await leaseDirectory(host(target), pathsOf(target), share, path, { ...holder, mode: 'shared' }, path);
      return {};
    } catch (error) {
      if (!isOnlyToRead(error)) throw error;
      return { remark: `no lease keeps others from removing it: ${error.message}` };
    }
  },

  /** Effect: this operation's leases in the repository are gone. Key: the record. A retry finds none. Cancel: none. */
  async dropLeases(target: HostTarget, share: Repository, operation: string): Promise<void> {
    await dropLeases(host(target), pathsOf(target), share, operation);
  },
});
