import type { Image, ImageDigest } from '../../contracts/image.ts';
import type { ImageFormatLook, ImageOrigin, ImagePlace } from '../../contracts/image-upload.ts';
import { refuse } from '../shared/failure.ts';
import type { Op } from '../shared/op.ts';

/**
 * Reads back what Glance has, and holds it against what was sent. Where Glance hashes otherwise than was expected, the
 * file is read once more.
 */
export async function checkContent(
  {
    place,
    origin,
    look,
    sent,
  }: {
    readonly place: ImagePlace;
    readonly origin: ImageOrigin;
    readonly look: ImageFormatLook;
    /** Undefined where only Glance has seen all of it. */
    readonly sent: ImageDigest | undefined;
  },
  op: Op,
): Promise<Image> {
  const image = await op.step('Read it back', async (at, item) => {
    const found = await at.readImage(place);
    item.why = `${found.status}, ${String(found.size)} bytes`;
    return found;
  });
  const wrong = (what: string): Error =>
    refuse('ImageNotAsSent', `image ${image.id} is not what was sent: ${what}`, { where: place.cloud });
  if (image.status !== 'active') throw wrong(`it is ${image.status}`);
  if (image.size !== look.size) throw wrong(`it has ${String(image.size)} bytes, and ${String(look.size)} were sent`);
  const { hash } = image;
  if (sent === undefined || hash === undefined) return image;
  const ours =
    hash.algorithm === sent.algorithm
      ? sent
      : await op.step(`Hash the file as Glance does (${hash.algorithm})`, (at) =>
          at.hashImageFile(origin, look, hash.algorithm),
        );
  if (ours.value !== hash.value)
    throw wrong(`its ${hash.algorithm} is ${hash.value}, and that of the file ${ours.value}`);
  return image;
}
