/** Image types of VirtualBox's VDICore.h: a dynamic one is 1, a fixed one 2. */
const alone = [1, 2];

/** Why a VDI is not whole and alone; undefined where it is. Little-endian; offsets as VDIHEADER1 has them. */
export function vdiProblem(head: Uint8Array, size: number): string | undefined {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  if (!alone.includes(view.getUint32(0x4c, true))) return 'it holds only what differs from another image';
  const data = view.getUint32(0x158, true);
  const block = view.getUint32(0x178, true) + view.getUint32(0x17c, true);
  const needed = data + view.getUint32(0x184, true) * block;
  return needed <= size ? undefined : `it is cut off: it has ${String(size)} bytes and needs ${String(needed)}`;
}
