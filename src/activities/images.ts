import { Context } from '@temporalio/activity';
import { Fault, isFault } from '../contracts/faults.ts';
import type { FaultType } from '../contracts/faults.ts';
import type { Image, ImageDigest, ImageSpec, DiskFormat } from '../contracts/image.ts';
import type {
  ImageFileLook,
  ImageFormatLook,
  ImageOrigin,
  ImagePlace,
  ImageSent,
  ImageSurroundings,
} from '../contracts/image-upload.ts';
import { inspectImage } from '../systems/image-files/index.ts';
import {
  createImage,
  deleteImage,
  findImage,
  importMethods,
  listImages,
  updateImage,
} from '../systems/openstack/index.ts';
import type { ImageChanges } from '../systems/openstack/index.ts';
import type { HostTarget } from '../contracts/targets.ts';
import { startConvert } from '../systems/jobs/convert.ts';
import type { ConvertSpec } from '../systems/jobs/convert.ts';
import { removeJobs } from '../systems/jobs/job.ts';
import type { JobRef } from '../systems/jobs/job.ts';
import { digestOf, isKnownAlgorithm } from './images/digest.ts';
import { imageThere } from './images/image-there.ts';
import { importImage } from './images/import-image.ts';
import { openImageFile } from './images/open-image-file.ts';
import { sendImage } from './images/send-image.ts';
import { thisMachine } from './images/this-machine.ts';
import { attend } from './jobs.ts';
import type { Cloud } from './servers/cloud-pool.ts';
import type { Deps } from './shared/deps.ts';
import { pathsOf } from './shared/deps.ts';
import { Final } from './shared/failure.ts';
import { isCurrent } from './shared/heartbeat.ts';
import { sameCloud } from './shared/same-cloud.ts';

/** What Glance hashes with unless it is told otherwise (its `hashing_algorithm`). */
const usualAlgorithm = 'sha512';

/** Sendings that a service may fail. */
const mostFailures = 6;
/** Looks at what an address names: most that fail once were mistyped. */
const mostDownloadLooks = 4;

