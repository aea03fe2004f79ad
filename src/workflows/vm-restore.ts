import { CancellationScope } from '@temporalio/workflow';
import type { RestoreFile, RestorePlan, VmRestore, VmRestoreResult } from '../contracts/vm-restore.ts';
import { operate } from './shared/operate.ts';
import type { Op } from './shared/op.ts';
import type { HostTarget } from '../contracts/targets.ts';
import { refuse } from './shared/failure.ts';
import { adoptLeftovers } from './vm/adopt-leftovers.ts';
import { goOnRecord } from './vm/on-record.ts';
import { leaseToRead } from './vm/repository-lease.ts';
import { useRepository } from './vm/repository.ts';
import type { MountedRepository } from './vm/repository.ts';
import { anew } from './vm/verify-set.ts';

/** Seconds: the switch of a running VM to its restored disks takes a few, a worker's absence must not last longer. */
const guardAfter = 600;

/**
 * Restores a backup as a VM. Everything is extracted beside what is there, while an old VM still runs; then the
 * definition is switched, which is one step. Nothing is overwritten, and the old disks stay.
 */
export const vmRestore = operate<VmRestore, VmRestoreResult>(
  ({ host, backup, name }) => `Restore ${backup}${name === undefined ? '' : ` as ${name}`} on ${host}`,
  async (input, op) => {
    op.plan(['Look', 'Mount', 'Choose', 'Extract', 'Shut down', 'Define', 'Start', 'Unmount']);
    const { host, repository } = await op.step('Look', async (at) => {
      const resolved = await at.resolveTargets(input);
      op.useSite(resolved.host.site);
      op.story.tag({ host: resolved.host.name });
      const { directory, devices } = input;
      if (directory !== undefined || devices !== undefined) {
        await at.checkDestinations(resolved.host, {
          ...(directory === undefined ? {} : { directory }),
          ...(devices === undefined ? {} : { devices }),
        });
      }
      return resolved;
    });
    const record = await goOnRecord({ host, repository }, 'vmRestore', op);
    const share = await useRepository({ host, repository }, op, false);

    const named = await op.step('Choose', (at) => at.planRestore(host, share, input, op.id));
    op.story.tag({ vm: named.name });
    await op.lock(`vm/${host.name}/${named.name}`);
    await adoptLeftovers(host, named.name, op);
    // Again, since the wait may have been long: who held the lock may have had the VM off, or made files.
    const { plan, lease } = await op.step('Choose', async (at, item) => {
      const chosen = await at.planRestore(host, share, input, op.id);
      if (runs(chosen) && input.shutdown !== true) {
        throw refuse('ShutdownNotAgreed', `${chosen.name} runs, and its shutdown was not agreed to`, {
          where: host.name,
        });
      }
      const held = await leaseToRead(host, share, chosen.backup, op, (remark) => {
        item.why = remark;
      });
      return { plan: chosen, lease: held };
    });
    const domain = { name: plan.name, uuid: plan.uuid };
    const wasRunning = runs(plan);
    await op.beside('Take the VM').takeForRestore(host, repository, plan, wasRunning, {
      operation: op.id,
      workflowId: op.workflowId,
      type: 'vmRestore',
    });

    const made = op.undo('Remove what was restored', async (at) => {
      await at.stopJobs(host, op.id);
      await at.removeRestored(host, op.id);
    });
    const paths: Record<string, string> = {};
    for (const file of plan.files) paths[file.from] = await extractOne(host, share, file, op);

    // Before the VM is touched: in an undo its former definition and its start come first.
    const back = op.undo(
      'Put the VM back',
      async (at) => {
        await at.undoDefine(host, domain, op.id);
        if (wasRunning) await at.bringBack(host, domain, op.id);
        await at.disarmGuard(host, op.id);
      },
      { event: 'vm not back' },
    );
    if (wasRunning) {
      await op.step('Shut down', async (at, item) => {
        await at.armGuard(host, domain, op.id, guardAfter);
        const settings = { shutdownTimeout: input.shutdownTimeout ?? 300, forceOff: input.forceOff ?? false };
        item.why = (await at.shutDown(host, domain, op.id, settings)).how;
      });
    } else op.leaveAlone('Shut down', plan.former === undefined ? 'there is no VM of that name' : 'the VM is off');

    await share.through(() =>
      op.step('Define', (at) => at.defineRestored(host, share, plan, paths, input.connect ?? false, op.id)),
    );
    if (input.boot === true || wasRunning) {
      await op.step('Start', (at) => at.startRestored(host, domain));
    } else op.leaveAlone('Start', 'not asked for: --boot starts it');
    // From here on the restored VM may be at work: neither an undo nor a repair may take its disks away.
    await CancellationScope.nonCancellable(() => op.beside('Keep what was restored').settleDomain(host, op.id));
    back.settle();
    made.settle();
    await op.beside('Disarm the guard').disarmGuard(host, op.id);
    await lease.release();
    await share.leave();
    await record.letGo();

    const used = new Set(Object.values(paths));
    const kept = (plan.former?.disks ?? []).filter((path) => !used.has(path));
    return {
      summary: `${plan.name} is restored from ${plan.backup}${kept.length === 0 ? '' : `; its old disks are kept: ${kept.join(', ')}`}`,
      result: { name: plan.name, uuid: plan.uuid, disks: paths, kept },
    };
  },
);

const runs = ({ former }: RestorePlan): boolean => former !== undefined && former.state !== 'shut off';

/** Where the content of one archive is afterwards: extracted, or already there in a backing file of the same content. */
async function extractOne(host: HostTarget, share: MountedRepository, file: RestoreFile, op: Op): Promise<string> {
  const { archive } = file.entry.source;
  const { maybe } = file;
  if (maybe !== undefined) {
    const same = await anew(op, share, `same-${archive}`, `Compare ${maybe}`, (at, job) =>
      at.isSame(host, share, file, job),
    );
    if (same) {
      op.leaveAlone(`Extract ${archive}`, `${maybe} has the same content, and is used`);
      return maybe;
    }
  }
  await anew(op, share, `extract-${archive}`, `Extract ${archive}`, (at, job) => at.extract(host, share, file, job));
  return file.to;
}
