import { z } from 'zod';
import { imageFields } from './image.ts';
import { imageUploadTitle } from './image-upload.ts';
import type { ImageUpload } from './image-upload.ts';
import type { Operation } from './operation.ts';
import { cloudName } from './server-operation.schema.ts';

/** Formats of Glance's own schema (api-ref image v2, "disk_format"). */
export const diskFormats = [
  ...(['raw', 'qcow2', 'vmdk', 'vdi', 'vhd', 'vhdx', 'iso'] as const),
  ...(['ami', 'ari', 'aki', 'ploop'] as const),
] as const;
export const containerFormats = ['bare', 'ovf', 'ova', 'ami', 'ari', 'aki', 'docker', 'compressed'] as const;
export const visibilities = ['private', 'shared', 'community', 'public'] as const;

const path = z
  .string()
  .regex(
    /^\/[^\0]*$/,
    'HOST:/PATH is a file of a host, by its whole path; one of this machine with a colon in its name is ./NAME',
  );
const directory = z.string().regex(/^\/[^\0]*$/, 'a whole path');
const source = z.discriminatedUnion('from', [
  z.strictObject({ from: z.literal('machine'), machine: z.string().min(1), path }),
  z.strictObject({ from: z.literal('host'), host: z.string().min(1), path }),
  z.strictObject({
    from: z.literal('url'),
    url: z.url({ protocol: /^https?$/ }).refine((text) => {
      const { username, password } = new URL(text);
      return username === '' && password === '';
    }, 'an URL with a password in it would be kept with the operation: leave it out'),
  }),
]);

/** What Glance takes for its own fields it would drop without a word, or act on. */
const properties = z
  .record(z.string().min(1).max(255), z.string().max(65_535))
  .refine(
    (said) =>
      !Object.keys(said).some(
        (name) => (imageFields as readonly string[]).includes(name) || name.startsWith('os_glance_'),
      ),
    'a field of Glance itself is no property: where there is one, say its own option (--public, --protected, --min-disk)',
  );

export const imageUpload: Operation<ImageUpload> = {
  type: 'imageUpload',
  input: z
    .strictObject({
      cloud: cloudName.optional(),
      source,
      name: z
        .string()
        .trim()
        .min(1, 'say which, of 1 to 255 characters')
        .max(255, 'at most 255 characters: say a shorter one'),
      diskFormat: z.enum(diskFormats).optional(),
      containerFormat: z.enum(containerFormats).optional(),
      visibility: z.enum(visibilities).optional(),
      protected: z.boolean().optional(),
      tags: z.array(z.string().min(1).max(255)).optional(),
      minDisk: z.number().int().min(0).max(2_147_483_647).optional(),
      minRam: z.number().int().min(0).max(2_147_483_647).optional(),
      properties: properties.optional(),
      convert: z.enum(['raw', 'qcow2']).optional(),
      scratch: directory.optional(),
      replace: z.boolean().optional(),
      force: z.boolean().optional(),
    })
    .refine(({ convert, source: { from } }) => convert === undefined || from !== 'url', {
      message: 'what comes from an URL is kept nowhere, so there is nothing to convert: fetch it to a host first',
      path: ['convert'],
    }) as unknown as z.ZodType<ImageUpload>,
  approval: 'none',
  title: imageUploadTitle,
  workflowId: ({ cloud, name }) => ['image-upload', cloud, name].filter((part) => part !== undefined).join('/'),
  tags: ({ cloud }) => (cloud === undefined ? {} : { cloud }),
};
