import { createHash } from 'node:crypto';
import type { BackupSettings } from '../contracts/settings.ts';
import type { HostTarget, KeepRules, RepositoryTarget } from '../contracts/targets.ts';
import type { ArchiveEntry, Backup, Domain, Manifest } from '../contracts/vm.ts';
import { newest } from '../domain/choose-backups.ts';
import { prunePlan } from '../domain/retention.ts';
import { checkFiles } from '../systems/jobs/backup-files.ts';
import { readHostRecord, writeHostRecord } from '../systems/jobs/host-record.ts';
import { forgetLastBackup, noteLastBackup } from '../systems/jobs/last-backup.ts';
import {
  finishBackup,
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
import { isOnlyToRead, leaseDirectory } from './shared/lease-directory.ts';
import { tell } from './shared/heartbeat.ts';
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

export const backupActivities = ({ host }: Deps) => ({
  /**
   * Leases the VM's directory of the repository and makes the partial backup.
   * Effect: lease and directory. Key: the operation and the path. A retry finds both. Cancel: all the same; dropLeases
   * and dropPartial undo. Permanent: ShareNotWritable, ShareFull, and BackupUnusable for a partial one that somebody
   * else put there. RepositoryBusy is tried again.
   */
  async layOut(vm: Vm, place: Place, holder: Holder): Promise<void> {
    const on = host(vm.host);
    const paths = pathsOf(vm.host);
    const record = await readHostRecord(on, paths, holder.operation);
    // Only what this operation has on record can be its own.
    const again = record?.partial === place.partial;
    if (record !== undefined) await writeHostRecord(on, paths, { ...record, partial: place.partial });
    await leaseDirectory(on, paths, place, place.path, { ...holder, mode: 'shared' });
    await makePartial(on, place, partialOf(place), again);
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
   * Removes the half-written backup, unless it is to be kept. Nothing is touched when the share isn't mounted.
   * Key: its path. A retry finds less. Cancel: none, it is an undo.
   */
  async dropPartial(target: HostTarget, place: Place, keep: boolean): Promise<void> {
    if (!keep) await removeBackup(host(target), place, partialOf(place));
  },

  /**
   * Writes the domain's description (0600: it may hold secrets) and the manifest, syncs, and gives the backup its
   * final name; then notes it on the host as the newest good one. Key: the path. A retry finds the final name, or
   * writes the same again. Cancel: all the same, it is seconds. Permanent: ShareFull, ArchiveCorrupt when what was
   * written doesn't read so.
   */
  async finishBackup(vm: Vm, place: Place, set: FinishedSet): Promise<void> {
    const on = host(vm.host);
    const { name, uuid, autostart } = vm.domain;
    const done = (await listBackups(on, place)).some(({ path }) => path === place.path);
    if (!done) {
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
      await writeBackupFile(
        on,
        place,
        partialOf(place),
        'manifest.json',
        `${JSON.stringify(manifest, null, 2)}\n`,
        0o644,
      );
      if (vm.settings.verify !== 'none') await checkFiles(on, place, partialOf(place), manifest);
    }
    await finishBackup(on, place, place.path);
    if (vm.settings.verify === 'none') return;
    await noteLastBackup(on, pathsOf(vm.host), uuid, {
      at: set.takenAt,
      repository: vm.repository.name,
      path: place.path,
    });
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
   * Holds the description and the other small files of a backup against the digests of its manifest.
   * Effect: none. Permanent: ArchiveCorrupt, naming the file. ShareLost is tried again.
   */
  async verifyFiles(target: HostTarget, repository: Repository, path: string, manifest: Manifest): Promise<void> {
    await checkFiles(host(target), repository, path, manifest);
  },

  /**
   * Effect: a file in the backup says that it was read whole, so an unverified one is good now. A share that can only
   * be read has no room for it, which is no fault of the backup: the answer says so.
   */
  async markVerified(target: HostTarget, repository: Repository, path: string): Promise<{ remark?: string }> {
    try {
      await writeBackupFile(host(target), repository, path, 'verified', `${new Date().toISOString()}\n`, 0o644);
      return {};
    } catch (error) {
      if (!isOnlyToRead(error)) throw error;
      return { remark: `it is good, but can't be marked so: ${error.message}` };
    }
  },

  /** Effect: a file in the backup says what is wrong with it, so nobody takes it for good, or prunes for it. */
  async markDamaged(target: HostTarget, repository: Repository, path: string, why: string): Promise<void> {
    await writeBackupFile(host(target), repository, path, 'damaged', `${why}\n`, 0o644);
  },

  /** The backups of one VM that no rule keeps. Effect: none. Permanent: InvalidInput for rules that keep nothing. */
  async planRetention(target: HostTarget, share: Repository, uuid: string, keep: KeepRules): Promise<string[]> {
    const all = (await listBackups(host(target), share)).filter((backup) => backup.uuid === uuid);
    return prunePlan(all, keep, new Date())
      .filter((decision) => !decision.keep)
      .map(({ path }) => path);
  },

  /**
   * Removes one backup, under an exclusive lease of its directory.
   * Key: its path. A retry goes on with what is left of it. Cancel: after it; dropLeases undoes. RepositoryBusy, naming
   * who reads or writes a backup there, is tried again. Permanent: none.
   */
  async pruneBackup(target: HostTarget, share: Repository, path: string, holder: Holder): Promise<void> {
    await removeLeased(host(target), pathsOf(target), share, path, holder);
  },

  /**
   * Removes the named backups, and corrects what the host knows as the newest good one.
   * Key: each path; a retry goes on with what is left. Cancel: after the backup at hand; dropLeases undoes. It waits for
   * who reads or writes a backup of that VM: RepositoryBusy, naming them, is tried again.
   */
  async removeBackups(
    target: HostTarget,
    repository: RepositoryTarget,
    share: Repository,
    paths: readonly string[],
    holder: Holder,
  ): Promise<void> {
    const on = host(target);
    for (const [index, path] of paths.entries()) {
      tell({ done: index, total: paths.length, note: path });
      await removeLeased(on, pathsOf(target), share, path, holder);
    }
    const all = await listBackups(on, share);
    for (const uuid of new Set(all.flatMap((backup) => backup.uuid ?? []))) {
      const best = newest(all.filter((backup) => backup.uuid === uuid && backup.status === 'good'));
      if (best?.takenAt === undefined) await forgetLastBackup(on, pathsOf(target), uuid);
      else
        await noteLastBackup(on, pathsOf(target), uuid, {
          at: best.takenAt,
          repository: repository.name,
          path: best.path,
        });
    }
  },
});
