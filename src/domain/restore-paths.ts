import type { ArchiveEntry } from '../contracts/vm.ts';
import { baseOf, directoryOf, joined, splitExtension } from './posix-path.ts';

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
  const { path, kind } = entry.source;
  const wanted =
    kind === 'directory'
      ? path.replaceAll(naming.formerUuid, naming.uuid)
      : joined(naming.directory ?? directoryOf(path), fileName(entry, naming));
  if (!exists(wanted)) return wanted;
  // The TPM's directory is found by the VM's UUID alone: it is swapped when the VM is defined.
  const [name, extension] = kind === 'directory' ? [baseOf(wanted), ''] : splitExtension(baseOf(wanted));
  return joined(directoryOf(wanted), `${name}.restored-${naming.mark}${extension}`);
}

function fileName({ source }: ArchiveEntry, { name, vm }: RestoreNaming): string {
  const base = baseOf(source.path);
  if (name === undefined || name === vm || source.role === 'backing') return base;
  const own = source.role === 'nvram' ? 'VARS' : (source.target ?? 'disk');
  return `${name.replace(/[^\w.+-]/g, '_').replace(/^[.-]/, '_')}-${own}${splitExtension(base)[1]}`;
}
