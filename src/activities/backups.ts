import { createHash } from 'node:crypto';
import { Fault, isFault } from '../contracts/faults.ts';
import type { BackupSettings } from '../contracts/settings.ts';
import type { HostTarget, KeepRules, RepositoryTarget } from '../contracts/targets.ts';
import type { ArchiveEntry, Backup, Domain, Manifest } from '../contracts/vm.ts';
import { prunePlan } from '../domain/retention.ts';
import { readHostRecord, writeHostRecord } from '../systems/jobs/host-record.ts';
import { manifestText } from '../systems/jobs/manifest.ts';
import { noteLastBackup } from '../systems/jobs/last-backup.ts';
import {
  finishBackup,
  isFinished,
  listBackups,
  makePartial,
  readManifest,
  removeBackup,
  writeBackupFile,
} from '../systems/jobs/repository.ts';
import type { Repository, RepositoryHolder } from '../systems/jobs/repository.ts';
import { dumpDomain } from '../systems/libvirt/index.ts';
import type { Deps } from './shared/deps.ts';
import { pathsOf } from './shared/deps.ts';
import { checkDescription } from './shared/check-description.ts';
import { correctLastBackups } from './shared/correct-last-backups.ts';
import { isOnlyToRead, leaseDirectory } from './shared/lease-directory.ts';
import { tell } from './shared/heartbeat.ts';
import { NewestBackups } from './shared/newest-backups.ts';
import { removeLeased } from './shared/remove-leased.ts';
import { toolVersions } from './shared/tool-versions.ts';

/** Where a backup is written: `path` relative to the root, `partial` absolute. */
interface Place extends Repository {
  readonly path: string;
  readonly partial: string;
}

type Holder = Omit<RepositoryHolder, 'mode'>;

interface Vm {
  readonly host: HostTarget;
  readonly repository: RepositoryTarget;
  readonly domain: Domain;
  readonly settings: BackupSettings;
}

/** What a workflow knows of a finished set; the rest of the manifest is read on the host. */
export interface FinishedSet {
  readonly operation: string;
  readonly takenAt: string;
  readonly wasRunning: boolean;
  readonly archives: readonly ArchiveEntry[];
}

const partialOf = ({ path }: Place): string => `${path}.partial`;

