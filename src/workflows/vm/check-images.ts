import { CancellationScope } from '@temporalio/workflow';
import type { Domain } from '../../contracts/vm.ts';
import { faultType } from '../shared/failure.ts';
import type { Op } from '../shared/op.ts';
import type { TakenVm } from './take-vm.ts';

/** Times a job that vanished is begun again. */
const tries = 3;

/** A check of the VM's images, beside their archive. */
export interface Checking {
  /** Every image is whole. */
  readonly done: Promise<void>;
  /** Returns when the activity has let go. Its job goes on, until whoever starts the VM, or begins again, ends it. */
  stop(): Promise<void>;
}

export function checkImages(vm: TakenVm, moment: Domain, round: number, op: Op): Checking {
  const scope = new CancellationScope();
  const done = scope.run(async () => {
    if (!moment.sources.some(({ format }) => format === 'qcow2')) return;
    for (let attempt = 1; ; attempt += 1) {
      const job = { operation: op.id, step: `${String(round)}-${String(attempt)}` };
      try {
        await op.step('Check the images', (at) => at.checkImages(vm.host, moment, job));
        return;
      } catch (error) {
        if (faultType(error) !== 'JobLost' || attempt === tries) throw error;
      }
    }
  });
  // Awaited later; until then its failure is no unhandled rejection.
  done.catch(() => undefined);
  return {
    done,
    async stop() {
      scope.cancel();
      await done.catch(() => undefined);
    },
  };
}
