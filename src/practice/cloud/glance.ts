import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { Answer, Asked } from './answer.ts';
import { Refusal } from './answer.ts';
import type { Cloud } from './cloud.ts';
import { now } from './cloud.ts';
import type { FaultRule } from './fault-rules.ts';
import type { CloudImage } from './entities.ts';

const tooLarge = 'The incoming image is too large: The provided image is too large.';

/** As Glance refuses: a page of HTML. */
class ImageRefusal extends Refusal {
  constructor(status: number, title: string, message: string) {
    const head = `${String(status)} ${title}`;
    const page = `<html>\n <head>\n  <title>${head}</title>\n </head>\n <body>\n  <h1>${head}</h1>\n  ${message}<br /><br />\n\n\n\n </body>\n</html>`;
    super(status, message, { html: page });
  }
}
const notFound = (id: string): Refusal => new ImageRefusal(404, 'Not Found', `No image found with ID ${id}`);

const given = z.looseObject({
  id: z.uuid().optional(),
  name: z.string().nullable().default(null),
  disk_format: z.enum(['ami', 'ari', 'aki', 'vhd', 'vhdx', 'vmdk', 'raw', 'qcow2', 'vdi', 'iso', 'ploop']).nullish(),
  container_format: z.string().nullish(),
  visibility: z.enum(['private', 'shared', 'community', 'public']).default('shared'),
  protected: z.boolean().default(false),
  tags: z.array(z.string()).default([]),
  min_disk: z.number().int().default(0),
  min_ram: z.number().int().default(0),
  os_hidden: z.boolean().default(false),
});
const patch = z.array(z.object({ op: z.enum(['add', 'replace', 'remove']), path: z.string(), value: z.unknown() }));

/** /v2/images and what is below it. */
export function glance(cloud: Cloud, asked: Asked): Answer | undefined {
  if (asked.path === '/info/import' && asked.method === 'GET')
    return {
      status: 200,
      body: {
        'import-methods': { description: '', type: 'array', value: ['glance-direct', 'web-download', 'copy-image'] },
      },
    };
  const [, first, id = '', part = ''] = asked.path.split('/').map(decodeURIComponent);
  if (first !== 'images') return undefined;
  switch (`${asked.method} ${part === '' ? (id === '' ? '' : 'ID') : part}`) {
    case 'GET ':
      return list(cloud, asked);
    case 'POST ':
      return create(cloud, asked);
    case 'GET ID':
      return { status: 200, body: render(imageOf(cloud, asked, id)) };
    case 'PATCH ID':
      return change(cloud, asked, imageOf(cloud, asked, id));
    case 'DELETE ID':
      return remove(cloud, asked, id);
    case 'POST import':
      return importFromWeb(cloud, asked, imageOf(cloud, asked, id));
    case 'GET tasks':
      return { status: 200, body: { tasks: imageOf(cloud, asked, id).tasks ?? [] } };
    default:
      return undefined;
  }
}

function imageOf(cloud: Cloud, { admin, user }: Asked, id: string): CloudImage {
  const found = cloud.images.get(id);
  const seen = found !== undefined && (admin || found.owner === user.project.id || found.visibility === 'public');
  if (!seen || found.status === 'deleted') throw notFound(id);
  return found;
}

function list(cloud: Cloud, asked: Asked): Answer {
  const { query, admin, user } = asked;
  const [name, status, owner] = [query.get('name'), query.get('status'), query.get('owner')];
  const hidden = query.get('os_hidden')?.toLowerCase() === 'true';
  const seen = [...cloud.images.values()].filter(
    (image) =>
      image.status !== 'deleted' &&
      image.hidden === hidden &&
      (admin || image.owner === user.project.id || image.visibility === 'public') &&
      (name === null || image.name === name) &&
      (owner === null || image.owner === owner) &&
      (status === null || image.status === status),
  );
  const marker = query.get('marker');
  const from = marker === null ? 0 : seen.findIndex(({ id }) => id === marker) + 1;
  if (marker !== null && from === 0) throw new ImageRefusal(400, 'Bad Request', `No image found with ID ${marker}`);
  const limit = Math.min(1000, Number(query.get('limit') ?? 25));
  const page = seen.slice(from, from + limit);
  const next = page.length === limit ? { next: `/v2/images?marker=${page.at(-1)?.id ?? ''}` } : {};
  return {
    status: 200,
    body: { images: page.map(render), first: '/v2/images', schema: '/v2/schemas/images', ...next },
  };
}

