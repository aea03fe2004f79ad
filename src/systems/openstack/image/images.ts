import { z } from 'zod';
import { imageFields } from '../../../contracts/image.ts';
import type { Image, ImageSpec, ImageVisibility } from '../../../contracts/image.ts';
import type { Content } from '../exchange.ts';
import { orGone } from '../or-gone.ts';
import { allPages } from '../pages.ts';
import { parseAnswer } from '../parse-answer.ts';
import type { Answered, Session } from '../session.ts';

const at = (id: string, rest = ''): string => `/images/${encodeURIComponent(id)}${rest}`;

/**
 * POST /images: an image without content, `queued`, under the id that the caller chose.
 * @throws Fault CloudConflict where that id was ever used (then it is to be read), CloudForbidden for a visibility that
 *   the policy keeps for others, CloudQuotaExceeded
 */
export async function createImage(
  session: Session,
  spec: ImageSpec,
  { beforeSending }: { readonly beforeSending?: () => void } = {},
): Promise<{ readonly image: Image; readonly requestId: string | undefined }> {
  const what = `create image ${spec.name}`;
  const { answer, requestId } = await session.call({
    service: 'image',
    method: 'POST',
    path: '/images',
    body: {
      ...spec.properties,
      id: spec.id,
      name: spec.name,
      disk_format: spec.diskFormat,
      container_format: spec.containerFormat,
      visibility: spec.visibility,
      protected: spec.protected,
      tags: spec.tags,
      min_disk: spec.minDisk,
      min_ram: spec.minRam,
    },
    what,
    beforeSending,
  });
  return { image: toImage(parseAnswer(answer, imageSchema, what)), requestId };
}

/** GET /images/{id}; undefined where there is none that the user may see. */
export async function findImage(session: Session, id: string): Promise<Image | undefined> {
  const found = await orGone(() =>
    session.read({ service: 'image', method: 'GET', path: at(id), what: `image ${id}` }, imageSchema),
  );
  return found === undefined ? undefined : toImage(found);
}

/**
 * GET /images, every page: all that the user sees, or those of one project; hidden ones only where they are asked for.
 * Not by name: Glance reads `in:a,b` and other operators in it, and what is below it compares without case or accents.
 */
export function listImages(
  session: Session,
  { ownerId: owner, hidden = false }: { readonly ownerId?: string | undefined; readonly hidden?: boolean } = {},
): Promise<Image[]> {
  return allPages(async ({ limit, marker }) => {
    const found = await session.read(
      {
        service: 'image',
        method: 'GET',
        path: '/images',
        query: { limit, marker, owner, ...(hidden ? { os_hidden: true } : {}) },
        what: 'the list of images',
      },
      page,
    );
    return { items: found.images.map(toImage), more: found.next !== undefined };
  });
}

/**
 * PUT /images/{id}/file: the whole content, once; Glance has no resuming. 204 says that it was stored.
 *
 * After one that broke off Glance works on for a moment: it may show the image as `queued` before the broken one has
 * ended, and then refuses the next at its very end with 410 ("could not be found after upload"), though the image is
 * there (observed on Zed). So the next begins only once the image has stayed `queued`, and such a 410 is tried again.
 *
 * @throws Fault CloudConflict where the image has content, or is being given some; CloudResourceNotFound where it was
 *   deleted meanwhile; CloudQuotaExceeded where it is too large or the store is full
 */
export function uploadImage(session: Session, id: string, content: Content, signal?: AbortSignal): Promise<Answered> {
  return session.upload(
    { service: 'image', method: 'PUT', path: at(id, '/file'), what: `send the content of image ${id}`, signal },
    content,
  );
}

/** What of an image is changed after it was made. */
export interface ImageChanges {
  readonly name?: string;
  readonly hidden?: boolean;
  readonly visibility?: ImageVisibility;
  readonly protected?: boolean;
}

const fields = { name: 'name', hidden: 'os_hidden', visibility: 'visibility', protected: 'protected' } as const;

