import { posix } from 'node:path';
import type { ArchiveEntry } from '../../contracts/vm.ts';
import type { Host } from '../host/host.ts';
import { streamPayload } from './archive.ts';
import type { JobRef } from './job.ts';
import { startJob } from './job.ts';
import type { HostPaths } from './paths.ts';
import type { Share } from './share.ts';

/** What the payloads need to know of an archive, absolute path `archive`. */
export function archiveEnv(archive: string, entry: ArchiveEntry, share: Share): Record<string, string> {
  const { source, compression, digest, archiveBytes } = entry;
  return {
    DIRECTORY: posix.dirname(archive),
    FILE: posix.basename(archive),
    MOUNT_POINT: share.mountPoint,
    MOUNT_SOURCE: share.mountSource ?? '',
    KIND: source.kind,
    NAME: posix.basename(source.path),
    COMPRESSION: compression,
    DIGEST: digest,
    SIZE: String(source.size),
    ARCHIVE_BYTES: String(archiveBytes),
  };
}

/**
 * Starts the job that reads an archive back from the share, past the host's memory, and holds it against its digest
 * and its source's size. Fails with ArchiveCorrupt, which says what differs, or ShareLost.
 */
export function startVerify(
  host: Host,
  paths: HostPaths,
  ref: JobRef,
  { archive, entry, share }: { readonly archive: string; readonly entry: ArchiveEntry; readonly share: Share },
): Promise<'started' | 'attached'> {
  return startJob(host, paths, ref, streamPayload('verify'), archiveEnv(archive, entry, share));
}

/** Starts the job that reads a source again. Fails with SourceChanged when it isn't what the archive holds. */
export function startCompare(
  host: Host,
  paths: HostPaths,
  ref: JobRef,
  { source, entry }: { readonly source: ArchiveEntry['source']; readonly entry: ArchiveEntry },
): Promise<'started' | 'attached'> {
  return startJob(host, paths, ref, streamPayload('compare'), {
    SOURCE: source.path,
    KIND: source.kind,
    ALLOCATED: String(source.allocated),
    DIGEST: entry.digest,
  });
}
