import { uuid4 } from '@temporalio/workflow';
import type { Image, ImageSpec } from '../contracts/image.ts';
import { filesSite } from '../contracts/operation.ts';
import { imageUploadTitle } from '../contracts/image-upload.ts';
import type {
  ImageFormatLook,
  ImageOrigin,
  ImagePlace,
  ImageSource,
  ImageUpload,
  ImageUploadResult,
} from '../contracts/image-upload.ts';
import { formatBytes } from '../domain/format.ts';
import { imageDrift } from '../domain/images/image-drift.ts';
import { checkContent } from './images/check-content.ts';
import { convert } from './images/convert.ts';
import type { Converted } from './images/convert.ts';
import { findSame } from './images/find-same.ts';
import { makeImage } from './images/give-content.ts';
import { setAside } from './images/set-aside.ts';
import { operate } from './shared/operate.ts';
import type { Ended, Op } from './shared/op.ts';

/** Uploads an image, and proves that the cloud has what the file has. */
export const imageUpload = operate<ImageUpload, ImageUploadResult>(imageUploadTitle, async (input, op) => {
  op.plan(stepsOf(input));
  const named = await originOf(input.source, op);
  const seen = await op.step('Look at the file', async (at, item) => {
    const found = await at.lookAtImageFile(named, input.diskFormat);
    item.why = lookText(found);
    return found;
  });
  const place = await op.step('Find the cloud', (at) => at.findCloud(input.cloud));
  op.story.tag({ cloud: place.cloud });
  // Two at once of one name would both find nothing, and leave two.
  await op.lock(`image/${place.cloudKey}/${input.name}`);
  const { namesakes, algorithm, webDownload } = await op.step(`Look for ${input.name}`, async (at, item) => {
    const found = await at.lookForImages(place, input.name);
    item.why = `${String(found.namesakes.length)} of that name`;
    return found;
  });

  const { origin, look, letGo } = await convert(input, named, seen, op);
  const same = input.force === true ? undefined : await findSame(namesakes, origin, look, op);
  if (same !== undefined) {
    op.plan([]);
    return recognised(same, namesakes, input, { ...place, look, letGo }, op);
  }

  const spec = specOf(input, look);
  const ids = [uuid4(), uuid4(), uuid4()];
  const byGlance = webDownload && origin.from === 'url';
  const {
    place: made,
    made: undo,
    sent,
  } = await makeImage({ origin, look, spec, algorithm, byGlance }, place, ids, op);
  const image = await checkContent({ place: made, origin, look, sent }, op);
  if (input.protected === true) await op.step('Protect it', (at) => at.changeImage(made, { protected: true }));
  // From here on it stays, whatever becomes of those that it replaces.
  undo.settle();
  const { replaced, remarks } = await tidyUp(input.replace === true ? namesakes : [], made, letGo, op);
  const proven = `${formatBytes(look.size)}, ${provenText(image, sent !== undefined)}`;
  return {
    summary: [`${input.name} is image ${image.id} in ${place.cloud}: ${proven}`, ...remarks].join('; '),
    result: { cloud: place.cloud, image: { ...image, protected: input.protected === true }, sent: true, replaced },
    ...(remarks.length === 0 ? {} : { outcome: 'partial' }),
  };
});

/** The image is there: what is left is done to the end, whoever cancels now, and what of it fails is a remark. */
function tidyUp(
  namesakes: readonly Image[],
  successor: ImagePlace,
  letGo: Converted['letGo'],
  op: Op,
): Promise<{ readonly replaced: ImageUploadResult['replaced']; readonly remarks: readonly string[] }> {
  return op.toTheEnd(async () => {
    const { replaced, kept } = await setAside(namesakes, successor, op);
    const left = await letGo();
    return {
      replaced,
      remarks: [...kept.map((each) => `not set aside: ${each}`), ...(left === undefined ? [] : [left])],
    };
  });
}

/** What is to come, as far as it can be told before anything was looked at. */
const stepsOf = ({ name, convert: to, protected: guarded }: ImageUpload): string[] => [
  'Look at the file',
  'Find the cloud',
  `Look for ${name}`,
  ...(to === undefined ? [] : [`Convert to ${to}`]),
  ...['Create the image', 'Send the content', 'Read it back'],
  ...(guarded === true ? ['Protect it'] : []),
];

/** A worker that reaches the file does it all: what it reads goes straight to the cloud. */
async function originOf(source: ImageSource, op: Op): Promise<ImageOrigin> {
  if (source.from === 'machine') op.useSite(filesSite(source.machine));
  if (source.from !== 'host') return source;
  const host = await op.step(`Find host ${source.host}`, (at) => at.resolveHost(source.host));
  op.useSite(host.site);
  return { ...source, host };
}

function lookText({ diskFormat, size, virtualSize, unseen }: ImageFormatLook): string {
  const blind = unseen === true ? ', whether it is whole can not be seen: the server gives no parts of it' : '';
  return `${diskFormat}, ${formatBytes(size)}${virtualSize === undefined ? '' : `, a disk of ${formatBytes(virtualSize)}`}${blind}`;
}

function specOf(input: ImageUpload, { diskFormat }: ImageFormatLook): Omit<ImageSpec, 'id'> {
  return {
    name: input.name,
    diskFormat,
    containerFormat: input.containerFormat ?? 'bare',
    visibility: input.visibility ?? 'private',
    // A protected one could not be deleted should it fail: that comes last.
    protected: false,
    tags: input.tags ?? [],
    minDisk: input.minDisk ?? 0,
    minRam: input.minRam ?? 0,
    properties: input.properties ?? {},
  };
}

const provenText = ({ hash }: Image, sent: boolean): string => {
  const digest = hash === undefined ? 'not hashed by this Glance' : `${hash.algorithm} ${hash.value.slice(0, 12)}…`;
  return sent ? `${digest} as sent` : `${digest} as Glance fetched it`;
};

/** Nothing is sent; what was wanted of the image beside its content is held against it, and told. */
async function recognised(
  same: Image,
  namesakes: readonly Image[],
  input: ImageUpload,
  { cloud, cloudKey, look, letGo }: Omit<ImagePlace, 'id'> & Pick<Converted, 'look' | 'letGo'>,
  op: Op,
): Promise<Ended<ImageUploadResult>> {
  const drift = imageDrift(same, input, look.diskFormat);
  const successor = { cloud, cloudKey, id: same.id };
  const { replaced, remarks } = await tidyUp(input.replace === true ? namesakes : [], successor, letGo, op);
  const told = drift.length === 0 ? [] : [`it differs: ${drift.join('; ')}`];
  const nothing = `Nothing to send: image ${same.id} in ${cloud} has that name and the same content`;
  return {
    summary: [nothing, ...told, ...remarks].join('; '),
    result: { cloud, image: same, sent: false, replaced },
    ...(drift.length + remarks.length === 0 ? {} : { outcome: 'partial' }),
  };
}
