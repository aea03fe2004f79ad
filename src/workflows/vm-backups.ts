import { ParentClosePolicy, executeChild } from '@temporalio/workflow';
import type { VmBackups, VmBackupsResult } from '../contracts/vm-backup.ts';
import { each } from './shared/each.ts';
import { operate } from './shared/operate.ts';
import { refuse } from './shared/failure.ts';
import type { vmBackup } from './vm-backup.ts';
import { goOnRecord } from './vm/on-record.ts';
import { useRepository } from './vm/repository.ts';

/**
 * Backs up several VMs of one host, each as an operation of its own, with one mount around them. One VM's failure
 * doesn't stop the rest.
 */
export const vmBackups = operate<VmBackups, VmBackupsResult>(
  ({ host, vms }) => `Back up ${vms === undefined ? 'all VMs' : vms.join(', ')} on ${host}`,
  async (input, op) => {
    const { vms, all: _all, exclude, parallel, ...options } = input;
    const { targets, names } = await op.step('Look', async (at, item) => {
      const resolved = await at.resolveBackup(input);
      op.useSite(resolved.host.site);
      op.story.tag({ host: resolved.host.name });
      const selected = await at.selectVms(resolved.host, vms, exclude);
      const { unusedExcludes } = selected;
      if (unusedExcludes.length > 0) item.why = `--exclude ${unusedExcludes.join(', ')} excludes nothing`;
      return { targets: resolved, names: selected.names };
    });
    const record = await goOnRecord(targets, 'vmBackups', op);
    const share = await useRepository(targets, op);

    const suffix = op.id.slice(0, 8);
    const things = names.map((name) => ({ id: `vm ${name}`, name, action: `Back up ${name}` }));
    const remarks: VmBackupsResult['remarks'][number][] = [];
    const { done, failed } = await each(op, things, parallel ?? targets.settings.parallel, async ({ name }, item) => {
      // By its name, which is the type: the function that `operate` made has none of its own.
      const { outcome, items } = await executeChild<typeof vmBackup>('vmBackup', {
        workflowId: `vm-backup/${input.host}/${name}/${suffix}`,
        args: [{ input: { ...options, vm: name }, startedBy: op.startedBy }],
        staticSummary: `Back up ${name} on ${input.host}`,
        // Never TERMINATE, which runs no undo.
        parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
      });
      if (outcome === 'done') return;
      const why = items.find(({ state }) => state === 'failed')?.why ?? `it ended ${outcome}`;
      item.why = `backed up, but: ${why}`;
      remarks.push({ vm: name, why, workflowId: `vm-backup/${input.host}/${name}/${suffix}` });
    });
    await share.leave();
    await record.letGo();

    const result: VmBackupsResult = {
      backedUp: done.map(({ name }) => name),
      remarks,
      failed: failed.map(({ thing: { name }, why }) => ({
        vm: name,
        why,
        workflowId: `vm-backup/${input.host}/${name}/${suffix}`,
      })),
    };
    const [first] = result.failed;
    if (first !== undefined && done.length === 0) {
      throw refuse('AllFailed', `none of ${String(names.length)} VMs was backed up; ${first.vm}: ${first.why}`, {
        where: targets.host.name,
      });
    }
    return {
      outcome: failed.length + remarks.length === 0 ? 'done' : 'partial',
      summary: `${String(done.length)} of ${String(names.length)} VMs are backed up to ${targets.repository.name}`,
      result,
    };
  },
);
