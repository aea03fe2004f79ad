import { Context } from '@temporalio/activity';
import type { HostRecord } from '../contracts/host-record.ts';
import type { HostTarget, RepositoryTarget } from '../contracts/targets.ts';
import type { RestoreFile, RestorePlan, VmRestore } from '../contracts/vm-restore.ts';
import type { Domain } from '../contracts/vm.ts';
import { Fault, isFault } from '../contracts/faults.ts';
import { readFile, writeFile } from '../systems/host/index.ts';
import type { Host } from '../systems/host/host.ts';
import { readChecked } from '../systems/jobs/backup-files.ts';
import { startExtract, startSame } from '../systems/jobs/extract.ts';
import { readGuard } from '../systems/jobs/guard.ts';
import { readHostRecord, writeHostRecord } from '../systems/jobs/host-record.ts';
import type { HostPaths } from '../systems/jobs/paths.ts';
import type { JobRef } from '../systems/jobs/job.ts';
import { formerDefinition, removeRestoredFiles, restoredAmong, restoredList } from '../systems/jobs/restored.ts';
import {
  autostartDomain,
  cloneDomainXml,
  defineDomain,
  destroyDomain,
  domainState,
  dumpDomain,
  liveFiles,
  poolRefreshFor,
  startDomain,
  undefineDomain,
} from '../systems/libvirt/index.ts';
import { safe } from './archives.ts';
import type { Share } from './archives.ts';
import { attend } from './jobs.ts';
import type { Deps } from './shared/deps.ts';
import { pathsOf } from './shared/deps.ts';
import { Final } from './shared/failure.ts';
import { checkDestinations } from './shared/destinations.ts';
import { holdDomain } from './shared/hold-domain.ts';
import { planRestore } from './shared/plan-restore.ts';
import { rebaseOnto, swapIn, swapOut, tpmSwap } from './shared/restoring.ts';

type Named = Pick<Domain, 'name' | 'uuid'>;

interface Mounted extends Share {
  readonly root: string;
}

const shareOf = ({ mountPoint, mountSource }: Share): Share => ({ mountPoint, mountSource });

