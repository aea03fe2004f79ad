import type { VmPrune, VmPruneResult } from '../contracts/vm-prune.ts';
import { prunePlan } from '../domain/retention.ts';
import { refuse } from './shared/failure.ts';
import { operate } from './shared/operate.ts';
import { goOnRecord } from './vm/on-record.ts';
import { useRepository } from './vm/repository.ts';

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
      const { vms } = input;
      const chosen =
        vms === undefined
          ? all
          : all.filter(({ vm, uuid }) => [vm, uuid].some((id) => id !== undefined && vms.includes(id)));
      return prunePlan(chosen, keep, new Date());
    });
    const gone = decisions.filter((decision) => !decision.keep).map(({ path }) => path);
    if (input.apply === true && gone.length > 0) {
      const held = op.undo('Let go of the repository', (at) => at.dropLeases(targets.host, share, op.id));
      await op.step('Remove', (at) =>
        at.removeBackups(targets.host, targets.repository, share, gone, {
          operation: op.id,
          workflowId: op.workflowId,
        }),
      );
      held.settle();
    } else {
      op.leaveAlone('Remove', gone.length === 0 ? 'nothing to remove' : 'a dry run: --apply removes');
    }
    await share.leave();
    await record.letGo();
    const removed = input.apply === true ? gone : [];
    return {
      summary:
        input.apply === true
          ? `${String(removed.length)} of ${String(decisions.length)} backups were removed`
          : `${String(gone.length)} of ${String(decisions.length)} backups would be removed`,
      result: { decisions, removed },
    };
  },
);
