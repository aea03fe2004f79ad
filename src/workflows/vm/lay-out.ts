import type { Op } from '../shared/op.ts';
import type { Undo } from '../shared/undo.ts';
import type { MountedRepository } from './repository.ts';
import { holdLease } from './repository-lease.ts';
import type { HeldLease, InRepository } from './repository-lease.ts';
import type { TakenVm } from './take-vm.ts';

/** Where a backup is being written: `path` without `.partial`. */
export interface Place extends InRepository {
  /** Absolute, with `.partial`. */
  readonly partial: string;
}

export interface LaidOut extends Place, HeldLease {
  /** The backup has its final name: there is no half one to remove any more. */
  keep(): void;
}

/** Leases the VM's directory in the repository, and makes the partial directory. */
export async function layOut(vm: TakenVm, share: MountedRepository, path: string, op: Op): Promise<LaidOut> {
  const place: Place = {
    mountPoint: share.mountPoint,
    mountSource: share.mountSource,
    root: share.root,
    path,
    partial: `${share.root}/${path}.partial`,
  };
  const made: { half?: Undo } = {};
  const lease = await holdLease(vm.host, place, op, async () => {
    made.half = op.undo('Remove the half backup', async (at) => {
      await at.stopJobs(vm.host, op.id);
      await share.mountAgain(at);
      await at.dropPartial(vm.host, place, op.id, vm.settings.keepPartial);
    });
    await op.beside('Lay out the backup').layOut(vm, place, { operation: op.id, workflowId: op.workflowId });
  });
  return {
    ...place,
    ...lease,
    keep() {
      made.half?.settle();
    },
  };
}
