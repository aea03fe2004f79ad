import { Fault } from '../../contracts/faults.ts';
import type { Manifest } from '../../contracts/vm.ts';
import type { Host } from '../../systems/host/host.ts';
import { checkFiles, readChecked } from '../../systems/jobs/backup-files.ts';
import type { Repository } from '../../systems/jobs/repository.ts';
import { describedVm } from '../../systems/libvirt/index.ts';

/**
 * Holds every small file of a backup against its digest, and the manifest against the VM's definition: what is restored
 * of a backup that lacks a disk would run on the disk that the definition names, which may be another VM's by then.
 *
 * @throws Fault ArchiveCorrupt, naming the first file that differs; BackupUnusable
 */
export async function checkDescription(host: Host, share: Repository, path: string, manifest: Manifest): Promise<void> {
  await checkFiles(host, share, path, manifest);
  fitsDefinition(host, path, manifest, await readChecked(host, share, path, 'domain.xml', manifest));
}

/** @throws Fault BackupUnusable when the manifest is not one of a backup of the VM that is defined so */
export function fitsDefinition(host: Host, path: string, { vm, archives }: Manifest, definition: string): void {
  const { name, uuid, disks } = describedVm(definition);
  const archived = archives.flatMap(({ source: { role, target } }) => (role === 'disk' ? (target ?? '') : []));
  const lacking = disks.filter((target) => !archived.includes(target));
  const unknown = archived.filter((target) => !disks.includes(target));
  const wrong = [
    ...(name === vm.name && uuid === vm.uuid ? [] : [`its definition is of ${name} (${uuid})`]),
    ...(lacking.length === 0 ? [] : [`it has no archive of the disk ${lacking.join(', ')}`]),
    ...(unknown.length === 0 ? [] : [`its definition has no disk ${unknown.join(', ')}`]),
  ];
  if (wrong.length === 0) return;
  throw new Fault('BackupUnusable', `${path} is no whole backup of ${vm.name}: ${wrong.join('; ')}`, {
    where: host.name,
  });
}
