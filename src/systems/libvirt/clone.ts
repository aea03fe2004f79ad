import { randomBytes } from 'node:crypto';
import { posix } from 'node:path';
import { type Document, type Element, XMLSerializer } from '@xmldom/xmldom';
import { Fault } from '../../contracts/faults.ts';
import { attribute, child, children, parseXml, text } from './xml.ts';

export interface CloneOptions {
  readonly name?: string;
  /** Canonical, lower case. */
  readonly uuid?: string;
  /** Whether each network interface gets a MAC address of its own (of the same maker's prefix). */
  readonly newMacs: boolean;
  /** Images and backing files, NVRAM and TPM state: path as the XML has it → new path. */
  readonly paths: Readonly<Record<string, string>>;
  /** The image of a disk by its target ("vda" → new path); also what turns a volume's disk into a file's. */
  readonly disks?: Readonly<Record<string, string>>;
  /** False: every network link is down, so that a copy can't act in the place of the VM it was made of. */
  readonly connect: boolean;
  /** New path of the UEFI variables. */
  readonly nvram?: string;
}

/**
 * A domain's XML, changed to be defined beside the one it came from, or in its place. All that isn't named here
 * stays as it is, element by element.
 *
 * With a new name or UUID it is a copy, and loses what must not be there twice: NVRAM path (libvirt makes one of its
 * own unless one is given), fixed VNC and SPICE ports and sockets, names of network devices on the host, the Open
 * vSwitch interface id (a network controller would move the port to the copy), vsock address; its generation id is
 * drawn anew. Console logs and sockets whose file name has the VM's name in it get the new name.
 *
 * @throws Fault RestoreRefused for a copy that is not to be connected, but has a way out that no link state closes
 */
export function cloneDomainXml(xml: string, options: CloneOptions): string {
  const domain = parseXml(xml, 'domain', "The domain's definition");
  const devices = child(domain, 'devices');
  const copy = options.name !== undefined || options.uuid !== undefined;
  const oldName = text(child(domain, 'name')) ?? '';
  if (!options.connect) refuseOtherWaysOut(domain);

  if (options.name !== undefined) setText(domain, 'name', options.name);
  if (options.uuid !== undefined) setUuid(domain, options.uuid);
  for (const disk of children(devices, 'disk')) moveDisk(disk, options);
  moveNvram(domain, options, copy);
  moveTpm(devices, options, copy);
  for (const card of children(devices, 'interface')) changeInterface(card, options, copy);
  if (copy) makeUnique(domain, devices);
  if (options.name !== undefined) renameFiles(devices, oldName, options.name);
  return `${new XMLSerializer().serializeToString(domain)}\n`;
}

function setUuid(domain: Element, uuid: string): void {
  setText(domain, 'uuid', uuid);
  // libvirt refuses a definition in which the two differ.
  for (const entry of children(child(domain, 'sysinfo', 'system'), 'entry')) {
    if (attribute(entry, 'name') === 'uuid') entry.textContent = uuid;
  }
}

function moveDisk(disk: Element, { paths, disks = {} }: CloneOptions): void {
  const path = disks[attribute(child(disk, 'target'), 'dev') ?? ''];
  const source = child(disk, 'source');
  if (path !== undefined && source !== undefined) {
    // A block device stays one unless an image file takes its place.
    const block = attribute(disk, 'type') === 'block' && path.startsWith('/dev/');
    for (const name of ['file', 'dev', 'pool', 'volume', 'mode']) source.removeAttribute(name);
    disk.setAttribute('type', block ? 'block' : 'file');
    source.setAttribute(block ? 'dev' : 'file', path);
    // libvirt reads the chain from the images, unless the definition spells it out: that stays if all of it is known.
    if (!backingChain(disk).every((path) => path in paths))
      for (const store of children(disk, 'backingStore')) disk.removeChild(store);
  }
  for (let level: Element | undefined = disk; level !== undefined; level = child(level, 'backingStore'))
    moveSource(child(level, 'source'), paths);
}

/** Paths of the backing files that the definition spells out. */
function backingChain(disk: Element): string[] {
  const paths: string[] = [];
  for (let level = child(disk, 'backingStore'); level !== undefined; level = child(level, 'backingStore')) {
    const source = child(level, 'source');
    if (source !== undefined) paths.push(attribute(source, 'file') ?? attribute(source, 'dev') ?? '');
  }
  return paths;
}

function moveSource(source: Element | undefined, paths: CloneOptions['paths']): void {
  for (const name of ['file', 'dev', 'path']) {
    const path = paths[attribute(source, name) ?? ''];
    if (path !== undefined) source!.setAttribute(name, path);
  }
}

function moveNvram(domain: Element, { paths, nvram }: CloneOptions, copy: boolean): void {
  const os = child(domain, 'os');
  const store = child(os, 'varstore');
  const element = child(os, 'nvram');
  const source = child(element, 'source');
  const old = attribute(store, 'path') ?? attribute(source, 'file') ?? text(element)?.trim();
  const path = nvram ?? paths[old ?? ''];
  if (path === undefined && !copy) return;
  if (store !== undefined) setOrRemove(store, 'path', path);
  if (element === undefined) return;
  if (source !== undefined && path !== undefined) {
    for (const name of ['dev', 'file']) source.removeAttribute(name);
    element.setAttribute('type', 'file');
    source.setAttribute('file', path);
  } else {
    element.removeAttribute('type');
    element.textContent = path ?? '';
  }
}

