/** What a qcow2 file says of itself (qemu, docs/interop/qcow2.txt). Offsets and sizes in bytes. */
export interface Qcow2Header {
  readonly backingFile: boolean;
  readonly externalDataFile: boolean;
  /** qemu found it inconsistent, and marked it. */
  readonly corrupt: boolean;
  readonly virtualSize: number;
  readonly clusterSize: number;
  /** Of one entry in an L2 table: 16 with subclusters. */
  readonly entrySize: number;
  readonly l1: { readonly offset: number; readonly entries: number };
  readonly refcountTable: { readonly offset: number; readonly length: number };
}

export const qcow2HeaderLength = 104;

/** Undefined for what is no header of version 2 or 3. */
export function readQcow2Header(bytes: Uint8Array): Qcow2Header | undefined {
  if (bytes.length < qcow2HeaderLength) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = view.getUint32(4);
  const clusterBits = view.getUint32(20);
  if ((version !== 2 && version !== 3) || clusterBits < 9 || clusterBits > 21) return undefined;
  const clusterSize = 2 ** clusterBits;
  const incompatible = version === 3 ? view.getUint32(76) : 0;
  return {
    backingFile: view.getBigUint64(8) !== 0n,
    externalDataFile: (incompatible & 4) !== 0,
    corrupt: (incompatible & 2) !== 0,
    virtualSize: Number(view.getBigUint64(24)),
    clusterSize,
    entrySize: (incompatible & 16) === 0 ? 8 : 16,
    l1: { offset: Number(view.getBigUint64(40)), entries: view.getUint32(36) },
    refcountTable: { offset: Number(view.getBigUint64(48)), length: view.getUint32(56) * clusterSize },
  };
}

const offsetMask = 0x00ff_ffff_ffff_fe00n;
const compressed = 1n << 62n;

/** Where the L2 tables are, in the order of what they map; undefined for what is not allocated. */
export function l2Offsets(l1: Uint8Array): (number | undefined)[] {
  const view = new DataView(l1.buffer, l1.byteOffset, l1.byteLength);
  return Array.from({ length: Math.floor(l1.length / 8) }, (_, at) => {
    const offset = Number(view.getBigUint64(at * 8) & offsetMask);
    return offset === 0 ? undefined : offset;
  });
}

/**
 * How long the file has to be for what the `index`th L2 table maps: the end of the last byte of it that a server can
 * read. The last cluster need not be whole where the disk itself ends within it. qemu ends a compressed cluster
 * somewhere in its last sector.
 */
export function neededFor(l2: Uint8Array, index: number, header: Qcow2Header): number {
  const { clusterSize, entrySize, virtualSize } = header;
  const view = new DataView(l2.buffer, l2.byteOffset, l2.byteLength);
  const entries = clusterSize / entrySize;
  const sizeBits = BigInt(Math.log2(clusterSize) - 8);
  const offsetBits = 62n - sizeBits;
  let needed = 0;
  for (let at = 0; (at + 1) * entrySize <= l2.length; at += 1) {
    const entry = view.getBigUint64(at * entrySize);
    let end = 0;
    if ((entry & compressed) !== 0n) {
      const offset = Number(entry & ((1n << offsetBits) - 1n));
      const sectors = Number((entry >> offsetBits) & ((1n << sizeBits) - 1n));
      end = Math.floor(offset / 512) * 512 + sectors * 512 + 1;
    } else {
      const offset = Number(entry & offsetMask);
      const left = virtualSize - (index * entries + at) * clusterSize;
      if (offset !== 0 && left > 0) end = offset + Math.min(clusterSize, Math.ceil(left / 512) * 512);
    }
    if (end > needed) needed = end;
  }
  return needed;
}
