import type { Image } from '../../contracts/image.ts';
import type { ImageFormatLook, ImageOrigin } from '../../contracts/image-upload.ts';
import type { Op } from '../shared/op.ts';

/** The image of that name that has the same content already. The file is read only where one is as large. */
export async function findSame(
  namesakes: readonly Image[],
  origin: ImageOrigin,
  look: ImageFormatLook,
  op: Op,
): Promise<Image | undefined> {
  const alike = namesakes.filter(({ size, hash }) => size === look.size && hash !== undefined);
  const [first] = alike;
  if (first?.hash === undefined) return undefined;
  const { algorithm } = first.hash;
  return op.step('Hash the file', async (at, item) => {
    const { value } = await at.hashImageFile(origin, look, algorithm);
    const same = alike.find(({ hash }) => hash?.algorithm === algorithm && hash.value === value);
    item.why =
      same === undefined
        ? `another content than that of ${alike.map(({ id }) => id).join(', ')}`
        : `image ${same.id} has the same content`;
    return same;
  });
}