function moveTpm(devices: Element | undefined, { paths }: CloneOptions, copy: boolean): void {
  const backend = child(devices, 'tpm', 'backend');
  const source = child(backend, 'source');
  moveSource(source, paths);
  const moved = Object.values(paths).includes(attribute(source, 'path') ?? '');
  if (copy && source !== undefined && attribute(backend, 'type') === 'emulator' && !moved) backend!.removeChild(source);
}

function changeInterface(card: Element, { newMacs, connect }: CloneOptions, copy: boolean): void {
  const mac = child(card, 'mac');
  const address = attribute(mac, 'address');
  if (newMacs && address !== undefined) mac!.setAttribute('address', randomMac(address));
  if (!connect) ensureChild(card, 'link').setAttribute('state', 'down');
  if (!copy) return;
  for (const target of children(card, 'target')) {
    // An unmanaged device is made by somebody else under this very name.
    if (attribute(target, 'managed') !== 'no') target.removeAttribute('dev');
    if (target.attributes.length === 0) card.removeChild(target);
  }
  for (const port of children(card, 'virtualport')) {
    for (const parameters of children(port, 'parameters')) parameters.removeAttribute('interfaceid');
  }
}

function makeUnique(domain: Element, devices: Element | undefined): void {
  for (const id of children(domain, 'genid')) id.textContent = '';
  for (const graphics of children(devices, 'graphics')) {
    for (const name of ['socket', 'websocket']) graphics.removeAttribute(name);
    for (const listen of children(graphics, 'listen')) listen.removeAttribute('socket');
    if (!graphics.hasAttribute('port') && !graphics.hasAttribute('tlsPort')) continue;
    for (const name of ['port', 'tlsPort']) graphics.removeAttribute(name);
    graphics.setAttribute('autoport', 'yes');
  }
  for (const cid of children(child(devices, 'vsock'), 'cid')) {
    cid.removeAttribute('address');
    cid.setAttribute('auto', 'yes');
  }
}

/** virtlogd lets one VM have a log, and a socket has one owner too: two VMs could not run with the same. */
function renameFiles(devices: Element | undefined, oldName: string, newName: string): void {
  const renamed = (path: string): string | undefined => {
    const file = posix.basename(path);
    return file.includes(oldName)
      ? posix.join(
          posix.dirname(path),
          file.replace(oldName, () => newName),
        )
      : undefined;
  };
  for (const device of children(devices)) {
    if (!['serial', 'parallel', 'console', 'channel'].includes(device.nodeName)) continue;
    for (const log of children(device, 'log')) {
      const file = renamed(attribute(log, 'file') ?? '');
      if (file === undefined) device.removeChild(log);
      else log.setAttribute('file', file);
    }
    for (const source of children(device, 'source')) {
      const path = attribute(source, 'path');
      const ours = attribute(source, 'mode') === 'bind' || attribute(device, 'type') === 'file';
      if (path === undefined || !ours) continue;
      const file = renamed(path);
      if (file !== undefined) source.setAttribute('path', file);
      // libvirt makes a path of its own for a channel; others stay, and libvirt says so if both VMs run.
      else if (device.nodeName === 'channel') source.removeAttribute('path');
    }
  }
}

/** What a link state doesn't close: devices of the host, and qemu's own options. */
function refuseOtherWaysOut(domain: Element): void {
  const devices = child(domain, 'devices');
  const ways = children(devices, 'hostdev').map(
    (one) => `a device of the host (${attribute(one, 'type') ?? 'hostdev'})`,
  );
  for (const card of children(devices, 'interface'))
    if (attribute(card, 'type') === 'hostdev') ways.push('a network device of the host');
  // Its prefix may be any: the namespace is libvirt's extension for qemu.
  for (const line of children(domain).filter(({ localName }) => localName === 'commandline'))
    for (const argument of children(line))
      if (/^-{1,2}(netdev|nic|net)\b/.test(attribute(argument, 'value') ?? '')) ways.push("qemu's own network options");
  if (ways.length === 0) return;
  throw new Fault(
    'RestoreRefused',
    `It has ${[...new Set(ways)].join(' and ')}, whose connection can't be held down.`,
    {
      remedy: 'say --connect if it may use them, beside or in place of the VM it was made of',
    },
  );
}

function randomMac(address: string): string {
  // The maker's half stays (52:54:00 is qemu's), so that drivers and rules that know it go on.
  const rest = [...randomBytes(3)].map((byte) => byte.toString(16).padStart(2, '0'));
  return [...address.toLowerCase().split(':').slice(0, 3), ...rest].join(':');
}

function ensureChild(parent: Element, name: string): Element {
  const known = child(parent, name);
  if (known !== undefined) return known;
  const made = (parent.ownerDocument as Document).createElement(name);
  parent.appendChild(made);
  return made;
}

function setText(parent: Element, name: string, value: string): void {
  const element = child(parent, name);
  if (element !== undefined) element.textContent = value;
}

function setOrRemove(element: Element, name: string, value: string | undefined): void {
  if (value === undefined) element.removeAttribute(name);
  else element.setAttribute(name, value);
}
