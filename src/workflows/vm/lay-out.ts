import type { Op } from '../shared/operate.ts';
import { inBackground } from '../shared/background.ts';
import type { Background } from '../shared/background.ts';
import type { MountedRepository } from './repository.ts';
import type { TakenVm } from './take-vm.ts';

/** Where a backup is being written. */
export interface Place {
  readonly mountPoint: string;
  readonly mountSource: string | null;
  readonly root: string;
  /** Relative to the root, without `.partial`. */
  readonly path: string;
  /** Absolute, with `.partial`. */
  readonly partial: string;
}

export interface LaidOut extends Place {
  /** 'acted' once the guard has started the VM by itself. */
  readonly hold: Background<'acted'>;
  /** The backup has its final name: there is no half one to remove any more. */
  keep(): void;
  /** Stops renewing, and lets the repository go. */
  release(): Promise<void>;
}

/**
 * Makes the partial directory and leases the VM's directory in the repository. From here on an activity in the
 * background says to the host, again and again, that a worker which can reach Temporal is there: it renews the
 * guard and the lease until the operation ends.
 */
export async function layOut(vm: TakenVm, share: MountedRepository, path: string, op: Op): Promise<LaidOut> {
  const place: Place = {
    mountPoint: share.mountPoint,
    mountSource: share.mountSource,
    root: share.root,
    path,
    partial: `${share.root}/${path}.partial`,
  };
  // Set below: an undo may have to run before anything is held.
  const held: { hold?: Background<'acted'> } = {};
  const holding = op.undo('Let go of the repository', async (at) => {
    await held.hold?.stop();
    await at.dropRepositoryLease(vm.host, place, op.id);
  });
  const half = op.undo('Remove the half backup', async (at) => {
    await at.stopJobs(vm.host, op.id);
    await share.mountAgain(at);
    await at.dropPartial(vm.host, place, vm.settings.keepPartial);
  });
  await op.beside('Lay out the backup').layOut(vm, place, { operation: op.id, workflowId: op.workflowId });
  const hold = inBackground(() => op.beside('Hold the guard and the lease').holdGuard(vm.host, place, op.id));
  held.hold = hold;
  return {
    ...place,
    hold,
    keep() {
      half.settle();
    },
    async release() {
      await hold.stop();
      await op.beside('Let go of the repository').dropRepositoryLease(vm.host, place, op.id);
      holding.settle();
    },
  };
}
