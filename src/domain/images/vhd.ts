const mark = 'conectix';
/** "Disk Type" of the footer (Microsoft, "Virtual Hard Disk Image Format Specification"), big-endian at 60. */
const differencing = 4;

/** Why a VHD is not whole and alone; undefined where it is. Without `tail` nothing shows whether it was cut off. */
export function vhdProblem(head: Uint8Array, tail: Uint8Array | undefined): string | undefined {
  const isFooter = (bytes: Uint8Array): boolean => String.fromCharCode(...bytes.subarray(0, mark.length)) === mark;
  const footer = isFooter(head) ? head : tail;
  if (footer === undefined || footer.length < 64) return undefined;
  if (new DataView(footer.buffer, footer.byteOffset, footer.byteLength).getUint32(60) === differencing)
    return 'it holds only what differs from another image';
  return tail === undefined || isFooter(tail) ? undefined : 'it is cut off: its footer is missing';
}
