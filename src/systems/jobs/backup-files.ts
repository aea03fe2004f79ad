import { createHash } from 'node:crypto';
import { Fault } from '../../contracts/faults.ts';
import type { Manifest } from '../../contracts/vm.ts';
import type { Host } from '../host/host.ts';
import type { Repository } from './list-backups.ts';
import { readBackupFile } from './repository.ts';

/** What a backup has beside its archives, as its manifest says. */
type Described = Pick<Manifest, 'files'>;

/**
 * The content of a small file of a backup, held against its digest in the manifest.
 *
 * @throws ArchiveCorrupt when it is another, or not there; BackupUnusable when the manifest doesn't name it
 */
export async function readChecked(
  host: Host,
  repository: Repository,
  path: string,
  file: string,
  { files }: Described,
): Promise<string> {
  const digest = files[file];
  if (digest === undefined) throw new Fault('BackupUnusable', `${path} has no ${file}`, { where: host.name });
  const content = await readBackupFile(host, repository, path, file);
  const found = createHash('sha256').update(content).digest('hex');
  if (found === digest) return content;
  throw new Fault('ArchiveCorrupt', `${file} holds other data than was written: sha256 ${found} instead of ${digest}`, {
    where: host.name,
  });
}

/** Holds every small file of a backup against its digest. @throws ArchiveCorrupt, naming the first that differs */
export async function checkFiles(host: Host, repository: Repository, path: string, manifest: Described): Promise<void> {
  for (const file of Object.keys(manifest.files)) await readChecked(host, repository, path, file, manifest);
}