/** PATCH /images/{id} (RFC 6902, Glance's media type). */
export async function updateImage(session: Session, id: string, changes: ImageChanges): Promise<Image> {
  const body = Object.entries(changes).map(([key, value]) => ({
    op: 'replace',
    path: `/${fields[key as keyof ImageChanges]}`,
    value: value as unknown,
  }));
  const found = await session.read(
    {
      service: 'image',
      method: 'PATCH',
      path: at(id),
      body,
      bodyType: 'application/openstack-images-v2.1-json-patch',
      what: `change image ${id}`,
    },
    imageSchema,
  );
  return toImage(found);
}

/** DELETE /images/{id}; false where it was gone. Throws CloudForbidden for a protected one. */
export async function deleteImage(session: Session, id: string): Promise<boolean> {
  const what = `delete image ${id}`;
  return (await orGone(() => session.call({ service: 'image', method: 'DELETE', path: at(id), what }))) !== undefined;
}

/** GET /info/import: ways to give an image its content, such as web-download; none where the cloud has no such call. */
export async function importMethods(session: Session): Promise<readonly string[]> {
  const found = await orGone(() =>
    session.read(
      { service: 'image', method: 'GET', path: '/info/import', what: 'the import methods' },
      z.object({ 'import-methods': z.object({ value: z.array(z.string()) }) }),
    ),
  );
  return found?.['import-methods'].value ?? [];
}

/** POST /images/{id}/import: Glance fetches by itself what the URL names. It is on its way when this returns. */
export async function importFromWeb(session: Session, id: string, url: string): Promise<void> {
  await session.call({
    service: 'image',
    method: 'POST',
    path: at(id, '/import'),
    body: { method: { name: 'web-download', uri: url } },
    what: `import image ${id}`,
  });
}

/** GET /images/{id}/tasks: what the last import of it failed with; undefined where the cloud does not tell. */
export async function importFailure(session: Session, id: string): Promise<string | undefined> {
  const found = await orGone(() =>
    session.read(
      { service: 'image', method: 'GET', path: at(id, '/tasks'), what: `the imports of image ${id}` },
      z.object({ tasks: z.array(z.looseObject({ status: z.string(), message: z.string().nullish() })) }),
    ),
  );
  const failed = found?.tasks.filter(({ status }) => status === 'failure').at(-1);
  return failed?.message ?? undefined;
}

const own = new Set<string>(imageFields);

const imageSchema = z.looseObject({
  id: z.string(),
  name: z.string().nullish(),
  status: z.string(),
  visibility: z.enum(['private', 'shared', 'community', 'public']),
  protected: z.boolean(),
  tags: z.array(z.string()).default([]),
  min_disk: z.number().default(0),
  min_ram: z.number().default(0),
  disk_format: z.string().nullish(),
  container_format: z.string().nullish(),
  os_hidden: z.boolean().default(false),
  size: z.number().nullish(),
  os_hash_algo: z.string().nullish(),
  os_hash_value: z.string().nullish(),
  owner: z.string().nullish(),
  created_at: z.string(),
});
const page = z.object({ images: z.array(imageSchema), next: z.string().optional() });

function toImage(found: z.output<typeof imageSchema>): Image {
  const { os_hash_algo: algorithm, os_hash_value: value } = found;
  return {
    id: found.id,
    name: found.name ?? '',
    status: found.status,
    visibility: found.visibility,
    protected: found.protected,
    tags: found.tags,
    minDisk: found.min_disk,
    minRam: found.min_ram,
    diskFormat: found.disk_format ?? undefined,
    containerFormat: found.container_format ?? undefined,
    hidden: found.os_hidden,
    size: found.size ?? undefined,
    hash: algorithm == null || value == null ? undefined : { algorithm, value },
    ownerId: found.owner ?? undefined,
    created: found.created_at,
    properties: Object.fromEntries(
      Object.entries(found).filter(
        (entry): entry is [string, string] => !own.has(entry[0]) && typeof entry[1] === 'string',
      ),
    ),
  };
}
