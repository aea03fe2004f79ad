const sector = 512;

/** Kinds that are one file ("Virtual Disk Format 5.0", createType). */
const alone = ['monolithicSparse', 'streamOptimized'];

/** What the descriptor of a VMDK calls it, and whether its data is in the same file. */
export function vmdkKind(head: Uint8Array): { readonly name: string; readonly alone: boolean } {
  const name = /createType\s*=\s*"([^"]*)"/.exec(descriptor(head))?.[1] ?? 'none';
  return { name, alone: alone.includes(name) };
}

/** A file of its own, or within a sparse extent: offset and size in sectors, little-endian, at 28 and 36. */
function descriptor(head: Uint8Array): string {
  const text = (bytes: Uint8Array): string => String.fromCharCode(...bytes.subarray(0, 20 * 1024));
  if (head[0] === '#'.charCodeAt(0)) return text(head);
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  if (head.length < 44) return '';
  const [offset, length] = [Number(view.getBigUint64(28, true)), Number(view.getBigUint64(36, true))];
  return text(head.subarray(offset * sector, (offset + length) * sector));
}
