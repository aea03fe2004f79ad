import { isCancellation } from '@temporalio/workflow';
import { failureText } from '../shared/failure.ts';
import type { Op } from '../shared/op.ts';
import type { Place } from './lay-out.ts';
import type { TakenVm } from './take-vm.ts';

/** Applies the repository's keep rules to this VM's backups. Only after this one was verified. */
export async function prune(
  vm: TakenVm,
  place: Place,
  op: Op,
): Promise<{ removed: readonly string[]; failed: boolean }> {
  const { keep } = vm.repository;
  if (keep === undefined || vm.settings.verify === 'none') {
    op.leaveAlone(
      'Retention',
      keep === undefined ? 'the repository has no keep rules' : 'this backup was not verified',
    );
    return { removed: [], failed: false };
  }
  const held = op.undo('Let go of the repository', (at) => at.dropLeases(vm.host, place, op.id));
  const removed: string[] = [];
  try {
    await op.step('Retention', async (at, item) => {
      const gone = await at.planRetention(vm.host, place, vm.domain.uuid, keep);
      for (const path of gone) {
        item.why = `${String(removed.length)} of ${String(gone.length)} removed`;
        const holder = { operation: op.id, workflowId: op.workflowId };
        if (await at.pruneBackup(vm.host, place, path, keep, holder)) removed.push(path);
      }
      delete item.why;
    });
    held.settle();
    return { removed, failed: false };
  } catch (error) {
    if (isCancellation(error)) throw error;
    // The backup itself is good and the VM runs: say it, and go on to unmount.
    op.story.note(`old backups were not pruned: ${failureText(error).message}`);
    await op.beside('Let go of the repository').dropLeases(vm.host, place, op.id);
    held.settle();
    return { removed, failed: true };
  }
}
