import { posix } from 'node:path';
import type { ArchiveEntry } from '../contracts/vm.ts';

export interface RestoreNaming {
  /** The VM's name when it was backed up. */
  readonly vm: string;
  /** Another name asked for. */
  readonly name?: string | undefined;
  readonly directory?: string | undefined;
  readonly formerUuid: string;
  readonly uuid: string;
  /** Tells this restore's files from others: the first 8 of the operation id. */
  readonly mark: string;
}

/**
 * What a restored file is called. Where it was, if nothing is there; else beside it, with the restore's mark: nothing
 * that exists is ever overwritten. A clone's disks carry its own name.
 */
export function restorePath(entry: ArchiveEntry, naming: RestoreNaming, exists: (path: string) => boolean): string {
  const { path, role, kind } = entry.source;
  const wanted =
    kind === 'directory'
      ? path.replaceAll(naming.formerUuid, naming.uuid)
      : posix.join(naming.directory ?? posix.dirname(path), fileName(entry, naming));
  if (!exists(wanted)) return wanted;
  // The TPM's directory is found by the VM's UUID alone: it is swapped when the VM is defined.
  const { dir, name, ext } = posix.parse(wanted);
  return posix.join(
    dir,
    kind === 'directory' || role === 'tpm'
      ? `${name}${ext}.restored-${naming.mark}`
      : `${name}.restored-${naming.mark}${ext}`,
  );
}

function fileName({ source }: ArchiveEntry, { name, vm }: RestoreNaming): string {
  const { base, ext } = posix.parse(source.path);
  if (name === undefined || name === vm || source.role === 'backing') return base;
  const own = source.role === 'nvram' ? 'VARS' : (source.target ?? 'disk');
  return `${name.replace(/[^\w.+-]/g, '_').replace(/^[.-]/, '_')}-${own}${ext}`;
}
