import type { VmVerify, VmVerifyResult } from '../contracts/vm-verify.ts';
import type { Backup } from '../contracts/vm.ts';
import { chooseBackups } from '../domain/choose-backups.ts';
import { each } from './shared/each.ts';
import { failureText, faultType, refuse } from './shared/failure.ts';
import { operate } from './shared/operate.ts';
import { useRepository } from './vm/repository.ts';
import { anew } from './vm/verify-set.ts';

/** Faults that say something about the backup, not about the way to it. */
const damage: readonly string[] = ['ArchiveCorrupt', 'BackupUnusable'];

/** Reads backups again, whole, and holds each archive against its manifest. */
export const vmVerify = operate<VmVerify, VmVerifyResult>(
  ({ host, backups }) => `Verify ${backups === undefined ? 'all backups' : backups.join(', ')} on ${host}`,
  async (input, op) => {
    const { host, repository } = await op.step('Look', async (at) => {
      const resolved = await at.resolveTargets(input);
      op.useSite(resolved.host.site);
      return resolved;
    });
    const share = await useRepository({ host, repository }, op, false);
    const chosen = await op.step('Choose', async (at) =>
      chooseBackups(await at.listBackups(host, share), input.backups),
    );
    if (chosen.unknown.length > 0) {
      throw refuse('BackupNotFound', `${repository.name} has no backup ${chosen.unknown.join(', ')}`, {
        where: host.name,
        candidates: chosen.nearest,
      });
    }

    // Jobs outlive a worker, so a cancel has to end them.
    const jobs = op.undo('End the jobs', async (at) => {
      await at.stopJobs(host, op.id);
      await at.letGo(host, op.id);
    });
    const damaged: { path: string; why: string }[] = [];
    const verifyOne = async ({ path }: Backup): Promise<void> => {
      const manifest = await op.beside(`Read the manifest of ${path}`).readManifest(host, share, path);
      for (const entry of manifest.archives) {
        const archive = `${share.root}/${path}/${entry.file}`;
        try {
          await anew(op, share, `verify-${path}-${entry.source.archive}`, `Verify ${path}/${entry.file}`, (at, job) =>
            at.verify(host, share, archive, entry, job),
          );
        } catch (error) {
          if (damage.includes(faultType(error))) {
            await op.beside(`Mark ${path}`).markDamaged(host, share, path, failureText(error).message);
          }
          throw error;
        }
      }
      await op.beside(`Mark ${path}`).markVerified(host, share, path);
    };
    const things = chosen.backups.map((backup) => ({
      ...backup,
      id: `backup ${backup.path}`,
      name: backup.path,
      action: `Verify ${backup.path}`,
    }));
    const { done, failed } = await each(op, things, 1, verifyOne);
    damaged.push(...failed.map(({ thing: { path }, why }) => ({ path, why })));
    await op.beside('Clear the jobs').letGo(host, op.id);
    jobs.settle();
    await share.leave();
    const [first] = damaged;
    if (first !== undefined && done.length === 0)
      throw refuse('ArchiveCorrupt', `${first.path}: ${first.why}`, { where: host.name });
    return {
      outcome: damaged.length === 0 ? 'done' : 'partial',
      summary: `${String(done.length)} of ${String(things.length)} backups are good`,
      result: { good: done.map(({ path }) => path), damaged },
    };
  },
);