export const backupActivities = ({ host, ...deps }: Deps, newest = new NewestBackups(deps)) => ({
  /**
   * Leases the VM's directory of the repository and makes the partial backup.
   * Effect: lease and directory. Key: the operation and the path. A retry finds both. Cancel: all the same; dropLeases
   * and dropPartial undo. Permanent: ShareNotWritable, ShareFull, and BackupUnusable for a partial one that somebody
   * else put there. RepositoryBusy is tried again.
   */
  async layOut(vm: Vm, place: Place, holder: Holder): Promise<void> {
    const on = host(vm.host);
    const paths = pathsOf(vm.host);
    await leaseDirectory(on, paths, place, place.path, { ...holder, mode: 'shared' });
    const record = await readHostRecord(on, paths, holder.operation);
    if (record === undefined) throw new Fault('JobFailed', `the record of ${holder.operation} is gone from ${on.name}`);
    // Only what this operation has on record can be its own.
    const again = record.partial === place.partial;
    await writeHostRecord(on, paths, { ...record, partial: place.partial });
    try {
      await makePartial(on, place, partialOf(place), again);
    } catch (error) {
      // Somebody else's: no undo may take it for ours.
      if (!again && isFault(error) && error.type === 'BackupUnusable') await writeHostRecord(on, paths, record);
      throw error;
    }
  },

  /**
   * Effect: what a set that was not of one moment left is gone, the directory is there. Key: its path. A retry does the
   * same. Cancel: all the same; dropPartial undoes. ShareLost is tried again.
   */
  async emptyPartial(target: HostTarget, place: Place): Promise<void> {
    await removeBackup(host(target), place, partialOf(place));
    await makePartial(host(target), place, partialOf(place), true);
  },

  /**
   * Removes the half-written backup, unless it is to be kept. Nothing is touched when the share isn't mounted, or when
   * the operation has no such backup on record: then it never made one.
   * Effect: its directory is gone. Key: its path. A retry finds less. Cancel: none, it is an undo. ShareLost is tried
   * again.
   */
  async dropPartial(target: HostTarget, place: Place, operation: string, keep: boolean): Promise<void> {
    const record = await readHostRecord(host(target), pathsOf(target), operation);
    if (!keep && record?.partial === place.partial) await removeBackup(host(target), place, partialOf(place));
  },

  /**
   * Writes the domain's description (0600: it may hold secrets) and the manifest, syncs, and gives the backup its
   * final name; then notes it on the host, and in the records, as the newest good one. Key: the path. A retry finds the
   * final name, or writes the same again. Cancel: all the same, it is seconds. Permanent: ShareFull, ArchiveCorrupt when
   * what was written doesn't read so.
   */
  async finishBackup(vm: Vm, place: Place, set: FinishedSet): Promise<void> {
    const on = host(vm.host);
    const { name, uuid, autostart } = vm.domain;
    if (!(await isFinished(on, place, place.path))) {
      const { xml, snapshots, checkpoints } = await dumpDomain(on, uuid);
      const described: Record<string, string> = { 'domain.xml': xml };
      if (Object.keys(snapshots).length > 0) described['snapshots.json'] = JSON.stringify(snapshots, null, 2);
      if (Object.keys(checkpoints).length > 0) described['checkpoints.json'] = JSON.stringify(checkpoints, null, 2);
      const manifest: Manifest = {
        format: 1,
        operation: set.operation,
        takenAt: set.takenAt,
        host: vm.host.name,
        vm: { name, uuid, autostart, wasRunning: set.wasRunning },
        archives: set.archives,
        files: Object.fromEntries(
          Object.entries(described).map(([file, text]) => [file, createHash('sha256').update(text).digest('hex')]),
        ),
        verified: vm.settings.verify,
        tools: await toolVersions(on),
      };
      for (const [file, text] of Object.entries(described)) {
        await writeBackupFile(on, place, partialOf(place), file, text);
      }
      await writeBackupFile(on, place, partialOf(place), 'manifest.json', manifestText(manifest), 0o644);
      if (vm.settings.verify !== 'none') await checkDescription(on, place, partialOf(place), manifest);
    }
    await finishBackup(on, place, place.path);
    if (vm.settings.verify === 'none') return;
    await noteLastBackup(on, pathsOf(vm.host), uuid, {
      at: set.takenAt,
      repository: vm.repository.name,
      path: place.path,
    });
    // Not waited for: the VM is still off.
    void newest.look(on, vm.host);
  },

  /** What a repository holds. Effect: none. */
  async listBackups(target: HostTarget, repository: Repository): Promise<readonly Backup[]> {
    return listBackups(host(target), repository);
  },

  /** Effect: none. Permanent: BackupNotFound, BackupUnusable. */
  async readManifest(target: HostTarget, repository: Repository, path: string): Promise<Manifest> {
    return readManifest(host(target), repository, path);
  },

  /**
   * Holds the description and the other small files of a backup against the digests of its manifest, and the manifest
   * against the description: every disk of the VM has its archive.
   * Effect: none. Permanent: ArchiveCorrupt, naming the file; BackupUnusable. ShareLost is tried again.
   */
  async verifyFiles(target: HostTarget, repository: Repository, path: string, manifest: Manifest): Promise<void> {
    await checkDescription(host(target), repository, path, manifest);
  },

  /**
   * Says in the backup that it was read whole, so an unverified one is good now. A share that can only be read has no
   * room for it, which is no fault of the backup: the answer says so.
   * Effect: a file in the backup, and the host's note of the newest good one. Key: the path. A retry writes it again.
   * Cancel: all the same. Permanent: BackupNotFound.
   */
  async markVerified(
    target: HostTarget,
    share: Repository,
    path: string,
    repository: string,
  ): Promise<{ remark?: string }> {
    const on = host(target);
    try {
      await writeBackupFile(on, share, path, 'verified', `${new Date().toISOString()}\n`, 0o644);
    } catch (error) {
      if (!isOnlyToRead(error)) throw error;
      return { remark: `it is good, but can't be marked so: ${error.message}` };
    }
    await correctLastBackups(on, pathsOf(target), share, repository);
    await newest.look(on, target);
    return {};
  },

  /**
   * Says in the backup what is wrong with it, so nobody takes it for good, or prunes for it.
   * Effect: a file in the backup, and the host's note of the newest good one. Key: the path. A retry writes it again.
   * Cancel: all the same. Permanent: ShareNotWritable, BackupNotFound.
   */
  async markDamaged(
    target: HostTarget,
    share: Repository,
    path: string,
    why: string,
    repository: string,
  ): Promise<void> {
    const on = host(target);
    await writeBackupFile(on, share, path, 'damaged', `${why}\n`, 0o644);
    await correctLastBackups(on, pathsOf(target), share, repository);
    await newest.look(on, target);
  },

  /** The backups of one VM that no rule keeps. Effect: none. Permanent: InvalidInput for rules that keep nothing. */
  async planRetention(target: HostTarget, share: Repository, uuid: string, keep: KeepRules): Promise<string[]> {
    const all = (await listBackups(host(target), share)).filter((backup) => backup.uuid === uuid);
    return prunePlan(all, keep, new Date())
      .filter((decision) => !decision.keep)
      .map(({ path }) => path);
  },

  /**
   * Removes one backup, under an exclusive lease of its directory, unless a rule keeps it by now. True when it is gone.
   * Key: its path. A retry goes on with what is left of it. Cancel: after it; dropLeases undoes. RepositoryBusy, naming
   * who reads or writes a backup there, is tried again. Permanent: ShareNotWritable; JobFailed when the operation's
   * record is gone.
   */
  async pruneBackup(
    target: HostTarget,
    share: Repository,
    path: string,
    keep: KeepRules,
    holder: Holder,
  ): Promise<boolean> {
    return removeLeased(host(target), pathsOf(target), share, path, keep, holder);
  },

  /**
   * Removes the named backups, but for those that a rule keeps by now, and corrects what the host knows as the newest
   * good one. Gives those that are gone.
   * Key: each path; a retry goes on with what is left. Cancel: after the backup at hand; dropLeases undoes. It waits for
   * who reads or writes a backup of that VM: RepositoryBusy, naming them, is tried again. Permanent: as pruneBackup.
   */
  async removeBackups(
    target: HostTarget,
    repository: RepositoryTarget,
    share: Repository,
    paths: readonly string[],
    keep: KeepRules,
    holder: Holder,
  ): Promise<string[]> {
    const on = host(target);
    const gone: string[] = [];
    for (const [index, path] of paths.entries()) {
      tell({ done: index, total: paths.length, note: path });
      if (await removeLeased(on, pathsOf(target), share, path, keep, holder)) gone.push(path);
    }
    await correctLastBackups(on, pathsOf(target), share, repository.name);
    await newest.look(on, target);
    return gone;
  },
});
