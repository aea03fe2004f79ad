import { isCancellation } from '@temporalio/workflow';
import type { ImageFormatLook, ImageOrigin, ImageUpload } from '../../contracts/image-upload.ts';
import { formatBytes } from '../../domain/format.ts';
import { failureText } from '../shared/failure.ts';
import type { Op } from '../shared/op.ts';

export interface Converted {
  readonly origin: ImageOrigin;
  readonly look: ImageFormatLook;
  /** Removes what was made for the upload; what it could not remove is no failure of the upload, and told. */
  readonly letGo: () => Promise<string | undefined>;
}

/** Has qemu-img make the wanted format of it, where the file is, as a job that outlives a worker. */
export async function convert(
  { convert: to, scratch }: ImageUpload,
  origin: ImageOrigin,
  look: ImageFormatLook,
  op: Op,
): Promise<Converted> {
  const asItIs: Converted = { origin, look, letGo: () => Promise.resolve(undefined) };
  if (to === undefined || origin.from === 'url') return asItIs;
  if (to === look.diskFormat) {
    op.leaveAlone(`Convert to ${to}`, `it is ${to} already`);
    return asItIs;
  }
  const host = origin.from === 'host' ? origin.host : await op.beside('Find this machine').findFilesHost();
  const directory = scratch ?? origin.path.replace(/\/[^/]*$/, '');
  const path = `${directory}/.stackhand-${op.id}.${to}`;
  const made = op.undo('Remove the converted file', (at) => at.dropConversion(host, op.id, path));
  const job = { operation: op.id, step: 'convert' };
  const { size, pin, diskFormat: from } = look;
  await op.step(`Convert to ${to}`, (at) =>
    at.convertImage(host, job, { source: origin.path, from, pin, size, destination: path, to }),
  );
  const file = { ...origin, path };
  const found = await op.step('Look at the converted file', async (at, item) => {
    const seen = await at.lookAtImageFile(file, to);
    item.why = `${to}, ${formatBytes(seen.size)}`;
    return seen;
  });
  return {
    origin: file,
    look: found,
    letGo: async () => {
      try {
        await op.step('Remove the converted file', (at) => at.dropConversion(host, op.id, path));
        made.settle();
        return undefined;
      } catch (error) {
        if (isCancellation(error)) throw error;
        made.settle();
        return `${path} was left on ${host.name}: ${failureText(error).message}`;
      }
    },
  };
}
