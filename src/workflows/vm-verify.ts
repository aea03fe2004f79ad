import { CancellationScope } from '@temporalio/workflow';
import type { Item } from '../contracts/operation.ts';
import { isFaultType } from '../contracts/faults.ts';
import type { HostTarget } from '../contracts/targets.ts';
import type { VmVerify, VmVerifyResult } from '../contracts/vm-verify.ts';
import type { Backup } from '../contracts/vm.ts';
import { ambiguity, chooseBackups } from '../domain/choose-backups.ts';
import { counted } from '../domain/format.ts';
import { each } from './shared/each.ts';
import { failureText, faultType, refuse } from './shared/failure.ts';
import { operate } from './shared/operate.ts';
import type { Op } from './shared/op.ts';
import { goOnRecord } from './vm/on-record.ts';
import { leaseToRead } from './vm/repository-lease.ts';
import { useRepository } from './vm/repository.ts';
import type { MountedRepository } from './vm/repository.ts';
import { anew } from './vm/verify-set.ts';

/** Faults that say something about the backup, not about the way to it. */
const damage: readonly string[] = ['ArchiveCorrupt', 'BackupUnusable'];

/** Reads backups again, whole, and holds each archive and each small file against its manifest. */
export const vmVerify = operate<VmVerify, VmVerifyResult>(
  ({ host, backups }) => `Verify ${backups === undefined ? 'all backups' : backups.join(', ')} on ${host}`,
  async (input, op) => {
    const { host, repository } = await op.step('Look', async (at) => {
      const resolved = await at.resolveTargets(input);
      op.useSite(resolved.host.site);
      return resolved;
    });
    const record = await goOnRecord({ host, repository }, 'vmVerify', op);
    const share = await useRepository({ host, repository }, op, false);
    const chosen = await op.step('Choose', async (at) => {
      const { backups, unknown, nearest, ambiguous } = chooseBackups(await at.listBackups(host, share), input.backups);
      if (unknown.length > 0) {
        throw refuse('BackupNotFound', `${repository.name} has no backup ${unknown.join(', ')}`, {
          where: host.name,
          candidates: nearest,
        });
      }
      if (ambiguous[0] !== undefined) throw refuse('InvalidInput', ambiguity(ambiguous[0]), { where: host.name });
      return backups;
    });

    const verifyOne = async ({ path }: Backup, item: Item): Promise<void> => {
      const lease = await leaseToRead(host, share, path, op, (remark) => {
        item.why = remark;
      });
      // Jobs outlive a worker, so a cancel has to end them; before the lease goes.
      const jobs = op.undo(`End the jobs of ${path}`, (at) => at.stopJobs(host, op.id));
      try {
        const remark = await readWhole(host, repository.name, share, path, op);
        if (remark !== undefined) item.why = remark;
      } finally {
        if (!CancellationScope.current().consideredCancelled) {
          await lease.release();
          jobs.settle();
        }
      }
    };
    const things = chosen.map((backup) => ({
      ...backup,
      id: `backup ${backup.path}`,
      name: backup.path,
      action: `Verify ${backup.path}`,
    }));
    const { done, failed } = await each(op, things, 1, verifyOne);
    await share.leave();
    await record.letGo();
    const [first] = failed;
    if (first !== undefined && done.length === 0)
      throw refuse(isFaultType(first.type) ? first.type : 'JobFailed', `${first.thing.path}: ${first.why}`, {
        where: host.name,
      });
    const told = (isDamage: boolean): VmVerifyResult['damaged'] =>
      failed
        .filter(({ type }) => damage.includes(type) === isDamage)
        .map(({ thing: { path }, why }) => ({ path, why }));
    return {
      outcome: failed.length === 0 ? 'done' : 'partial',
      summary: `${counted(things.length, 'backup')} read, ${String(done.length)} good`,
      result: { good: done.map(({ path }) => path), damaged: told(true), unread: told(false) },
    };
  },
);

async function readWhole(
  host: HostTarget,
  repository: string,
  share: MountedRepository,
  path: string,
  op: Op,
): Promise<string | undefined> {
  const manifest = await share.through(() => op.beside(`Read the manifest of ${path}`).readManifest(host, share, path));
  try {
    await share.through(() => op.beside(`Verify the description of ${path}`).verifyFiles(host, share, path, manifest));
    for (const entry of manifest.archives) {
      const archive = `${share.root}/${path}/${entry.file}`;
      await anew(op, share, `verify-${path}-${entry.source.archive}`, `Verify ${path}/${entry.file}`, (at, job) =>
        at.verify(host, share, archive, entry, job),
      );
    }
  } catch (error) {
    if (damage.includes(faultType(error))) {
      await op.beside(`Mark ${path}`).markDamaged(host, share, path, failureText(error).message, repository);
    }
    throw error;
  }
  return (await op.beside(`Mark ${path}`).markVerified(host, share, path, repository)).remark;
}
