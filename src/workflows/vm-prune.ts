import type { VmPrune, VmPruneResult } from '../contracts/vm-prune.ts';
import type { Backup } from '../contracts/vm.ts';
import { isOf } from '../domain/choose-backups.ts';
import { nearest } from '../domain/nearest.ts';
import { prunePlan } from '../domain/retention.ts';
import { refuse } from './shared/failure.ts';
import { operate } from './shared/operate.ts';
import { goOnRecord } from './vm/on-record.ts';
import { useRepository } from './vm/repository.ts';

/** Those of the named VMs; all otherwise. A name that no backup has is more likely misspelt than meant. */
function backupsOf(
  all: readonly Backup[],
  vms: readonly string[] | undefined,
  repository: string,
  where: string,
): readonly Backup[] {
  if (vms === undefined) return all;
  const unknown = vms.filter((vm) => !all.some((backup) => isOf(vm, backup)));
  if (unknown.length > 0) {
    const known = all.flatMap(({ vm, uuid }) => [vm, uuid].filter((id) => id !== undefined));
    throw refuse('BackupNotFound', `${repository} has no backup of ${unknown.join(', ')}`, {
      where,
      candidates: unknown.flatMap((vm) => nearest(vm, known)),
    });
  }
  return all.filter((backup) => vms.some((vm) => isOf(vm, backup)));
}

/** Decides for every backup of a repository whether a rule keeps it, and removes the others if that was said. */
export const vmPrune = operate<VmPrune, VmPruneResult>(
  ({ host, apply }) => `${apply === true ? 'Prune' : 'Plan the pruning of'} backups on ${host}`,
  async (input, op) => {
    const targets = await op.step('Look', async (at) => {
      const resolved = await at.resolveTargets(input);
      op.useSite(resolved.host.site);
      return resolved;
    });
    const keep = input.keep ?? targets.repository.keep;
    if (keep === undefined) {
      throw refuse('InvalidInput', `${targets.repository.name} has no keep rules, and none were given`, {
        remedy: 'say --keep-last, --keep-daily, --keep-weekly or --keep-monthly, or write keep: in the config',
      });
    }
    const record = await goOnRecord(targets, 'vmPrune', op);
    const share = await useRepository(targets, op, input.apply === true);
    const decisions = await op.step('Decide', async (at) => {
      const all = await at.listBackups(targets.host, share);
      return prunePlan(backupsOf(all, input.vms, targets.repository.name, targets.host.name), keep, new Date());
    });
    const gone = decisions.filter((decision) => !decision.keep).map(({ path }) => path);
    let removed: readonly string[] = [];
    if (input.apply === true && gone.length > 0) {
      const held = op.undo('Let go of the repository', (at) => at.dropLeases(targets.host, share, op.id));
      removed = await op.step('Remove', async (at, item) => {
        const holder = { operation: op.id, workflowId: op.workflowId };
        const done = await at.removeBackups(targets.host, targets.repository, share, gone, keep, holder);
        if (done.length < gone.length)
          item.why = `${String(gone.length - done.length)} kept after all: what is there has changed meanwhile`;
        return done;
      });
      held.settle();
    } else {
      op.leaveAlone('Remove', gone.length === 0 ? 'nothing to remove' : 'a dry run: --apply removes');
    }
    await share.leave();
    await record.letGo();
    return {
      summary:
        input.apply === true
          ? `${String(removed.length)} of ${String(decisions.length)} backups were removed`
          : `${String(gone.length)} of ${String(decisions.length)} backups would be removed`,
      result: { decisions, removed },
    };
  },
);
