import type { HostRecord } from '../contracts/host-record.ts';
import type { HostTarget, RepositoryTarget } from '../contracts/targets.ts';
import type { RestoreFile, RestorePlan, VmRestore } from '../contracts/vm-restore.ts';
import type { Domain } from '../contracts/vm.ts';
import { Fault } from '../contracts/faults.ts';
import { readFile, writeFile } from '../systems/host/index.ts';
import { readChecked } from '../systems/jobs/backup-files.ts';
import { startExtract, startSame } from '../systems/jobs/extract.ts';
import { readHostRecord, writeHostRecord } from '../systems/jobs/host-record.ts';
import type { JobRef } from '../systems/jobs/job.ts';
import {
  cloneDomainXml,
  defineDomain,
  domainState,
  dumpDomain,
  poolRefreshFor,
  undefineDomain,
} from '../systems/libvirt/index.ts';
import { safe } from './archives.ts';
import type { Share } from './archives.ts';
import { attend } from './jobs.ts';
import type { Deps } from './shared/deps.ts';
import { pathsOf } from './shared/deps.ts';
import { checkDestinations } from './shared/destinations.ts';
import { holdDomain } from './shared/hold-domain.ts';
import { planRestore } from './shared/plan-restore.ts';
import { rebaseOnto, removePath, swapIn, swapOut } from './shared/restoring.ts';

type Named = Pick<Domain, 'name' | 'uuid'>;

interface Mounted extends Share {
  readonly root: string;
}

const shareOf = ({ mountPoint, mountSource }: Share): Share => ({ mountPoint, mountSource });

/** The definition that a restore replaces; it may hold secrets, so it stays on the host, readable by root alone. */
const formerXml = ({ stateDirectory }: HostTarget, operation: string): string =>
  `${stateDirectory}/operations/${operation}.former.xml`;

export const restoreActivities = ({ host }: Deps) => {
  const trace = async (
    target: HostTarget,
    operation: string,
    change: (restore: NonNullable<HostRecord['restore']>) => HostRecord['restore'],
  ): Promise<void> => {
    const record = await readHostRecord(host(target), pathsOf(target), operation);
    if (record === undefined) throw new Fault('JobFailed', `the record of ${operation} is gone from ${target.name}`);
    const restore = change(record.restore ?? { files: [] });
    await writeHostRecord(host(target), pathsOf(target), { ...record, ...(restore === undefined ? {} : { restore }) });
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
        restore: { files: [] },
      });
    },

    /**
     * Extracts one archive to a name that isn't taken (or onto the named block device), and checks its digest.
     * Effect: one file. Key: the job's reference. A retry re-attaches. Cancel: detaches. Permanent: what the job says:
     * RestoreRefused, ArchiveCorrupt, DestinationFull; JobLost when its process is gone.
     */
    async extract(target: HostTarget, share: Mounted, file: RestoreFile, job: JobRef): Promise<void> {
      const on = host(target);
      const paths = pathsOf(target);
      const ref = safe(job);
      const { archive, entry, to } = file;
      await attend(on, paths, ref, () =>
        startExtract(on, paths, ref, { archive, entry, destination: to, share: shareOf(share) }),
      );
      if (entry.source.kind === 'block') return;
      // Only what was finished here is ours to remove: a file that was in the way is somebody else's.
      await trace(target, job.operation, (restore) => ({ ...restore, files: [...new Set([...restore.files, to])] }));
    },

    /** Whether a file on the host holds an archive's content. Effect: none. Key: the job's reference. */
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
     * the host first. Key: the VM's UUID; a retry defines the same again. Permanent: RestoreRefused,
     * ArchiveCorrupt.
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
      const saved = await readChecked(on, share, plan.backup, 'domain.xml', plan.manifest);
      const former = formerXml(target, operation);
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
          const swapped = await swapIn(on, to, plan, operation);
          if (swapped !== undefined) {
            await trace(target, operation, (restore) => ({ ...restore, files: restore.files, moved: [swapped] }));
          }
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
      if (plan.former === undefined) await trace(target, operation, (restore) => ({ ...restore, defined: true }));
      await defineDomain(on, xml, { replace: true });
      for (const path of Object.values(files)) await poolRefreshFor(on, path);
    },

    /**
     * Gives a VM its former definition back, or undefines one that a restore made.
     * Key: the record and the kept definition. A retry does the same again. Cancel: none, it is an undo.
     */
    async undoDefine(target: HostTarget, domain: Named, operation: string): Promise<void> {
      const on = host(target);
      const record = await readHostRecord(on, pathsOf(target), operation);
      const former = await readFile(on, formerXml(target, operation));
      for (const moved of record?.restore?.moved ?? []) await swapOut(on, moved);
      if (former !== undefined) await defineDomain(on, former, { replace: true });
      else if (record?.restore?.defined === true && (await domainState(on, domain.uuid)) === 'shut off') {
        await undefineDomain(on, domain.uuid);
      }
    },

    /** Effect: the files that this restore made are gone. Key: the record. A retry finds less. Cancel: none. */
    async removeRestored(target: HostTarget, operation: string): Promise<void> {
      const on = host(target);
      const record = await readHostRecord(on, pathsOf(target), operation);
      for (const path of record?.restore?.files ?? []) await removePath(on, path);
    },

    /** Effect: none. Sees a VM running for some seconds on end. VmStartFailed, with where to look, is tried again. */
    async staysUp(target: HostTarget, domain: Named): Promise<void> {
      const on = host(target);
      for (let second = 0; second < 5; second += 1) {
        const state = await domainState(on, domain.uuid);
        if (state !== 'running' && state !== 'idle') {
          throw new Fault('VmStartFailed', `${domain.name} was started, and is ${state ?? 'gone'} now`, {
            where: on.name,
            remedy: `read /var/log/libvirt/qemu/${domain.name}.log on the host`,
          });
        }
        await new Promise((resolve) => setTimeout(resolve, 1000));
      }
    },
  };
};
