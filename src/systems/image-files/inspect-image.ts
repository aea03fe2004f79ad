import type { DiskFormat } from '../../contracts/image.ts';
import { Fault } from '../../contracts/faults.ts';
import type { ImageFormatLook } from '../../contracts/image-upload.ts';
import { formatOfContent, formatOfName, headLength, tailLength } from '../../domain/images/disk-format.ts';
import { l2Offsets, neededFor, readQcow2Header } from '../../domain/images/qcow2.ts';
import type { Qcow2Header } from '../../domain/images/qcow2.ts';
import { vmdkKind } from '../../domain/images/vmdk.ts';
import type { ImageFile } from './image-file.ts';

/**
 * What an image is, from its content, and whether it is whole and stands alone: one that refers to other files would
 * show a server files of whoever opens it (CVE-2024-32498), and one that was cut off boots until it reads the rest.
 *
 * @param said the format as a person says it; without it the content and the file's name must agree
 * @throws Fault ImageFileUnusable, ImageFormatUnclear, ImageRefused
 */
export async function inspectImage(
  file: ImageFile,
  name: string,
  said?: DiskFormat,
  signal?: AbortSignal,
): Promise<ImageFormatLook> {
  const look = await file.look(signal);
  const { size } = look;
  const head = { offset: 0, length: headLength };
  const tail = { offset: Math.max(0, size - tailLength), length: tailLength };
  const parts = await file.read([head, tail], signal);
  const [first, last] = parts ?? [];
  if (first === undefined || last === undefined) {
    const named = said ?? formatOfName(name);
    if (named !== undefined) return { ...look, diskFormat: named };
    throw new Fault('ImageFormatUnclear', `parts of ${file.label} can't be read, so nothing shows what it is`);
  }
  const found = formatOfContent(first, last);
  const diskFormat = said ?? agreed(file.label, found, formatOfName(name));
  if (found === 'vmdk') checkVmdk(file.label, first);
  if (found !== 'qcow2') return { ...look, diskFormat };
  const header = readQcow2Header(first);
  if (header === undefined)
    throw new Fault('ImageRefused', `${file.label} begins as qcow2, and its header is none that qemu writes`);
  await checkQcow2(file, header, size, signal);
  return { ...look, diskFormat, virtualSize: header.virtualSize };
}

function agreed(label: string, content: DiskFormat, name: DiskFormat | undefined): DiskFormat {
  if (name === undefined || name === content) return content;
  throw new Fault('ImageFormatUnclear', `${label} is ${content} by its content and ${name} by its name`, {
    remedy: `say which: --disk-format ${content}, or --disk-format ${name}`,
  });
}

function checkVmdk(label: string, head: Uint8Array): void {
  const kind = vmdkKind(head);
  if (kind.alone) return;
  throw new Fault('ImageRefused', `${label} is a VMDK of the kind ${kind.name}, whose data is in other files`, {
    remedy: 'make it one file first: qemu-img convert -O vmdk -o subformat=streamOptimized FILE NEW',
  });
}

/** L2 tables that are read at once: each is a cluster, 64 KiB as qemu makes it. */
const tablesAtOnce = 64;

async function checkQcow2(file: ImageFile, header: Qcow2Header, size: number, signal?: AbortSignal): Promise<void> {
  const { label } = file;
  if (header.backingFile)
    throw new Fault('ImageRefused', `${label} has a backing file: it holds only what differs from another image`);
  if (header.externalDataFile) throw new Fault('ImageRefused', `${label} has its data in another file`);
  if (header.corrupt)
    throw new Fault('ImageRefused', `${label} is marked as corrupt by qemu`, { remedy: 'see qemu-img check FILE' });
  const { l1, refcountTable, clusterSize } = header;
  const whole = (needed: number): void => {
    if (needed <= size) return;
    throw new Fault('ImageRefused', `${label} is cut off: it has ${String(size)} bytes and needs ${String(needed)}`, {
      remedy: 'get it again, whole; nothing was made in the cloud',
    });
  };
  whole(l1.offset + l1.entries * 8);
  whole(refcountTable.offset + refcountTable.length);
  const [table] = (await file.read([{ offset: l1.offset, length: l1.entries * 8 }], signal)) ?? [];
  if (table === undefined) return;
  const tables = l2Offsets(table).flatMap((offset, index) => (offset === undefined ? [] : [{ offset, index }]));
  for (const { offset } of tables) whole(offset + clusterSize);
  for (let at = 0; at < tables.length; at += tablesAtOnce) {
    const some = tables.slice(at, at + tablesAtOnce);
    const read = await file.read(
      some.map(({ offset }) => ({ offset, length: clusterSize })),
      signal,
    );
    some.forEach(({ index }, position) => whole(neededFor(read?.[position] ?? Buffer.alloc(0), index, header)));
  }
}
