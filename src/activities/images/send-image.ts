import { setTimeout as sleep } from 'node:timers/promises';
import { Fault, isFault } from '../../contracts/faults.ts';
import type { ImageFileLook, ImageSent } from '../../contracts/image-upload.ts';
import { formatDuration } from '../../domain/format.ts';
import type { ImageFile } from '../../systems/image-files/index.ts';
import { uploadImage } from '../../systems/openstack/index.ts';
import type { Session } from '../../systems/openstack/index.ts';
import { Digesting, digestOf } from './digest.ts';
import { imageThere } from './image-there.ts';

/**
 * Milliseconds. After a sending that broke off, the image shows as free before that one has quite ended (uploadImage).
 * One whose sender's machine died is let go of by Glance only when TCP gives up: longer than anybody waits.
 */
const freeFor = 3000;
const freeWithin = 120_000;

export interface Sending {
  readonly session: Session;
  readonly id: string;
  readonly file: ImageFile;
  readonly look: ImageFileLook;
  readonly algorithm: string;
  /** Nobody can have begun it before. */
  readonly first: boolean;
  readonly signal: AbortSignal;
}

/**
 * Gives an image its content: whole, by one PUT, after any other has ended.
 * @throws Fault where it broke off, to be called again; ImageFileChanged; CloudQuotaExceeded
 */
export async function sendImage(sending: Sending): Promise<ImageSent> {
  const { session, id, file, look, algorithm, signal } = sending;
  const found = await untilFree(sending);
  // Sent by an attempt before, whose answer nobody had.
  if ('hash' in found)
    return { digest: await digestOf(file.content(look, signal), found.hash?.algorithm ?? algorithm, look.size) };
  if ('stuck' in found) return found;
  const digesting = new Digesting(algorithm, look.size);
  try {
    await uploadImage(session, id, { bytes: digesting.through(file.content(look, signal)), length: look.size }, signal);
  } catch (error) {
    throw await explained(error, session, id);
  }
  return { digest: digesting.digest() };
}

type Free =
  { readonly free: true } | { readonly stuck: string } | { readonly hash: { readonly algorithm: string } | undefined };

async function untilFree({ session, id, first, signal }: Sending): Promise<Free> {
  const deadline = Date.now() + freeWithin;
  let freeSince: number | undefined;
  for (;;) {
    const { status, hash } = await imageThere(session, id);
    if (status === 'active') return { hash };
    if (status === 'queued') {
      freeSince ??= Date.now();
      if (first || Date.now() - freeSince >= freeFor) return { free: true };
    } else freeSince = undefined;
    if (status === 'killed' || Date.now() > deadline)
      return { stuck: `it is ${status} since a sending that broke off, ${formatDuration(freeWithin)} ago` };
    await sleep(500, undefined, { signal });
  }
}

/** By what Glance says (glance, api/v2/image_data.py). */
const remedies: Readonly<Record<string, string>> = {
  'media is full': "free space in Glance's store, or tell whoever runs the cloud",
  'image is too large': "have the cloud's image_size_cap raised, or upload a smaller one (--convert qcow2)",
};

/** What Glance answers where another sending of the same image is not quite over says something else. */
async function explained(error: unknown, session: Session, id: string): Promise<unknown> {
  if (!isFault(error)) return error;
  // 413 as well, and no quota of anybody's.
  const remedy = Object.entries(remedies).find(([said]) => error.message.includes(said))?.[1];
  if (error.type === 'CloudQuotaExceeded' && remedy !== undefined)
    return new Fault('CloudQuotaExceeded', error.message, { ...error.details, remedy });
  if (!['CloudResourceNotFound', 'CloudConflict'].includes(error.type)) return error;
  await imageThere(session, id);
  return new Fault('CloudFailed', `image ${id} was still busy with a sending before this one: ${error.message}`);
}
