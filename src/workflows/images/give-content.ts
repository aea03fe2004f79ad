import type { ImageDigest, ImageSpec } from '../../contracts/image.ts';
import type { ImageFormatLook, ImageOrigin, ImagePlace } from '../../contracts/image-upload.ts';
import { withoutQuery } from '../../contracts/image-upload.ts';
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

/**
 * Makes the image and gives it its content. Its id is one of `ids`, so what fails half way is found and deleted; the next
 * is taken where the one before was left unusable.
 */
export async function makeImage(
  order: ImageOrder,
  cloud: Omit<ImagePlace, 'id'>,
  ids: readonly string[],
  op: Op,
): Promise<MadeImage> {
  const { origin, look, spec, algorithm } = order;
  let { byGlance } = order;
  let why = '';
  for (const [round, id] of ids.entries()) {
    const again = round === 0 ? '' : ` (${String(round + 1)})`;
    const place = { ...cloud, id };
    const made = op.undo(`Delete image ${id}`, (at) => at.deleteImage(place));
    await op.step(`Create the image${again}`, async (at, item) => {
      item.why = id;
      item.trace = { object: spec.name, id };
      const requestId = await at.createImage(place, { ...spec, id });
      if (requestId !== undefined) item.trace = { ...item.trace, requestIds: [requestId] };
    });
    const fetched = byGlance && origin.from === 'url' ? await fetchByGlance(place, origin, order, op) : 'not at all';
    if (fetched === 'as it is') {
      op.leaveAlone('Send the content', 'Glance fetched it');
      return { place, made, sent: undefined };
    }
    if (fetched !== 'otherwise') {
      const ended = await op.step(`Send the content${again}`, async (at, item) => {
        const sending = await at.sendImage(place, origin, look, { algorithm, first: !byGlance });
        if ('stuck' in sending) item.why = `in vain: ${sending.stuck}`;
        return sending;
      });
      if ('digest' in ended) return { place, made, sent: ended.digest };
      why = ended.stuck;
    }
    byGlance = false;
    await op.putBack(`Delete image ${id}`, (at) => at.deleteImage(place));
    made.settle();
  }
  throw refuse('CloudConflict', `Glance keeps the image busy: ${why}`, { where: cloud.cloud });
}

/**
 * Whether Glance fetched it, and has it as the web server has it. Its own plugins may have converted or unpacked it on the
 * way (`image_import_plugins`): that is not what was asked for. The server may have another one by now.
 */
async function fetchByGlance(
  place: ImagePlace,
  origin: ImageOrigin & { readonly from: 'url' },
  { look, spec }: ImageOrder,
  op: Op,
): Promise<'as it is' | 'otherwise' | 'not at all'> {
  const failed = await op.step('Have Glance fetch the content', async (at, item) => {
    const fetching = await at.importImage(place, origin.url);
    if (fetching.failed !== undefined) item.why = `it is sent from here instead: ${fetching.failed}`;
    return fetching.failed;
  });
  if (failed !== undefined) return 'not at all';
  return op.step('Hold it against the address', async (at, item) => {
    const [image, now] = await Promise.all([
      at.readImage(place),
      op.beside('Look again').lookAtImageFile(origin, spec.diskFormat),
    ]);
    if (now.pin !== look.pin)
      throw refuse('ImageFileChanged', `${withoutQuery(origin.url)} changed while it was fetched`, {
        where: place.cloud,
      });
    if (image.size === look.size && image.diskFormat === spec.diskFormat) return 'as it is';
    item.why = `Glance made ${String(image.size)} bytes of ${image.diskFormat ?? 'no format'} of it: it is sent from here instead`;
    return 'otherwise';
  });
}
