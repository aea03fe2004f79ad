import type { Element } from '@xmldom/xmldom';
import { attribute, child, children, parseXml, text } from './xml.ts';

/** Where a disk's data is, as the domain's XML says it: paths unresolved. */
export type Place =
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'volume'; readonly pool: string; readonly volume: string }
  | { readonly kind: 'elsewhere'; readonly what: string }
  | { readonly kind: 'empty' };

export interface DiskXml {
  /** "vda". */
  readonly target: string;
  /** disk, lun, cdrom, floppy. */
  readonly device: string;
  /** As the driver element says it; raw where it says nothing, as libvirt has it. */
  readonly format: string;
  readonly readonly: boolean;
  readonly place: Place;
  /** A block copy or active commit runs on it. */
  readonly mirrored: boolean;
}

/** What this program reads of a domain's XML. */
export interface DomainXml {
  readonly name: string;
  readonly uuid: string;
  readonly onPoweroff: string;
  readonly nova: boolean;
  readonly disks: readonly DiskXml[];
  /** Where the UEFI variables are kept. */
  readonly nvram?: Place & { readonly format: string };
  readonly tpm?: Place;
  /** Data of the host that a VM uses and no archive holds, a sentence each. */
  readonly outside: readonly { readonly target: string; readonly why: string }[];
  readonly macs: readonly string[];
}

/** Facts of https://libvirt.org/formatdomain.html. */
export function readDomainXml(xml: string): DomainXml {
  const domain = parseXml(xml, 'domain', "The domain's definition");
  const uuid = text(child(domain, 'uuid'))?.trim() ?? '';
  const devices = child(domain, 'devices');
  const nvram = nvramOf(domain);
  const tpm = tpmOf(devices, uuid);
  return {
    name: text(child(domain, 'name')) ?? '',
    uuid,
    onPoweroff: text(child(domain, 'on_poweroff'))?.trim() ?? 'destroy',
    nova: children(child(domain, 'metadata')).some(isNova),
    disks: children(devices, 'disk').map(diskOf),
    ...(nvram && { nvram }),
    ...(tpm && { tpm }),
    outside: [...hostFilesOf(domain), ...hostDevicesOf(devices)],
    macs: children(devices, 'interface').flatMap((card) => attribute(child(card, 'mac'), 'address') ?? []),
  };
}

function isNova(element: Element): boolean {
  return (
    element.localName === 'instance' &&
    /^https?:\/\/openstack\.org\/xmlns\/libvirt\/nova\//.test(element.namespaceURI ?? '')
  );
}

function diskOf(disk: Element): DiskXml {
  return {
    target: attribute(child(disk, 'target'), 'dev') ?? 'a disk without a target',
    device: attribute(disk, 'device') ?? 'disk',
    format: attribute(child(disk, 'driver'), 'type') ?? 'raw',
    readonly: child(disk, 'readonly') !== undefined,
    place: placeOf(attribute(disk, 'type') ?? 'file', child(disk, 'source')),
    mirrored: child(disk, 'mirror') !== undefined,
  };
}

/** The place that a `<source>` names; `type` is the attribute of the element around it. */
export function placeOf(type: string, source: Element | undefined): Place {
  if (type === 'file' || type === 'block') {
    const path = attribute(source, type === 'file' ? 'file' : 'dev');
    return path === undefined ? { kind: 'empty' } : { kind: 'path', path };
  }
  if (type === 'volume') {
    const pool = attribute(source, 'pool');
    const volume = attribute(source, 'volume');
    return pool === undefined || volume === undefined ? { kind: 'empty' } : { kind: 'volume', pool, volume };
  }
  if (source === undefined) return { kind: 'empty' };
  if (type === 'network') {
    const where = [attribute(source, 'protocol'), attribute(source, 'name')].filter(Boolean).join(':');
    return { kind: 'elsewhere', what: `on the network (${where})` };
  }
  if (type === 'dir') return { kind: 'elsewhere', what: `made from the directory ${attribute(source, 'dir') ?? ''}` };
  return { kind: 'elsewhere', what: `of type ${type}` };
}

function nvramOf(domain: Element): DomainXml['nvram'] {
  const os = child(domain, 'os');
  // The variables of newer firmware are kept as JSON in a varstore.
  const store = attribute(child(os, 'varstore'), 'path');
  if (store !== undefined) return { kind: 'path', path: store, format: 'raw' };
  const nvram = child(os, 'nvram');
  if (nvram === undefined) return undefined;
  const format = attribute(nvram, 'format') ?? 'raw';
  const type = attribute(nvram, 'type');
  if (type !== undefined) return { ...placeOf(type, child(nvram, 'source')), format };
  const path = text(nvram)?.trim();
  return path === undefined || path === '' ? { kind: 'empty', format } : { kind: 'path', path, format };
}

function tpmOf(devices: Element | undefined, uuid: string): DomainXml['tpm'] {
  const backend = child(devices, 'tpm', 'backend');
  if (attribute(backend, 'type') !== 'emulator') return undefined;
  const source = child(backend, 'source');
  const path = attribute(source, 'path') ?? `/var/lib/libvirt/swtpm/${uuid}`;
  return { kind: 'path', path };
}

function hostFilesOf(domain: Element): DomainXml['outside'][number][] {
  const boot = ['kernel', 'initrd', 'dtb'].flatMap((name) => text(child(domain, 'os', name))?.trim() ?? []);
  if (boot.length === 0) return [];
  return [{ target: 'boot', why: `it boots ${boot.join(' and ')}, which belong to the host` }];
}

function hostDevicesOf(devices: Element | undefined): DomainXml['outside'][number][] {
  const filesystems = children(devices, 'filesystem').map((filesystem) => ({
    target: attribute(child(filesystem, 'target'), 'dir') ?? 'filesystem',
    why: `a file system that the host shares into it (${attribute(child(filesystem, 'source'), 'dir') ?? attribute(filesystem, 'type')})`,
  }));
  const hostdevs = children(devices, 'hostdev').map((hostdev) => ({
    target: 'hostdev',
    why: `a device of the host, passed through (${attribute(hostdev, 'type') ?? attribute(hostdev, 'mode')})`,
  }));
  const tpms = children(devices, 'tpm')
    .map((tpm) => attribute(child(tpm, 'backend'), 'type'))
    .filter((type) => type !== 'emulator')
    .map((type) => ({ target: 'tpm', why: `its state is not a file of the host (${type})` }));
  const memories = children(devices, 'memory')
    .filter((memory) => /^(nvdimm|virtio-pmem)$/.test(attribute(memory, 'model') ?? ''))
    .map((memory) => ({
      target: attribute(memory, 'model')!,
      why: `persistent memory (${text(child(memory, 'source', 'path')) ?? ''})`,
    }));
  return [...filesystems, ...hostdevs, ...tpms, ...memories];
}
