import type { DiskFormat } from '../../contracts/image.ts';
import { Fault } from '../../contracts/faults.ts';
import type { ImageFormatLook } from '../../contracts/image-upload.ts';
import { formatOfContent, formatOfName, headLength, tailLength } from '../../domain/images/disk-format.ts';
import { l2Offsets, neededFor, readQcow2Header } from '../../domain/images/qcow2.ts';
import type { Qcow2Header } from '../../domain/images/qcow2.ts';
import { vdiProblem } from '../../domain/images/vdi.ts';
import { vhdProblem } from '../../domain/images/vhd.ts';
import { vmdkProblem } from '../../domain/images/vmdk.ts';
import type { ImageFile, Part } from './image-file.ts';
import { changed } from './refusals.ts';

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
  const [first = nothing, last] = await file.read([head, tail], signal);
  // Without its end a fixed VHD looks raw, and nothing shows whether a qcow2 was cut off.
  const unseen = last === undefined;
  const found = formatOfContent(first, last ?? nothing);
  const diskFormat = said ?? agreed(file.label, found, formatOfName(name));
  if (found === 'vmdk' || said === 'vmdk') refuse(file.label, 'VMDK', vmdkProblem(first));
  if (found === 'vhd') refuse(file.label, 'VHD', vhdProblem(first, last));
  if (found === 'vdi') refuse(file.label, 'VDI', vdiProblem(first, size));
  const seen = { ...look, diskFormat, ...(unseen ? { unseen } : {}) };
  if (found !== 'qcow2') return seen;
  const header = readQcow2Header(first);
  if (header === undefined)
    throw new Fault('ImageRefused', `${file.label} begins as qcow2, and its header is none that qemu writes`);
  await checkQcow2(file, header, { size, unseen }, signal);
  return { ...seen, virtualSize: header.virtualSize };
}

function agreed(label: string, content: DiskFormat, name: DiskFormat | undefined): DiskFormat {
  if (name === undefined || name === content) return content;
  throw new Fault('ImageFormatUnclear', `${label} is ${content} by its content and ${name} by its name`, {
    remedy: `say which: --disk-format ${content}, or --disk-format ${name}`,
  });
}

function refuse(label: string, kind: string, why: string | undefined): void {
  if (why !== undefined)
    throw new Fault('ImageRefused', `${label} is no ${kind} that is whole and stands alone: ${why}`);
}

/** qemu opens none with larger tables (block/qcow2.h, QCOW_MAX_L1_SIZE, QCOW_MAX_REFTABLE_SIZE). */
const mostL1 = 32 * 1024 * 1024;
const mostRefcountTable = 8 * 1024 * 1024;

/** L2 tables that are read at once: each is a cluster, 64 KiB as qemu makes it. */
const tablesAtOnce = 64;

async function checkQcow2(
  file: ImageFile,
  header: Qcow2Header,
  { size, unseen }: { readonly size: number; readonly unseen: boolean },
  signal?: AbortSignal,
): Promise<void> {
  const { label } = file;
  if (header.backingFile)
    throw new Fault('ImageRefused', `${label} has a backing file: it holds only what differs from another image`);
  if (header.externalDataFile) throw new Fault('ImageRefused', `${label} has its data in another file`);
  if (header.corrupt)
    throw new Fault('ImageRefused', `${label} is marked as corrupt by qemu`, { remedy: 'see qemu-img check FILE' });
  const { l1, refcountTable, clusterSize } = header;
  if (l1.entries * 8 > mostL1 || refcountTable.length > mostRefcountTable)
    throw new Fault('ImageRefused', `${label} has tables that are larger than qemu opens`);
  const whole = (needed: number): void => {
    if (needed <= size) return;
    throw new Fault('ImageRefused', `${label} is cut off: it has ${String(size)} bytes and needs ${String(needed)}`, {
      remedy: 'get it again, whole; nothing was made in the cloud',
    });
  };
  whole(l1.offset + l1.entries * 8);
  whole(refcountTable.offset + refcountTable.length);
  if (unseen) return;
  const [table = nothing] = await readWhole(file, [{ offset: l1.offset, length: l1.entries * 8 }], signal);
  const tables = distinct(l2Offsets(table));
  for (const { offset } of tables) whole(offset + clusterSize);
  for (let at = 0; at < tables.length; at += tablesAtOnce) {
    const some = tables.slice(at, at + tablesAtOnce);
    const parts = some.map(({ offset }) => ({ offset, length: clusterSize }));
    const read = await readWhole(file, parts, signal);
    some.forEach(({ index }, position) => whole(neededFor(read[position] ?? nothing, index, header)));
  }
}

const nothing = Buffer.alloc(0);

/** Each table once, at the first place that it maps: one that several places share needs no more file than that. */
function distinct(offsets: readonly (number | undefined)[]): { readonly offset: number; readonly index: number }[] {
  const found = new Map<number, number>();
  offsets.forEach((offset, index) => {
    if (offset !== undefined && !found.has(offset)) found.set(offset, index);
  });
  return [...found].map(([offset, index]) => ({ offset, index }));
}

/** Parts that are there by the file's size: a shorter one says that it has changed. */
async function readWhole(file: ImageFile, parts: readonly Part[], signal?: AbortSignal): Promise<Buffer[]> {
  const read = await file.read(parts, signal);
  return parts.map(({ length }, at) => {
    const part = read[at];
    if (part?.length !== length) throw changed(file.label, 'a part of it that was there is not there any more');
    return part;
  });
}
