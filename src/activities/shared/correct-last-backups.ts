import { newest } from '../../domain/choose-backups.ts';
import type { Host } from '../../systems/host/host.ts';
import { forgetLastBackup, noteLastBackup, readLastBackups } from '../../systems/jobs/last-backup.ts';
import type { HostPaths } from '../../systems/jobs/paths.ts';
import { listBackups } from '../../systems/jobs/repository.ts';
import type { Repository } from '../../systems/jobs/repository.ts';

/**
 * Corrects what the host knows as its VMs' newest good backups, after some of this repository were removed or marked.
 * Only notes that are of this repository: another may hold a newer one, and other hosts' VMs are theirs to note.
 */
export async function correctLastBackups(
  on: Host,
  paths: HostPaths,
  share: Repository,
  repository: string,
): Promise<void> {
  const notes = Object.entries(await readLastBackups(on, paths)).filter(([, note]) => note.repository === repository);
  if (notes.length === 0) return;
  const good = (await listBackups(on, share)).filter(({ status }) => status === 'good');
  for (const [uuid, note] of notes) {
    const best = newest(good.filter((backup) => backup.uuid === uuid));
    if (best?.path === note.path) continue;
    if (best?.takenAt === undefined) await forgetLastBackup(on, paths, uuid);
    else await noteLastBackup(on, paths, uuid, { at: best.takenAt, repository, path: best.path });
  }
}
