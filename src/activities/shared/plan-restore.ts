import { createHash } from 'node:crypto';
import { Fault } from '../../contracts/faults.ts';
import type { RestoreFile, RestorePlan, VmRestore } from '../../contracts/vm-restore.ts';
import type { Backup } from '../../contracts/vm.ts';
import { ambiguity, chooseBackups } from '../../domain/choose-backups.ts';
import { directoryOf } from '../../domain/posix-path.ts';
import { restorePath } from '../../domain/restore-paths.ts';
import type { Host } from '../../systems/host/host.ts';
import { readChecked } from '../../systems/jobs/backup-files.ts';
import { listBackups, readManifest } from '../../systems/jobs/repository.ts';
import type { Repository } from '../../systems/jobs/repository.ts';
import { domainNames, lookDomain } from '../../systems/libvirt/index.ts';
import { fitsDefinition } from './check-description.ts';
import { failing, unfitDirectories } from './destinations.ts';

/** What a restore will make, and of what; refused with every reason before anything is made. */
export async function planRestore(
  host: Host,
  repository: Repository,
  input: VmRestore,
  operation: string,
): Promise<RestorePlan> {
  const backup = await chosenBackup(host, repository, input.backup);
  const manifest = await readManifest(host, repository, backup.path);
  // Before hours of extracting: without its description nothing can be defined.
  fitsDefinition(host, backup.path, manifest, await readChecked(host, repository, backup.path, 'domain.xml', manifest));
  const known = await domainNames(host);
  const name = input.name ?? manifest.vm.name;
  const clone = name !== manifest.vm.name;
  const uuid = clone ? uuidOf(operation) : manifest.vm.uuid;
  const sameName = known.find((domain) => domain.name === name);
  const sameUuid = known.find((domain) => domain.uuid === uuid);
  const refusals: string[] = [];
  if (clone && sameName !== undefined) refusals.push(`there is a VM ${name} already: choose another --name`);
  if (!clone && sameName !== undefined && sameName.uuid !== uuid) {
    refusals.push(
      `the VM ${name} on this host is another one (UUID ${sameName.uuid}, the backup's is ${uuid}): restore under another --name`,
    );
  }
  if (!clone && sameUuid !== undefined && sameUuid.name !== name) {
    refusals.push(`the backup's VM is called ${sameUuid.name} now: rename it back, or restore under another --name`);
  }
  const former = !clone && sameName?.uuid === uuid ? await lookDomain(host, uuid) : undefined;
  if (former?.managedSave === true)
    refusals.push(`${name} has a saved state that the restored disks would contradict (virsh managedsave-remove)`);

  const devices = input.devices ?? {};
  const naming = {
    vm: manifest.vm.name,
    name: input.name,
    directory: input.directory,
    formerUuid: manifest.vm.uuid,
    uuid,
    mark: operation.slice(0, 8),
  };
  const everywhere = manifest.archives.map((entry) => restorePath(entry, naming, () => false));
  const there = await existing(host, everywhere);
  const taken = new Set<string>();
  const files: RestoreFile[] = [];
  for (const entry of manifest.archives) {
    const { path, kind, role, target } = entry.source;
    const archive = `${repository.root}/${backup.path}/${entry.file}`;
    if (kind === 'block') {
      const device = target === undefined ? undefined : devices[target];
      if (device === undefined)
        refusals.push(
          `disk ${target ?? path} was a block device (${path}): name one with --device ${target ?? 'TARGET'}=/dev/…`,
        );
      else files.push({ entry, archive, from: path, to: device });
      continue;
    }
    const wanted = restorePath(entry, naming, () => false);
    const to = restorePath(entry, naming, (at) => there.has(at) || taken.has(at));
    taken.add(to);
    const maybe =
      role === 'backing' && there.has(wanted) ? wanted : role === 'backing' && there.has(path) ? path : undefined;
    files.push({ entry, archive, from: path, to, ...(maybe === undefined ? {} : { maybe }) });
  }
  const targets = new Set(manifest.archives.map(({ source }) => source.target));
  for (const target of Object.keys(devices))
    if (!targets.has(target)) refusals.push(`the backup has no disk ${target}`);
  // A backing file that is there already may not have to be made.
  const made = files.filter(({ entry, maybe }) => entry.source.kind !== 'block' && maybe === undefined);
  refusals.push(...(await unfitDirectories(host, [...new Set(made.map(({ to }) => directoryOf(to)))])));
  if (refusals.length > 0) throw new Fault('RestoreRefused', refusals.join('; '), { where: host.name });
  return {
    backup: backup.path,
    manifest,
    files,
    name,
    uuid,
    clone,
    ...(former === undefined
      ? {}
      : {
          former: {
            state: former.state,
            disks: former.sources.filter(({ role }) => role === 'disk').map(({ path }) => path),
          },
        }),
  };
}

const listed = 'stackhand vm backups --json lists each with its UUID';

async function chosenBackup(host: Host, repository: Repository, wanted: string): Promise<Backup> {
  const all = await listBackups(host, repository);
  const { backups, nearest, ambiguous } = chooseBackups(all, [wanted]);
  const [backup] = backups;
  if (ambiguous[0] !== undefined)
    throw new Fault('InvalidInput', ambiguity(ambiguous[0]), { where: host.name, remedy: listed });
  if (backup === undefined) {
    const unusable = all.find(({ path }) => path === wanted);
    if (unusable !== undefined) {
      throw new Fault(
        'BackupUnusable',
        `${wanted} is ${unusable.status}${unusable.why === undefined ? '' : `: ${unusable.why}`}`,
        { where: host.name },
      );
    }
    throw new Fault('BackupNotFound', `there is no backup ${wanted}`, { where: host.name, candidates: nearest });
  }
  if (backup.status === 'damaged') {
    throw new Fault('BackupUnusable', `${backup.path} is damaged${backup.why === undefined ? '' : `: ${backup.why}`}`, {
      where: host.name,
    });
  }
  return backup;
}

/** Those of the paths at which there is anything, a dangling link too. */
async function existing(host: Host, paths: readonly string[]): Promise<Set<string>> {
  return new Set(await failing(host, '[ ! -e "$p" ] && [ ! -L "$p" ]', paths));
}

/** A clone's UUID: the same on every try of one operation, and on no other. */
function uuidOf(operation: string): string {
  const hex = createHash('sha256').update(`clone ${operation}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
