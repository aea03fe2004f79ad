import { isCancellation } from '@temporalio/workflow';
import type { Image } from '../../contracts/image.ts';
import type { ImagePlace, ImageUploadResult } from '../../contracts/image-upload.ts';
import { failureText } from '../shared/failure.ts';
import type { Op } from '../shared/op.ts';

/** Of a name that something is added to: Glance takes 255 characters. */
const longest = 200;

export interface SetAside {
  readonly replaced: ImageUploadResult['replaced'];
  /** Those that could not be, each with why: the new one is there all the same. */
  readonly kept: readonly string[];
}

/** Hides and renames those of the same name, now that a new one is active. Servers that were made of them go on. */
export async function setAside(
  namesakes: readonly Image[],
  { id: successor, ...cloud }: ImagePlace,
  op: Op,
): Promise<SetAside> {
  const replaced: { id: string; name: string }[] = [];
  const kept: string[] = [];
  for (const { id, name, created } of namesakes) {
    if (id === successor) continue;
    const aside = `${name.slice(0, longest)} (${created.slice(0, 10)}, before ${successor.slice(0, 8)})`;
    try {
      await op.step(`Set image ${id} aside`, async (at, item) => {
        await at.changeImage({ ...cloud, id }, { name: aside, hidden: true });
        item.why = `hidden, and named ${aside}`;
      });
      replaced.push({ id, name: aside });
    } catch (error) {
      if (isCancellation(error)) throw error;
      kept.push(`${id}: ${failureText(error).message}`);
    }
  }
  return { replaced, kept };
}
