import type { ArchiveEntry } from '../../contracts/vm.ts';
import type { Host } from '../host/host.ts';
import { streamPayload } from './archive.ts';
import type { JobRef } from './job.ts';
import { startJob } from './job.ts';
import type { HostPaths } from './paths.ts';
import { restoredList } from './restored.ts';
import type { Share } from './share.ts';
import { archiveEnv } from './verify.ts';

interface Packed {
  /** Absolute. */
  readonly archive: string;
  readonly entry: ArchiveEntry;
  readonly share: Share;
}

/**
 * Starts the job that unpacks an archive to a name that isn't taken, sparse as it was, with owner and mode; or onto a
 * block device. The name appears only when digest and size are right, and after restored.ts knows of it. Fails with RestoreRefused, DestinationFull,
 * ArchiveCorrupt, ShareLost.
 */
export function startExtract(
  host: Host,
  paths: HostPaths,
  ref: JobRef,
  { archive, entry, share, destination }: Packed & { readonly destination: string },
): Promise<'started' | 'attached'> {
  return startJob(host, paths, ref, streamPayload('extract'), {
    ...archiveEnv(archive, entry, share),
    DESTINATION: destination,
    MARK: ref.operation,
    MADE: restoredList(paths, ref.operation),
  });
}

/** Starts the job that compares a file with an archive's content; its result `same` is yes or no. */
export function startSame(
  host: Host,
  paths: HostPaths,
  ref: JobRef,
  { archive, entry, share, path }: Packed & { readonly path: string },
): Promise<'started' | 'attached'> {
  return startJob(host, paths, ref, streamPayload('same'), { ...archiveEnv(archive, entry, share), OTHER: path });
}
