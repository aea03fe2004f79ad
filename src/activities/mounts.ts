import type { BackupSettings } from '../contracts/settings.ts';
import type { HostTarget, RepositoryTarget } from '../contracts/targets.ts';
import { Fault, isFault } from '../contracts/faults.ts';
import type { Compression, Domain } from '../contracts/vm.ts';
import { formatBytes } from '../domain/format.ts';
import { acquireMount, probeShare, releaseMount, releaseMountLease, shareSpace } from '../systems/jobs/mounts.ts';
import type { MountLease } from '../systems/jobs/mounts.ts';
import type { Deps } from './shared/deps.ts';
import { pathsOf } from './shared/deps.ts';
import { findStrayMounts } from './shared/leftovers.ts';

export interface Mounted {
  readonly mountedByUs: boolean;
  readonly mountPoint: string;
  readonly mountSource: string | null;
  readonly root: string;
}

export const mountActivities = ({ host }: Deps) => ({
  /**
   * Mounts a repository, or joins those that use it, and leases the mount.
   * Effect: lease, and mount where none was. Key: the operation and the mount point. A retry finds its lease. Cancel:
   * ends when mount(8) does, at its deadline at the latest; unmount undoes. Permanent: MountFailed, MountBusy, ToolMissing.
   */
  async mount(target: HostTarget, repository: RepositoryTarget, operation: string): Promise<Mounted> {
    const { mountedByUs, share, root } = await acquireMount(host(target), pathsOf(target), repository, operation);
    return { mountedByUs, mountPoint: share.mountPoint, mountSource: share.mountSource, root };
  },

  /**
   * Mounts a repository that was lost in the middle of an operation, and sees that it answers; for who writes, with a
   * probe. Effect and key as mount. What can't be mounted now could be before, so here it is ShareLost too, and tried
   * again. Cancel: as mount.
   */
  async mountAgain(
    target: HostTarget,
    repository: RepositoryTarget,
    operation: string,
    writable: boolean,
  ): Promise<void> {
    const on = host(target);
    const paths = pathsOf(target);
    try {
      await acquireMount(on, paths, repository, operation);
    } catch (error) {
      if (!isFault(error) || error.type !== 'MountFailed') throw error;
      throw new Fault('ShareLost', `it can't be mounted again: ${error.message}`, { where: on.name });
    }
    if (writable) await probeShare(on, paths, repository, operation);
    else await shareSpace(on, repository);
  },

  /**
   * Gives the lease back; the last one out unmounts what we mounted.
   * Key: the operation and the mount point. A retry finds nothing to do. Cancel: none. UnmountFailed is tried again.
   */
  async unmount(target: HostTarget, repository: RepositoryTarget, operation: string): Promise<{ unmounted: boolean }> {
    return releaseMount(host(target), pathsOf(target), repository, operation);
  },

  /** Mounts leased by operations that have no record, so that nobody will give them back. Effect: none. */
  async strayMounts(target: HostTarget): Promise<MountLease[]> {
    return findStrayMounts(host(target), pathsOf(target));
  },

  /**
   * Gives such a lease back, and unmounts if it was the last. Key: the lease. A retry finds nothing to do.
   * Cancel: none. UnmountFailed is tried again.
   */
  async releaseStray(target: HostTarget, lease: MountLease): Promise<void> {
    await releaseMountLease(host(target), pathsOf(target), lease);
  },

  /**
   * Writes, fsyncs, renames and removes a small file in the repository, as the job's user will.
   * Effect: none that stays. Permanent: ShareNotWritable, ShareFull. ShareLost is tried again.
   */
  async probe(target: HostTarget, repository: RepositoryTarget, operation: string): Promise<void> {
    await probeShare(host(target), pathsOf(target), repository, operation);
  },

  /**
   * Space for everything allocated, and the compressor. Effect: none. Permanent: ShareFull, ToolMissing.
   * Without zstd it takes gzip, which the answer says.
   */
  async preflight(
    target: HostTarget,
    repository: RepositoryTarget,
    domain: Domain,
    settings: BackupSettings,
  ): Promise<{ compression: Compression; remark?: string }> {
    const on = host(target);
    const needed = domain.sources.reduce((sum, source) => sum + source.allocated, 0);
    const { free } = await shareSpace(on, repository);
    if (free < needed) {
      throw new Fault(
        'ShareFull',
        `${repository.name} has ${formatBytes(free)} free; the disks of ${domain.name} hold up to ${formatBytes(needed)}`,
        { where: on.name },
      );
    }
    const there = async (program: string): Promise<boolean> =>
      (await on.run(['sh', '-c', 'command -v "$1"', 'sh', program], { deadline: 20 })).exitCode === 0;
    for (const program of ['tar', 'findmnt', 'flock', 'sha256sum']) {
      if (!(await there(program)))
        throw new Fault('ToolMissing', `${program} is not installed on ${on.name}`, { where: on.name });
    }
    if (settings.compression !== 'zstd' || (await there('zstd'))) return { compression: settings.compression };
    if (await there('gzip')) return { compression: 'gzip', remark: `no zstd on ${on.name}: gzip is used` };
    throw new Fault('ToolMissing', `neither zstd nor gzip is installed on ${on.name}`, { where: on.name });
  },
});
