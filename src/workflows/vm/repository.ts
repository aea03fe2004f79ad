import type { HostTarget, RepositoryTarget } from '../../contracts/targets.ts';
import type { Calls } from '../shared/calls.ts';
import { failureText, faultType } from '../shared/failure.ts';
import type { Op } from '../shared/op.ts';

/** Times that a share may be lost in one operation: one that goes again and again has another problem. */
const rounds = 3;

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
  /** Goes back to mounting. */
  again(why: string): Promise<void>;
  /** After a failure: goes back to mounting, if the share was lost. Throws the failure otherwise, or when it stays lost. */
  regain(failure: unknown): Promise<void>;
  /** Runs what can be run anew; again, once the share is back, when it was lost meanwhile. */
  through<T>(run: () => Promise<T>): Promise<T>;
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
  const again = (why: string): Promise<void> =>
    op.step('Mount', async (at, item) => {
      await at.mountAgain(host, repository, op.id, writable);
      item.why = `again: ${why}`;
    });
  let lost = 0;
  const regain = async (failure: unknown): Promise<void> => {
    if (faultType(failure) !== 'ShareLost' || lost === rounds) throw failure;
    lost += 1;
    await again(failureText(failure).message);
  };
  return {
    mountPoint: share.mountPoint,
    mountSource: share.mountSource,
    root: share.root,
    again,
    regain,
    async through(run) {
      for (;;) {
        try {
          return await run();
        } catch (error) {
          await regain(error);
        }
      }
    },
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
