import type { VmBackup, VmBackupResult } from '../contracts/vm-backup.ts';
import { backupSteps } from '../domain/backup-steps.ts';
import { backupDirectory, backupName } from '../domain/names.ts';
import { operate } from './shared/operate.ts';
import { archiveSet } from './vm/archive-set.ts';
import { layOut } from './vm/lay-out.ts';
import { powerOff } from './vm/power.ts';
import { prune } from './vm/prune.ts';
import { useRepository } from './vm/repository.ts';
import { takeVm } from './vm/take-vm.ts';
import { verifySet } from './vm/verify-set.ts';

/**
 * Backs up one VM: look, mount, shut down, archive each disk, verify, start, unmount. However it ends, the VM is as
 * it was before and what was mounted here is unmounted; a backup is listed only when it was read back.
 */
export const vmBackup = operate<VmBackup, VmBackupResult>(
  ({ host, vm }) => `Back up ${vm} on ${host}`,
  async (input, op) => {
    op.plan(['Look', 'Mount', 'Shut down', 'Archive', 'Verify', 'Start', 'Unmount']);

    // What is taken first is put back last, so in an undo the VM's start, registered last, comes first.
    const { vm, letGo } = await takeVm(input, op);
    op.plan(backupSteps(vm.domain, vm.settings));
    const share = await useRepository(vm, op);
    const compression = await op.step('Preflight', async (at, item) => {
      const ready = await at.preflight(vm.host, vm.repository, vm.domain, vm.settings);
      if (ready.remark !== undefined) item.why = ready.remark;
      return ready.compression;
    });

    const takenAt = new Date();
    const path = `${backupDirectory(vm.domain.name, vm.domain.uuid)}/${backupName(takenAt)}`;
    const place = await layOut(vm, share, path, op);
    const power = await powerOff(vm, place, op);

    const archives = await archiveSet(vm, share, place, compression, power, op);
    await verifySet(vm, share, place, archives, op);
    await share.through(() =>
      op.step('Finish', (at) =>
        at.finishBackup(vm, place, {
          operation: op.id,
          takenAt: takenAt.toISOString(),
          wasRunning: power.wasRunning,
          archives,
        }),
      ),
    );
    place.keep();
    await power.restore();

    await place.release();
    const pruned = await prune(vm, place, op);
    await share.leave();
    await letGo();

    const bytes = archives.reduce((sum, archive) => sum + archive.archiveBytes, 0);
    return {
      outcome: pruned.failed ? 'partial' : 'done',
      summary: `${vm.domain.name} is backed up to ${vm.repository.name}: ${path}`,
      result: {
        host: vm.host.name,
        path,
        repository: vm.repository.name,
        verified: vm.settings.verify,
        bytes,
        archives: archives.map(({ file, streamBytes, archiveBytes }) => ({ file, streamBytes, archiveBytes })),
        ...(power.downtime === undefined ? {} : { downtime: power.downtime }),
        pruned: pruned.removed,
      },
    };
  },
);