export const restoreActivities = ({ host }: Deps) => {
  const trace = async (
    target: HostTarget,
    operation: string,
    change: NonNullable<HostRecord['restore']>,
  ): Promise<void> => {
    const record = await readHostRecord(host(target), pathsOf(target), operation);
    if (record === undefined) throw new Fault('JobFailed', `the record of ${operation} is gone from ${target.name}`);
    await writeHostRecord(host(target), pathsOf(target), { ...record, restore: { ...record.restore, ...change } });
  };

  return {
    /**
     * Looks at what was named for the disks, before anything is touched.
     * Effect: none. Permanent: RestoreRefused, for a directory that isn't there or can't be written to, or a device
     * that is none.
     */
    async checkDestinations(target: HostTarget, named: Pick<VmRestore, 'directory' | 'devices'>): Promise<void> {
      await checkDestinations(host(target), named);
    },

    /**
     * Decides what becomes of every archive, and what the VM will be. Effect: none. The same on every try.
     * Permanent: BackupNotFound, BackupUnusable, RestoreRefused with every reason.
     */
    async planRestore(target: HostTarget, share: Mounted, input: VmRestore, operation: string): Promise<RestorePlan> {
      return planRestore(host(target), share, input, operation);
    },

    /**
     * Leases the VM on its host, and says in the operation's record what a repair would put back.
     * Effect: two files. Key: the operation. A retry finds its own. Cancel: takes it all the same; letGo undoes.
     * Permanent: VmRefused, naming who holds the VM, or because it is in another state than it was looked at.
     */
    async takeForRestore(
      target: HostTarget,
      repository: RepositoryTarget,
      plan: RestorePlan,
      wasRunning: boolean,
      holder: { operation: string; workflowId: string; type: string },
    ): Promise<void> {
      await holdDomain(host(target), pathsOf(target), {
        ...holder,
        domain: { name: plan.name, uuid: plan.uuid },
        wasRunning,
        repository,
        startedAt: new Date().toISOString(),
        restore: {},
      });
    },

    /**
     * Extracts one archive to a name that isn't taken (or onto the named block device), and checks its digest.
     * Effect: one file, which the job puts on the list of what was restored before it is there. Key: the job's
     * reference. A retry re-attaches. Cancel: detaches. Permanent: what the job says: RestoreRefused, ArchiveCorrupt,
     * DestinationFull; JobLost when its process is gone.
     */
    async extract(target: HostTarget, share: Mounted, file: RestoreFile, job: JobRef): Promise<void> {
      const on = host(target);
      const paths = pathsOf(target);
      const ref = safe(job);
      const { archive, entry, to } = file;
      await attend(on, paths, ref, () =>
        startExtract(on, paths, ref, { archive, entry, destination: to, share: shareOf(share) }),
      );
    },

    /**
     * Whether a file on the host holds an archive's content. Effect: none but a job. Key: the job's reference. A retry
     * re-attaches. Cancel: detaches. Permanent: what the job says; JobLost when its process is gone.
     */
    async isSame(target: HostTarget, share: Mounted, file: RestoreFile, job: JobRef): Promise<boolean> {
      const { archive, entry, maybe } = file;
      if (maybe === undefined) return false;
      const on = host(target);
      const ref = safe(job);
      const outcome = await attend(on, pathsOf(target), ref, () =>
        startSame(on, pathsOf(target), ref, { archive, entry, path: maybe, share: shareOf(share) }),
      );
      return outcome.state === 'done' && outcome.result['same'] === 'yes';
    },

    /**
     * Makes the restored disks the VM's: qcow2 files are pointed at their backing files where those are called
     * otherwise now, and the definition is switched, which is one step of libvirt. The former definition is kept on
     * the host first. Key: the VM's UUID; a retry defines the same again, and leaves alone what runs on the restored
     * disks: an earlier try switched it, and the guard or a person started it. Cancel: goes on to its end. Permanent:
     * RestoreRefused, ArchiveCorrupt; GuardActed or PreconditionLost for a VM that runs on its former disks.
     */
    async defineRestored(
      target: HostTarget,
      share: Mounted,
      plan: RestorePlan,
      files: Readonly<Record<string, string>>,
      connect: boolean,
      operation: string,
    ): Promise<void> {
      const on = host(target);
      const paths = pathsOf(target);
      const state = await domainState(on, plan.uuid);
      if (state !== undefined && state !== 'shut off') {
        if (await runsOn(on, paths, plan.uuid, operation)) return;
        const acted = (await readGuard(on, paths, operation)) === 'acted';
        throw new Fault(
          acted ? 'GuardActed' : 'PreconditionLost',
          `${plan.name} is ${state}: its disks are not switched under it`,
          { where: on.name },
        );
      }
      const saved = await readChecked(on, share, plan.backup, 'domain.xml', plan.manifest);
      const former = formerDefinition(paths, operation);
      if (plan.former !== undefined && (await readFile(on, former)) === undefined) {
        await writeFile(on, former, (await dumpDomain(on, plan.uuid)).xml, { mode: 0o600 });
      }
      await rebaseOnto(on, plan, files);
      const disks: Record<string, string> = {};
      let nvram: string | undefined;
      for (const { entry, from } of plan.files) {
        const { role, target: disk } = entry.source;
        const to = files[from];
        if (role === 'disk' && disk !== undefined && to !== undefined) disks[disk] = to;
        if (role === 'nvram') nvram = to;
        if (role === 'tpm' && to !== undefined) {
          const swap = tpmSwap(to, plan, operation);
          if (swap === undefined) continue;
          await trace(target, operation, { moved: [swap] });
          await swapIn(on, to, swap, restoredList(paths, operation));
        }
      }
      const xml = cloneDomainXml(saved, {
        newMacs: plan.clone,
        connect: connect || !plan.clone,
        paths: files,
        disks,
        ...(plan.clone ? { name: plan.name, uuid: plan.uuid } : {}),
        ...(nvram === undefined ? {} : { nvram }),
      });
      if (plan.former === undefined) await trace(target, operation, { defined: true });
      await defineDomain(on, xml, { replace: true });
      // libvirt keeps the mark of a VM that is still defined; a clone gets none.
      if (plan.former === undefined && !plan.clone && plan.manifest.vm.autostart) await autostartDomain(on, plan.uuid);
      for (const path of Object.values(files)) await poolRefreshFor(on, path);
    },

    /**
     * Gives a VM its former definition back, or undefines one that a restore made. Whatever runs on the restored disks
     * is powered off first: in an undo it was started moments ago, to see whether it runs.
     * Key: the record and the kept definition. A retry does the same again, and does nothing once the VM is settled.
     * Cancel: none, it is an undo.
     */
    async undoDefine(target: HostTarget, domain: Named, operation: string): Promise<void> {
      const on = host(target);
      const paths = pathsOf(target);
      const restore = (await readHostRecord(on, paths, operation))?.restore;
      if (restore === undefined) return;
      if (await runsOn(on, paths, domain.uuid, operation)) await destroyDomain(on, domain.uuid);
      for (const moved of restore.moved ?? []) await swapOut(on, moved);
      const former = await readFile(on, formerDefinition(paths, operation));
      if (former !== undefined) await defineDomain(on, former, { replace: true });
      else if (restore.defined === true && (await domainState(on, domain.uuid)) === 'shut off') {
        await undefineDomain(on, domain.uuid);
      }
    },

    /** Whether a VM runs on what an operation restored. Effect: none. */
    async runsOnRestored(target: HostTarget, domain: Named, operation: string): Promise<boolean> {
      return runsOn(host(target), pathsOf(target), domain.uuid, operation);
    },

    /**
     * Effect: the files that this restore made are gone. Key: the list that its jobs kept, and their inodes. A retry
     * finds less. Cancel: none, it is an undo. Permanent: RestoreRefused while a process uses one of them.
     */
    async removeRestored(target: HostTarget, operation: string): Promise<void> {
      await removeRestoredFiles(host(target), pathsOf(target), operation);
    },

    /**
     * Starts a restored VM, and sees it running for some seconds on end.
     * Effect: one start. Key: the VM's state: a running one is left alone. A host that went away meanwhile is waited
     * for, since the VM may be at work on the restored disks already. Cancel: ends between two looks. Permanent:
     * VmStartFailed, with where to look.
     */
    async startRestored(target: HostTarget, domain: Named): Promise<void> {
      const on = host(target);
      const failed = (message: string): Final =>
        new Final(
          new Fault('VmStartFailed', message, {
            where: on.name,
            remedy: `read /var/log/libvirt/qemu/${domain.name}.log on the host`,
          }),
        );
      try {
        await startDomain(on, domain.uuid);
      } catch (error) {
        throw isFault(error) && error.type === 'VmStartFailed' ? failed(error.message) : error;
      }
      for (let second = 0; second < 5; second += 1) {
        const state = await domainState(on, domain.uuid);
        if (state !== 'running' && state !== 'idle')
          throw failed(`${domain.name} was started, and is ${state ?? 'gone'} now`);
        await Context.current().sleep(1000);
      }
    },
  };
};

/** By the VM's own live definition: other processes that have a restored file open say nothing about the VM. */
async function runsOn(on: Host, paths: HostPaths, uuid: string, operation: string): Promise<boolean> {
  return (await restoredAmong(on, paths, operation, await liveFiles(on, uuid))).length > 0;
}