function create(cloud: Cloud, asked: Asked): Answer {
  const parsed = given.safeParse(asked.body);
  if (!parsed.success)
    throw new ImageRefusal(
      400,
      'Bad Request',
      `Provided object does not match schema &#x27;image&#x27;: ${parsed.error.issues[0]?.message ?? ''}`,
    );
  const {
    id = randomUUID(),
    name,
    disk_format: diskFormat = null,
    container_format: containerFormat = null,
    ...more
  } = parsed.data;
  const { visibility, protected: isProtected, tags, min_disk: minDisk, min_ram: minRam, os_hidden: hidden } = more;
  // Also one that was deleted: Glance keeps the rows.
  if (cloud.images.has(id)) throw new ImageRefusal(409, 'Conflict', `Image ID ${id} already exists!`);
  if (visibility === 'public' && !asked.admin)
    throw new ImageRefusal(403, 'Forbidden', 'You are not authorized to complete publicize_image action.');
  const own = ['visibility', 'protected', 'tags', 'min_disk', 'min_ram', 'os_hidden'];
  const properties = Object.entries(more).filter(([key, value]) => !own.includes(key) && typeof value === 'string');
  const image: CloudImage = {
    ...{ id, name, diskFormat, containerFormat, visibility, protected: isProtected, tags, minDisk, minRam, hidden },
    properties: Object.fromEntries(properties) as Record<string, string>,
    owner: asked.user.project.id,
    status: 'queued',
    created: now(),
  };
  cloud.images.set(id, image);
  note(cloud, asked, image, 'create image');
  return { status: 201, body: render(image) };
}

function change(cloud: Cloud, asked: Asked, image: CloudImage): Answer {
  for (const { op, path, value } of patch.parse(asked.body)) {
    const key = path.slice(1);
    if (key === 'name') image.name = z.string().parse(value);
    else if (key === 'os_hidden') image.hidden = z.boolean().parse(value);
    else if (key === 'protected') image.protected = z.boolean().parse(value);
    else if (key === 'visibility') image.visibility = given.shape.visibility.parse(value);
    else if (op === 'remove')
      image.properties = Object.fromEntries(Object.entries(image.properties).filter(([each]) => each !== key));
    else image.properties[key] = z.string().parse(value);
  }
  note(cloud, asked, image, 'change image');
  return { status: 200, body: render(image) };
}

function remove(cloud: Cloud, asked: Asked, id: string): Answer {
  const image = cloud.images.get(id);
  if (image === undefined || image.status === 'deleted')
    throw new ImageRefusal(404, 'Not Found', `Failed to find image ${id} to delete`);
  if (image.protected) throw new ImageRefusal(403, 'Forbidden', `Image ${id} is protected and cannot be deleted.`);
  image.status = 'deleted';
  note(cloud, asked, image, 'delete image');
  return { status: 204 };
}

const wanted = z.object({ method: z.object({ name: z.string(), uri: z.url().optional() }) });

/** POST /v2/images/{id}/import: fetches it, after this was answered. */
function importFromWeb(cloud: Cloud, asked: Asked, image: CloudImage): Answer {
  const { name, uri } = wanted.parse(asked.body).method;
  if (name !== 'web-download' || uri === undefined)
    throw new ImageRefusal(400, 'Bad Request', `Unknown import method name '${name}'.`);
  if (image.status !== 'queued')
    throw new ImageRefusal(409, 'Conflict', `Image needs to be in 'queued' state to use 'web-download' method.`);
  image.status = 'importing';
  void fetchContent(uri).then(
    (bytes) => store(cloud, asked, image, bytes),
    (error: unknown) => {
      image.status = 'queued';
      const message = `Task failed due to Internal Error: ${(error as Error).message}`;
      image.tasks = [
        ...(image.tasks ?? []),
        { id: randomUUID(), type: 'api_image_import', status: 'failure', message },
      ];
    },
  );
  return { status: 202 };
}

