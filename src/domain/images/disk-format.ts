import type { DiskFormat } from '../../contracts/image.ts';

/** Bytes from the beginning, and from the end, that tell every format apart: an ISO's mark is the furthest in. */
export const headLength = 34 * 1024;
export const tailLength = 512;

interface Mark {
  readonly format: DiskFormat;
  /** Bytes from the beginning; negative: from the end. */
  readonly at: number;
  readonly bytes: readonly number[];
}

const text = (value: string): number[] => Array.from(value, (letter) => letter.charCodeAt(0));

/**
 * Where each format says what it is: qemu's docs/interop/qcow2.txt; VMware's "Virtual Disk Format 5.0"; VirtualBox's
 * VDICore.h; Microsoft's VHD specification (a fixed disk has its mark at the end alone) and MS-VHDX; ECMA-119, 8.1.
 */
const marks: readonly Mark[] = [
  { format: 'qcow2', at: 0, bytes: [0x51, 0x46, 0x49, 0xfb] },
  { format: 'vmdk', at: 0, bytes: text('KDMV') },
  { format: 'vmdk', at: 0, bytes: text('# Disk DescriptorFile') },
  { format: 'vdi', at: 64, bytes: [0x7f, 0x10, 0xda, 0xbe] },
  { format: 'vhdx', at: 0, bytes: text('vhdxfile') },
  { format: 'vhd', at: 0, bytes: text('conectix') },
  { format: 'vhd', at: -512, bytes: text('conectix') },
  { format: 'iso', at: 32_769, bytes: text('CD001') },
];

/** What the content says it is; raw where it says nothing, which any content may be. */
export function formatOfContent(head: Uint8Array, tail: Uint8Array): DiskFormat {
  const found = marks.find(({ at, bytes }) => {
    const [part, from] = at < 0 ? [tail, tail.length + at] : [head, at];
    return from >= 0 && bytes.every((byte, index) => part[from + index] === byte);
  });
  return found?.format ?? 'raw';
}

/** What a file's name says. `.img` and the like say nothing: clouds publish qcow2 and raw under it. */
const extensions: Readonly<Record<string, DiskFormat>> = {
  raw: 'raw',
  qcow2: 'qcow2',
  qcow: 'qcow2',
  vmdk: 'vmdk',
  vdi: 'vdi',
  vhd: 'vhd',
  vpc: 'vhd',
  vhdx: 'vhdx',
  iso: 'iso',
};
const silent = ['img', 'image', 'bin', 'disk'];

export function formatOfName(path: string): DiskFormat | undefined {
  return extensions[extensionOf(path)];
}

/** The name of an image from that of its file: "noble-server.img" is "noble-server". */
export function imageNameOf(path: string): string {
  const base = path.slice(path.lastIndexOf('/') + 1);
  const extension = extensionOf(base);
  const known = extension in extensions || silent.includes(extension);
  return known ? base.slice(0, -extension.length - 1) : base;
}

function extensionOf(path: string): string {
  const base = path.slice(path.lastIndexOf('/') + 1);
  const dot = base.lastIndexOf('.');
  return dot < 1 ? '' : base.slice(dot + 1).toLowerCase();
}
