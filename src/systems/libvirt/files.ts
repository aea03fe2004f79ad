import { Fault } from '../../contracts/faults.ts';
import type { Host } from '../host/host.ts';
import { askScript } from './virsh.ts';

/** What a path of the host is. */
export interface FileFacts {
  /** Without symbolic links. */
  readonly path: string;
  readonly kind: 'file' | 'block' | 'directory' | 'other';
  /** Bytes: a file's apparent size, a block device's size, 0 for others. */
  readonly size: number;
  readonly allocated: number;
  /** `stat -c '%i %s %Y %Z'`. */
  readonly fingerprint: string;
  /** The same for two paths of one file, and for two nodes of one block device. */
  readonly identity: string;
}

export type Found = FileFacts | { readonly missing: string };

/** Follows symbolic links. `missing` is why a path can't be had, in stat's words. One round trip. */
export async function fileFacts(host: Host, paths: readonly string[]): Promise<ReadonlyMap<string, Found>> {
  const asked = [...new Set(paths)];
  if (asked.length === 0) return new Map();
  const fields = (await askScript(host, 'files.sh', asked)).split('\0');
  let at = 0;
  const next = (): string => {
    const field = fields[at++];
    if (field === undefined)
      throw new Fault('CommandFailed', `What stat on ${host.name} said ends in the middle.`, { where: host.name });
    return field;
  };
  const count = Number(next());
  const stats = Array.from({ length: count }, () => Array.from({ length: 11 }, next));
  const resolved = Array.from({ length: count }, next);
  const sectors = Array.from({ length: count }, next);
  const found = new Map<string, Found>();
  stats.forEach((stat, index) => found.set(stat[0]!, readStat(stat, resolved[index]!, sectors[index]!)));
  while (found.size < asked.length) {
    const path = next();
    found.set(path, { missing: next().replace(/^.*: /s, '') || 'No such file or directory' });
  }
  return found;
}

function readStat(stat: readonly string[], path: string, sectors: string): FileFacts {
  const [, mode, size, blocks, blockSize, inode, device, mtime, ctime, major, minor] = stat as string[] & {
    length: 11;
  };
  const kind = kinds[(Number.parseInt(mode!, 16) & 0o170000).toString(8)] ?? 'other';
  const fingerprint = `${inode} ${size} ${mtime} ${ctime}`;
  if (kind === 'block') {
    const bytes = Number(sectors) * 512;
    return { path, kind, size: bytes, allocated: bytes, fingerprint, identity: `block ${major}:${minor}` };
  }
  const identity = `${device}:${inode}`;
  if (kind !== 'file') return { path, kind, size: 0, allocated: 0, fingerprint: '', identity };
  return { path, kind, size: Number(size), allocated: Number(blocks) * Number(blockSize), fingerprint, identity };
}

const kinds: Readonly<Record<string, FileFacts['kind']>> = { '100000': 'file', '60000': 'block', '40000': 'directory' };