export const imageActivities = ({ clouds, host, env }: Deps) => {
  const cloudOf = ({ cloud, cloudKey }: Omit<ImagePlace, 'id'>): Cloud => sameCloud(clouds.get(cloud), cloudKey);

  return {
    /**
     * Which cloud a name is, and whose project there.
     * Effect: none. Cancel: ends at once. Permanent: UnknownCloud, CloudLoginRefused.
     */
    async findCloud(name: string | undefined): Promise<{ cloud: string; cloudKey: string }> {
      const cloud = clouds.get(name);
      await cloud.session.token();
      return { cloud: cloud.name, cloudKey: cloud.key };
    },

    /**
     * Size, format and soundness of what is to be uploaded.
     * Effect: none. Cancel: ends at once. Permanent: ImageFileUnusable, ImageFormatUnclear, ImageRefused;
     * DownloadFailed after a few tries.
     */
    async lookAtImageFile(origin: ImageOrigin, said: DiskFormat | undefined): Promise<ImageFormatLook> {
      const { info, cancellationSignal } = Context.current();
      const name = origin.from === 'url' ? new URL(origin.url).pathname : origin.path;
      return finalFrom(mostDownloadLooks, ['DownloadFailed'], info.attempt, () =>
        inspectImage(openImageFile(origin, { host }), name, said, cancellationSignal),
      );
    },

    /**
     * The machine that this worker runs on, for jobs of its user. Effect: none. Cancel: ends at once. Permanent: none.
     */
    async findFilesHost(): Promise<HostTarget> {
      return thisMachine(env);
    },

    /**
     * Makes another format of a file, as a detached job where it is.
     * Effect: one file. Key: the job's reference. A retry re-attaches. Cancel: detaches (dropConversion ends the
     * job). Permanent: ImageFileChanged, ScratchUnusable, ToolMissing, JobFailed.
     */
    async convertImage(target: HostTarget, job: JobRef, spec: ConvertSpec): Promise<void> {
      const on = host(target);
      await attend(on, pathsOf(target), job, () => startConvert(on, pathsOf(target), job, spec));
    },

    /**
     * Ends the conversion, and removes what it made and what the job left. Key: the operation. A retry finds it gone.
     * Cancel: ends at once. Permanent: CommandFailed, where the file can't be removed.
     */
    async dropConversion(target: HostTarget, operation: string, path: string): Promise<void> {
      const on = host(target);
      await removeJobs(on, pathsOf(target), operation);
      const { exitCode, stderr } = await on.run(['rm', '-f', '--', path]);
      if (exitCode === 0) return;
      const remedy = 'remove it by hand';
      const why = `${path} can't be removed: ${stderr.trim()}`;
      throw new Final(new Fault('CommandFailed', why, { where: target.name, remedy }));
    },

    /**
     * What the project has under that name, and what this Glance can do.
     * Effect: none. Cancel: ends at once. Permanent: CloudForbidden.
     */
    async lookForImages(place: Omit<ImagePlace, 'id'>, name: string): Promise<ImageSurroundings> {
      const { session } = cloudOf(place);
      const { projectId } = await session.token();
      const [all, methods] = await Promise.all([listImages(session, { ownerId: projectId }), importMethods(session)]);
      const namesakes = all
        .filter((image) => image.name === name && image.status === 'active')
        // Held again: one of another project is never set aside.
        .filter(({ ownerId }) => projectId === undefined || ownerId === projectId)
        .map(withKnownDigest);
      const algorithm = namesakes.find(({ hash }) => hash !== undefined)?.hash?.algorithm ?? usualAlgorithm;
      return { namesakes, algorithm, webDownload: methods.includes('web-download') };
    },

    /**
     * Reads all of it for its digest. Effect: none. A retry begins anew. Cancel: ends at once.
     * Permanent: ImageFileUnusable, ImageFileChanged.
     */
    async hashImageFile(origin: ImageOrigin, look: ImageFileLook, algorithm: string): Promise<ImageDigest> {
      const file = openImageFile(origin, { host });
      return digestOf(file.content(look, Context.current().cancellationSignal), algorithm, look.size);
    },

    /**
     * Makes the image, without content. Key: its id, which the workflow chose. A retry finds it. Cancel: ends at once.
     * Gives the id of the request, unless its answer went astray.
     * Permanent: CloudForbidden (public ones are for administrators in most clouds), CloudQuotaExceeded,
     * CloudRequestInvalid; CloudConflict where the id was used by another.
     */
    async createImage(place: ImagePlace, spec: ImageSpec): Promise<string | undefined> {
      const { session } = cloudOf(place);
      const there = await findImage(session, spec.id);
      if (there !== undefined) return undefined;
      try {
        return (await createImage(session, spec, { beforeSending: checkTurn })).requestId;
      } catch (error) {
        // Made by an attempt whose answer nobody had.
        const ours = isFault(error) && error.type === 'CloudConflict' ? await findImage(session, spec.id) : undefined;
        if (ours === undefined) throw withVisibility(error, spec);
        return undefined;
      }
    },

    /**
     * Sends the content. Key: the image's id. A retry waits until the sending before it has ended, and sends all of it
     * again; where the image is active by now it only hashes the file. Cancel: breaks the sending off.
     * Permanent: ImageFileChanged, ImageFileUnusable, CloudQuotaExceeded, CloudResourceNotFound; CloudFailed where the
     * service failed time after time.
     */
    async sendImage(
      place: ImagePlace,
      origin: ImageOrigin,
      look: ImageFileLook,
      { algorithm, first }: { readonly algorithm: string; readonly first: boolean },
    ): Promise<ImageSent> {
      const { info, cancellationSignal: signal } = Context.current();
      const { session } = cloudOf(place);
      // The way to the cloud comes back; what answers, and fails each time, would be sent the same for ever.
      return finalFrom(mostFailures, ['CloudFailed', 'DownloadFailed'], info.attempt, () =>
        sendImage({
          ...{ session, id: place.id, file: openImageFile(origin, { host }), look, algorithm },
          first: first && info.attempt === 1,
          signal,
        }),
      );
    },

    /**
     * Has Glance fetch the content by itself. Key: the image's id. A retry waits for the fetching that is under way.
     * Cancel: stops waiting; deleting the image ends the fetching. Permanent: CloudResourceNotFound. Where Glance can't
     * get at it, or may not, that is the result.
     */
    async importImage(place: ImagePlace, url: string): Promise<{ readonly failed?: string }> {
      const { info, cancellationSignal: signal } = Context.current();
      return importImage(cloudOf(place).session, place.id, url, { first: info.attempt === 1, signal });
    },

    /** The image as it is. Effect: none. Cancel: ends at once. Permanent: CloudResourceNotFound. */
    async readImage(place: ImagePlace): Promise<Image> {
      return withKnownDigest(await imageThere(cloudOf(place).session, place.id));
    },

    /**
     * Changes fields of an image. Key: its id and the values. A retry sets them again. Cancel: ends at once.
     * Permanent: CloudForbidden, CloudResourceNotFound.
     */
    async changeImage(place: ImagePlace, changes: ImageChanges): Promise<void> {
      await updateImage(cloudOf(place).session, place.id, changes);
    },

    /**
     * Deletes it, also where it was protected already. Key: its id. A retry finds it gone. Cancel: none, it is an undo.
     * Permanent: CloudForbidden.
     */
    async deleteImage(place: ImagePlace): Promise<void> {
      const { session } = cloudOf(place);
      if ((await findImage(session, place.id))?.protected === true)
        await updateImage(session, place.id, { protected: false });
      await deleteImage(session, place.id);
    },
  };
};

/** Faults that pass, of these types, are final from that attempt on. */
async function finalFrom<T>(
  most: number,
  types: readonly FaultType[],
  attempt: number,
  run: () => Promise<T>,
): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (isFault(error) && types.includes(error.type) && attempt >= most) throw new Final(error);
    throw error;
  }
}

/** One whose digest this worker can not make counts as one without. */
const withKnownDigest = (image: Image): Image =>
  image.hash === undefined || isKnownAlgorithm(image.hash.algorithm) ? image : { ...image, hash: undefined };

/** Made late by an attempt that has a successor, an image would stay that nobody knows of. */
function checkTurn(): void {
  if (!isCurrent()) throw new Fault('CloudFailed', 'another attempt has taken over', { arrived: 'no' });
}

function withVisibility(error: unknown, { visibility }: ImageSpec): unknown {
  if (!isFault(error) || error.type !== 'CloudForbidden' || visibility === 'private') return error;
  return new Fault('CloudForbidden', `the cloud's policy forbids this user ${visibility} images: ${error.message}`, {
    ...error.details,
    remedy: `upload it without --${visibility}, or with --shared and then add members; or use an administrator`,
  });
}
