import { z } from 'zod';
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

const path = z.string().regex(/^\/[^\0\n]*$/, 'an absolute path');
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

export const imageUpload: Operation<ImageUpload> = {
  type: 'imageUpload',
  input: z
    .strictObject({
      cloud: cloudName.optional(),
      source,
      name: z.string().trim().min(1).max(255),
      diskFormat: z.enum(diskFormats).optional(),
      containerFormat: z.enum(containerFormats).optional(),
      visibility: z.enum(visibilities).optional(),
      protected: z.boolean().optional(),
      tags: z.array(z.string().min(1).max(255)).optional(),
      minDisk: z.number().int().min(0).max(2_147_483_647).optional(),
      minRam: z.number().int().min(0).max(2_147_483_647).optional(),
      properties: z.record(z.string().min(1).max(255), z.string().max(65_535)).optional(),
      convert: z.enum(['raw', 'qcow2']).optional(),
      scratch: path.optional(),
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
