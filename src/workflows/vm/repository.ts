import type { HostTarget, RepositoryTarget } from '../../contracts/targets.ts';
import type { Calls } from '../shared/calls.ts';
import type { Op } from '../shared/operate.ts';

/** A repository within reach of the host's commands. */
export interface MountedRepository {
  readonly mountPoint: string;
  /** What is mounted there; null for a directory of the host itself. */
  readonly mountSource: string | null;
  /** The repository's directory below the mount point. */
  readonly root: string;
  /** The last operation that leaves unmounts, if one of ours mounted. */
  leave(): Promise<void>;
  /** In an undo that needs the share: it may be gone since, and what mounts it again is unmounted again. */
  mountAgain(at: Calls): Promise<void>;
}

/** Mounts, and writes a probe: a share that refuses must not cost an outage. */
export async function useRepository(
  { host, repository }: { host: HostTarget; repository: RepositoryTarget },
  op: Op,
  writable = true,
): Promise<MountedRepository> {
  const mounted = op.undo('Unmount', async (at) => {
    await at.unmount(host, repository, op.id);
  });
  const share = await op.step('Mount', async (at, item) => {
    const result = await at.mount(host, repository, op.id);
    if (writable) await at.probe(host, repository, op.id);
    if (!result.mountedByUs && result.mountSource !== null) item.why = 'was mounted already, and stays so';
    return result;
  });
  return {
    mountPoint: share.mountPoint,
    mountSource: share.mountSource,
    root: share.root,
    async leave() {
      await op.step('Unmount', async (at, item) => {
        const { unmounted } = await at.unmount(host, repository, op.id);
        if (!unmounted) item.why = 'not ours to unmount, or still used by another operation';
      });
      mounted.settle();
    },
    async mountAgain(at) {
      mounted.reopen();
      await at.mount(host, repository, op.id);
    },
  };
}
