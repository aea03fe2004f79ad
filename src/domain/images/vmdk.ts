const sector = 512;

/** Kinds that are one file ("Virtual Disk Format 5.0", createType). */
const alone = ['monolithicSparse', 'streamOptimized'];
/** A parentCID that says that there is no parent. */
const noParent = 'ffffffff';

/**
 * Why a VMDK is not alone; undefined where it is. Whether it is whole is not looked into. Only a sparse file with one plain descriptor within it
 * will do: a descriptor of its own, or one that can be read in two ways, may name any file of whoever opens it.
 */
export function vmdkProblem(head: Uint8Array): string | undefined {
  if (head.length < 44 || String.fromCharCode(...head.subarray(0, 4)) !== 'KDMV')
    return 'it is no sparse VMDK but at most a description of other files';
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  if (view.getBigUint64(12, true) === 0n) return 'it has no data of its own';
  const descriptor = descriptorOf(head, view);
  if (descriptor === undefined) return 'its descriptor is not at its beginning';
  const types = valuesOf('createType', descriptor);
  const [type] = types;
  if (types.length !== 1 || type === undefined || !alone.includes(type))
    return `its data is in other files: it is ${types.join(' and ') || 'of no kind that is known'}`;
  const extents = [...descriptor.matchAll(/^[ \t]*(?:RW|RDONLY|NOACCESS)[ \t]+\d+[ \t]+(\w+)/gim)];
  if (extents.length !== 1 || extents[0]?.[1]?.toUpperCase() !== 'SPARSE') return 'its descriptor names other extents';
  const parents = valuesOf('parentCID', descriptor);
  if (parents.some((parent) => parent.toLowerCase() !== noParent) || /parentFileNameHint/i.test(descriptor))
    return 'it holds only what differs from another image';
  return undefined;
}

/** Offset and size in sectors, little-endian, at 28 and 36. */
function descriptorOf(head: Uint8Array, view: DataView): string | undefined {
  const [from, length] = [Number(view.getBigUint64(28, true)) * sector, Number(view.getBigUint64(36, true)) * sector];
  if (from < sector || from + length > head.length) return undefined;
  return String.fromCharCode(...head.subarray(from, from + length));
}

/** Of each line that gives it, however it is written. */
const valuesOf = (key: string, descriptor: string): string[] =>
  [...descriptor.matchAll(new RegExp(`${key}[ \\t]*=[ \\t]*"?([^"\\r\\n\\0]*)"?`, 'gi'))].map(([, value = '']) =>
    value.trim(),
  );
