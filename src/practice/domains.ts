import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { makeDisk } from './disks.ts';
import { newDomain } from './domain.ts';
import type { Scratch } from './scratch.ts';
import { switchOn, type Domain, type Guest, type State } from './state.ts';

interface Plan {
  readonly name: string;
  readonly uuid: string;
  readonly mac: string;
  readonly running: boolean;
  readonly disks: readonly { readonly target: string; readonly sizeMiB: number; readonly dataMiB: number }[];
  readonly guest?: Partial<Guest>;
}

/** The VMs of a fresh site. web01 is the one to look at: big enough that a worker can be killed in its archive. */
const plans: readonly Plan[] = [
  {
    name: 'web01',
    uuid: '5a3c1b0e-77d2-4f0e-9d61-1f2a6b0c0101',
    mac: '52:54:00:70:c1:0b',
    running: true,
    disks: [{ target: 'vda', sizeMiB: 4096, dataMiB: 256 }],
  },
  {
    name: 'db01',
    uuid: '5a3c1b0e-77d2-4f0e-9d61-1f2a6b0c0201',
    mac: '52:54:00:70:c1:15',
    running: true,
    disks: [
      { target: 'vda', sizeMiB: 1024, dataMiB: 16 },
      { target: 'vdb', sizeMiB: 2048, dataMiB: 32 },
    ],
  },
  {
    name: 'deaf01',
    uuid: '5a3c1b0e-77d2-4f0e-9d61-1f2a6b0c0301',
    mac: '52:54:00:70:c1:1f',
    running: true,
    disks: [{ target: 'vda', sizeMiB: 512, dataMiB: 8 }],
    guest: { deaf: true },
  },
  {
    name: 'old01',
    uuid: '5a3c1b0e-77d2-4f0e-9d61-1f2a6b0c0401',
    mac: '52:54:00:70:c1:29',
    running: false,
    disks: [{ target: 'vda', sizeMiB: 512, dataMiB: 8 }],
  },
];

/**
 * The state of a fresh site; its images are made first, so that no domain is ever without its disks.
 *
 * @param small with images of a sixteenth
 */
export function firstState(scratch: Scratch, small: boolean): State {
  mkdirSync(scratch.images, { recursive: true });
  const state: State = { domains: {}, mounts: {}, faults: {}, nextDomainId: 1, log: [] };
  for (const plan of plans) {
    const domain = fromPlan(scratch, plan, small ? 16 : 1);
    state.domains[domain.uuid] = domain;
    if (plan.running) switchOn(state, domain);
  }
  return state;
}

function fromPlan(scratch: Scratch, { name, uuid, mac, disks, guest = {} }: Plan, divisor: number): Domain {
  const placed = disks.map((disk) => {
    const path = join(scratch.images, disks.length > 1 ? `${name}-${disk.target}.raw` : `${name}.raw`);
    makeDisk(path, disk.sizeMiB / divisor, Math.ceil(disk.dataMiB / divisor));
    return { type: 'file' as const, device: 'disk', target: disk.target, path, readonly: false };
  });
  const cdrom = { type: 'file' as const, device: 'cdrom', target: 'sda', readonly: true };
  const xml = domainXml(name, uuid, mac, placed);
  return newDomain({ name, uuid, xml, disks: [...placed, cdrom], guest });
}

/** In the form and order in which libvirt 9 prints an inactive domain. */
function domainXml(name: string, uuid: string, mac: string, disks: { target: string; path: string }[]): string {
  const diskXml = disks
    .map(
      ({ target, path }, index) => `    <disk type='file' device='disk'>
      <driver name='qemu' type='raw' discard='unmap'/>
      <source file='${escape(path)}'/>
      <target dev='${target}' bus='virtio'/>
      <address type='pci' domain='0x0000' bus='0x00' slot='0x0${index + 4}' function='0x0'/>
    </disk>
`,
    )
    .join('');
  return `<domain type='qemu'>
  <name>${name}</name>
  <uuid>${uuid}</uuid>
  <title>${name} (practice)</title>
  <memory unit='KiB'>1048576</memory>
  <currentMemory unit='KiB'>1048576</currentMemory>
  <vcpu placement='static'>1</vcpu>
  <os>
    <type arch='x86_64' machine='pc-i440fx-7.2'>hvm</type>
    <boot dev='hd'/>
  </os>
  <features>
    <acpi/>
  </features>
  <cpu mode='custom' match='exact' check='none'>
    <model fallback='forbid'>qemu64</model>
  </cpu>
  <clock offset='utc'/>
  <on_poweroff>destroy</on_poweroff>
  <on_reboot>restart</on_reboot>
  <on_crash>destroy</on_crash>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
${diskXml}    <disk type='file' device='cdrom'>
      <driver name='qemu' type='raw'/>
      <target dev='sda' bus='sata'/>
      <readonly/>
      <address type='drive' controller='0' bus='0' target='0' unit='0'/>
    </disk>
    <controller type='pci' index='0' model='pci-root'/>
    <controller type='sata' index='0'>
      <address type='pci' domain='0x0000' bus='0x00' slot='0x02' function='0x0'/>
    </controller>
    <interface type='network'>
      <mac address='${mac}'/>
      <source network='default'/>
      <model type='virtio'/>
      <address type='pci' domain='0x0000' bus='0x00' slot='0x03' function='0x0'/>
    </interface>
    <audio id='1' type='none'/>
    <memballoon model='none'/>
  </devices>
</domain>
`;
}

const escape = (text: string): string => text.replace(/[&<>']/g, (sign) => `&#${sign.charCodeAt(0)};`);
