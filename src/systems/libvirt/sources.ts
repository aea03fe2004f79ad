import { posix } from 'node:path';
import type { Source } from '../../contracts/vm.ts';
import type { Chain, ChainLink } from './chain.ts';
import type { DomainXml, Place } from './domain-xml.ts';
import type { FileFacts, Found } from './files.ts';

/** What was found on the host: paths as the domain has them lead to facts and chains. */
export interface Findings {
  readonly facts: (path: string) => Found;
  /** Of a disk's image that isn't raw. */
  readonly chain: (path: string) => Chain;
}

/** A disk whose place is a path by now. */
export interface PlacedDisk {
  readonly target: string;
  readonly path: string;
  readonly format: string;
}

export interface Sources {
  readonly sources: Source[];
  readonly refusals: string[];
  /** Which source each file is, by its identity. */
  readonly byIdentity: ReadonlyMap<string, Source>;
}

/**
 * What has to be archived of these disks: each image, and each backing file once, also where disks share it. An
 * image declared raw is raw: its content, which the guest writes, is never asked for a format or a backing file.
 */
export function diskSources(disks: readonly PlacedDisk[], { facts, chain }: Findings): Sources {
  const sources: Source[] = [];
  const refusals: string[] = [];
  const byIdentity = new Map<string, Source>();
  const names = new Set<string>();

  for (const disk of disks) {
    const found = facts(disk.path);
    if ('missing' in found) {
      refusals.push(`the image of ${disk.target}, ${disk.path}, can't be read: ${found.missing}`);
      continue;
    }
    const images = disk.format === 'raw' ? { links: [disk] } : chain(disk.path);
    if ('refusal' in images) {
      refusals.push(`${disk.target} can't be archived: ${images.refusal}`);
      continue;
    }
    for (const [depth, link] of images.links.entries()) {
      const linkFacts = depth === 0 ? found : facts(link.path);
      const refusal = addImage(disk.target, depth, link, linkFacts);
      if (refusal !== undefined) refusals.push(refusal);
    }
  }
  return { sources, refusals, byIdentity };

  function addImage(target: string, depth: number, link: ChainLink, found: Found): string | undefined {
    if ('missing' in found) return `a backing file of ${target}, ${link.path}, can't be read: ${found.missing}`;
    if (found.kind !== 'file' && found.kind !== 'block')
      return `${link.path} of ${target} is neither a file nor a block device`;
    const same = byIdentity.get(found.identity);
    const role = depth === 0 ? 'disk' : 'backing';
    if (same !== undefined) {
      // Two disks may stand on one backing file, since nobody writes to it.
      if (same.role === 'backing' && role === 'backing') return undefined;
      return `${same.target} and ${target} use the same file, ${found.path}`;
    }
    const stem = depth === 0 ? safe(target) : `${safe(target)}.${depth}-${safe(posix.basename(link.path))}`;
    const archive = unique(names, `${stem}${found.kind === 'block' ? '.raw' : '.tar'}`);
    const source = sourceOf(found, { role, target, format: link.format, archive });
    byIdentity.set(found.identity, source);
    sources.push(source);
    return undefined;
  }
}

export interface Extras {
  readonly sources: Source[];
  readonly skipped: { target: string; why: string }[];
  readonly refusals: string[];
}

/** The UEFI variables and the emulated TPM's state: small, and without them a restored VM may not boot. */
export function firmwareSources(xml: DomainXml, facts: Findings['facts']): Extras {
  const extras: Extras = { sources: [], skipped: [], refusals: [] };
  if (xml.nvram !== undefined) add('nvram', xml.nvram, xml.nvram.format);
  if (xml.tpm !== undefined) add('tpm', xml.tpm);
  return extras;

  function add(role: 'nvram' | 'tpm', place: Place, format?: string): void {
    const what = role === 'nvram' ? 'the UEFI variables' : 'the state of the TPM';
    if (place.kind === 'empty') {
      extras.skipped.push({ target: role, why: 'not there before the VM runs for the first time' });
      return;
    }
    if (place.kind !== 'path') {
      const where = place.kind === 'elsewhere' ? place.what : `the volume ${place.volume} of the pool ${place.pool}`;
      extras.refusals.push(`${what} can't be archived, being ${where}`);
      return;
    }
    const found = facts(place.path);
    if ('missing' in found && /No such file/.test(found.missing)) {
      extras.skipped.push({ target: role, why: `not there before the VM runs for the first time (${place.path})` });
    } else if ('missing' in found || found.kind === 'other') {
      const why = 'missing' in found ? found.missing : 'neither a file nor a directory';
      extras.refusals.push(`${what}, ${place.path}, can't be archived: ${why}`);
    } else {
      const archive = `${role}${found.kind === 'block' ? '.raw' : '.tar'}`;
      const known = found.kind === 'directory' || format === undefined ? {} : { format };
      extras.sources.push(sourceOf(found, { role, ...known, archive }));
    }
  }
}

function sourceOf(found: FileFacts, more: Pick<Source, 'role' | 'target' | 'format' | 'archive'>): Source {
  const { path, size, allocated, fingerprint } = found;
  return { path, kind: found.kind as Source['kind'], size, allocated, fingerprint, ...more };
}

/** A part of an archive's name that every shell, share and tool takes as it is. */
function safe(name: string): string {
  return name
    .replace(/[^A-Za-z0-9._-]/g, '_')
    .replace(/^[.-]/, '_')
    .slice(0, 100);
}

function unique(taken: Set<string>, name: string): string {
  let free = name;
  for (let count = 2; taken.has(free); count += 1) free = name.replace(/(?=\.[a-z]+$)/, `~${count}`);
  taken.add(free);
  return free;
}