async function fetchContent(uri: string): Promise<Uint8Array> {
  const response = await fetch(uri);
  if (!response.ok) throw new Error(`HTTP Error ${String(response.status)}: ${response.statusText}`);
  return new Uint8Array(await response.arrayBuffer());
}

function store(cloud: Cloud, asked: Asked, image: CloudImage, bytes: Uint8Array): void {
  const digest = (algorithm: string): string => createHash(algorithm).update(bytes).digest('hex');
  Object.assign(image, { status: 'active', size: bytes.length, sha512: digest('sha512'), md5: digest('md5') });
  note(cloud, asked, image, 'store image');
}

/**
 * PUT /v2/images/{id}/file. Keeps the digest, not the bytes. A body that breaks off leaves the image `queued` again, as
 * Glance does; so does what the rule's `cut` says: so many bytes are taken, then the connection is dropped.
 */
export async function receive(
  cloud: Cloud,
  asked: Asked,
  id: string,
  bytes: AsyncIterable<Uint8Array>,
  { cut = Infinity, leaves, pace, corrupt = false }: Partial<FaultRule> = {},
): Promise<Answer | 'dropped'> {
  const image = imageOf(cloud, asked, id);
  if (image.status !== 'queued')
    throw new ImageRefusal(409, 'Conflict', `Image status transition from ${image.status} to saving is not allowed`);
  image.status = 'saving';
  const [sha512, md5] = [createHash('sha512'), createHash('md5')];
  let size = 0;
  try {
    for await (const chunk of bytes) {
      size += chunk.length;
      if (pace !== undefined) await sleep((chunk.length / pace) * 1000);
      sha512.update(chunk);
      md5.update(chunk);
      if (size >= cut) break;
      if (size > cloud.settings.imageSizeCap) throw new ImageRefusal(413, 'Request Entity Too Large', tooLarge);
    }
  } catch (error) {
    broken(image, 'queued');
    if (error instanceof Refusal) throw error;
    return 'dropped';
  }
  if (size >= cut || size !== Number(asked.headers['content-length'] ?? size)) {
    broken(image, leaves ?? 'queued');
    return 'dropped';
  }
  if (image.status !== 'saving')
    throw new ImageRefusal(
      410,
      'Gone',
      `Image ${id} could not be found after upload. The image may have been deleted.`,
    );
  if (corrupt) sha512.update('another byte');
  Object.assign(image, { status: 'active', size, sha512: sha512.digest('hex'), md5: md5.digest('hex') });
  note(cloud, asked, image, 'store image');
  return { status: 204 };
}

/** One that was deleted meanwhile stays so. */
function broken(image: CloudImage, status: CloudImage['status']): void {
  if (image.status === 'saving') image.status = status;
}

function note(cloud: Cloud, { requestId }: Asked, { id, name }: CloudImage, action: string): void {
  cloud.effects.push({ server: id, name: name ?? '', action, requestId, at: Date.now() });
}

const render = (image: CloudImage): Record<string, unknown> => ({
  ...image.properties,
  name: image.name,
  disk_format: image.diskFormat,
  container_format: image.containerFormat,
  visibility: image.visibility,
  size: image.size ?? null,
  virtual_size: null,
  status: image.status,
  checksum: image.md5 ?? null,
  protected: image.protected,
  min_ram: image.minRam,
  min_disk: image.minDisk,
  owner: image.owner,
  os_hidden: image.hidden,
  os_hash_algo: image.sha512 === undefined ? null : 'sha512',
  os_hash_value: image.sha512 ?? null,
  id: image.id,
  created_at: image.created,
  updated_at: image.created,
  tags: image.tags,
  self: `/v2/images/${image.id}`,
  file: `/v2/images/${image.id}/file`,
  schema: '/v2/schemas/image',
});
