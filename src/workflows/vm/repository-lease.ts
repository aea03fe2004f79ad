import type { HostTarget } from '../../contracts/targets.ts';
import { inBackground } from '../shared/background.ts';
import type { Background } from '../shared/background.ts';
import type { Op } from '../shared/op.ts';
import type { MountedRepository } from './repository.ts';

/** A backup's place in a repository, `path` relative to the root. */
export interface InRepository {
  readonly mountPoint: string;
  readonly mountSource: string | null;
  readonly root: string;
  readonly path: string;
}

export interface HeldLease {
  /** 'acted' once the guard has started the VM by itself. */
  readonly hold: Background<'acted'>;
  /** Stops renewing, and lets the repository go. */
  release(): Promise<void>;
}

/**
 * Holds a lease in the repository, which `take` takes. From here on an activity in the background says to the host,
 * again and again, that a worker which can reach Temporal is there: it renews the lease and, where one is armed, the
 * guard, until the operation ends.
 */
export async function holdLease(
  host: HostTarget,
  place: InRepository,
  op: Op,
  take: () => Promise<void>,
): Promise<HeldLease> {
  // Set below: an undo may have to run before anything is held.
  const held: { hold?: Background<'acted'> } = {};
  const holding = op.undo('Let go of the repository', async (at) => {
    await held.hold?.stop();
    await at.dropLeases(host, place, op.id);
  });
  await take();
  const hold = inBackground(() => op.beside('Hold the guard and the lease').holdGuard(host, place, op.id));
  held.hold = hold;
  return {
    hold,
    async release() {
      await hold.stop();
      await op.beside('Let go of the repository').dropLeases(host, place, op.id);
      holding.settle();
    },
  };
}

/** Leases a backup that is to be read, so that nobody removes it meanwhile. */
export async function leaseToRead(
  host: HostTarget,
  { mountPoint, mountSource, root }: MountedRepository,
  path: string,
  op: Op,
  remark: (text: string) => void,
): Promise<HeldLease> {
  const share = { mountPoint, mountSource, root };
  return holdLease(host, { ...share, path }, op, async () => {
    const taken = await op
      .beside(`Lease ${path}`)
      .leaseForReading(host, share, path, { operation: op.id, workflowId: op.workflowId });
    if (taken.remark !== undefined) remark(taken.remark);
  });
}
