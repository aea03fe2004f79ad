import type { ImageDigest, ImageSpec } from '../../contracts/image.ts';
import type { ImageFormatLook, ImageOrigin, ImagePlace } from '../../contracts/image-upload.ts';
import { refuse } from '../shared/failure.ts';
import type { Op } from '../shared/op.ts';
import type { Undo } from '../shared/undo.ts';

export interface ImageOrder {
  readonly origin: ImageOrigin;
  readonly look: ImageFormatLook;
  readonly spec: Omit<ImageSpec, 'id'>;
  /** What this Glance hashes with, as far as can be seen. */
  readonly algorithm: string;
  /** Glance may fetch it by itself. */
  readonly byGlance: boolean;
}

export interface MadeImage {
  readonly place: ImagePlace;
  /** Deletes it, until the operation keeps it. */
  readonly made: Undo;
  /** What was sent; undefined where Glance fetched it, and only Glance has seen it. */
  readonly sent: ImageDigest | undefined;
}

/** Images made one after another, where the one before was left unusable by a sending that broke off. */
const most = 3;

/** Makes the image and gives it its content. Its id is ours, so what fails half way is found and deleted. */
export async function makeImage(
  order: ImageOrder,
  cloud: Omit<ImagePlace, 'id'>,
  ids: readonly string[],
  op: Op,
): Promise<MadeImage> {
  const { origin, look, spec, algorithm, byGlance } = order;
  let why = '';
  for (const [round, id] of ids.slice(0, most).entries()) {
    const again = round === 0 ? '' : ` (${String(round + 1)})`;
    const place = { ...cloud, id };
    const made = op.undo(`Delete image ${id}`, (at) => at.deleteImage(place));
    await op.step(`Create the image${again}`, (at, item) => {
      item.why = id;
      return at.createImage(place, { ...spec, id });
    });
    if (byGlance && origin.from === 'url' && (await fetched(place, origin.url, op))) {
      op.leaveAlone('Send the content', 'Glance fetched it');
      return { place, made, sent: undefined };
    }
    const first = !byGlance;
    const ended = await op.step(`Send the content${again}`, (at) =>
      at.sendImage(place, origin, look, { algorithm, first }),
    );
    if ('digest' in ended) return { place, made, sent: ended.digest };
    why = ended.stuck;
    await op.putBack(`Delete the stuck image ${id}`, (at) => at.deleteImage(place));
    made.settle();
  }
  throw refuse('CloudConflict', `Glance keeps the image busy: ${why}`, { where: cloud.cloud });
}

async function fetched(place: ImagePlace, url: string, op: Op): Promise<boolean> {
  return op.step('Have Glance fetch the content', async (at, item) => {
    const { failed } = await at.importImage(place, url);
    if (failed !== undefined) item.why = `it is sent from here instead: ${failed}`;
    return failed === undefined;
  });
}
