import type { Image } from '../../contracts/image.ts';
import type { ImageUpload } from '../../contracts/image-upload.ts';

type Value = string | number | boolean | undefined;

/** Where an image is not what was asked for, beside its content. What was not said is not compared. */
export function imageDrift(image: Image, wanted: ImageUpload, diskFormat: string): string[] {
  const drift: string[] = [];
  const compare = (field: string, is: Value, want: Value): void => {
    if (want !== undefined && is !== want) drift.push(`${field} ${String(is ?? 'not set')}, wanted ${String(want)}`);
  };
  compare('disk format', image.diskFormat, diskFormat);
  compare('container format', image.containerFormat, wanted.containerFormat);
  compare('visibility', image.visibility, wanted.visibility);
  compare('protected', image.protected, wanted.protected);
  compare('min disk', image.minDisk, wanted.minDisk);
  compare('min RAM', image.minRam, wanted.minRam);
  for (const tag of wanted.tags ?? []) if (!image.tags.includes(tag)) drift.push(`tag ${tag} not set`);
  for (const [key, value] of Object.entries(wanted.properties ?? {}))
    compare(`property ${key}`, image.properties[key], value);
  return drift;
}
