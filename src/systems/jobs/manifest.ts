import { createHash } from 'node:crypto';
import { z } from 'zod';
import { checkFormat } from '../../contracts/format.ts';
import type { Manifest } from '../../contracts/vm.ts';

const count = z.number().int().nonnegative();
/** A plain name: no way out of the backup's directory. */
export const fileName = z
  .string()
  .regex(/^[^/\0]+$/)
  .refine((name) => name !== '.' && name !== '..');

/** manifest.json as it is read back: from a share, so from outside. */
const manifestSchema: z.ZodType<Manifest> = z.object({
  format: z.literal(1),
  operation: z.string(),
  takenAt: z.iso.datetime(),
  host: z.string(),
  vm: z.object({ name: z.string().min(1), uuid: z.guid(), autostart: z.boolean(), wasRunning: z.boolean() }),
  archives: z.array(
    z.object({
      file: fileName,
      source: z.object({
        path: z.string().startsWith('/'),
        kind: z.enum(['file', 'block', 'directory']),
        role: z.enum(['disk', 'backing', 'nvram', 'tpm']),
        target: z.string().exactOptional(),
        format: z.string().exactOptional(),
        size: count,
        allocated: count,
        archive: fileName,
      }),
      compression: z.enum(['zstd', 'gzip', 'none']),
      digest: z.string().regex(/^[0-9a-f]{64}$/),
      streamBytes: count,
      archiveBytes: count,
    }),
  ),
  files: z.record(fileName, z.string()),
  verified: z.enum(['read', 'compare', 'none']),
  tools: z.record(z.string(), z.string()),
});

/** manifest.json as it is written: with a digest of all the rest of it, since everything else is held against it. */
export function manifestText(manifest: Manifest): string {
  return `${JSON.stringify({ ...manifest, digest: digestOf(manifest) }, null, 2)}\n`;
}

/**
 * A sentence instead, where it is not what was written.
 * @throws NewerFormat
 */
export function parseManifest(text: string, where: string): Manifest | string {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return 'it is not JSON';
  }
  checkFormat('manifest', json, where);
  const parsed = manifestSchema.safeParse(json);
  if (!parsed.success) return z.prettifyError(parsed.error).split('\n').slice(0, 3).join(' ');
  const { digest, ...rest } = json as Manifest & { digest?: unknown };
  return digest === digestOf(rest) ? parsed.data : 'it holds other data than was written: its digest is another';
}

const digestOf = (manifest: Manifest): string => createHash('sha256').update(JSON.stringify(manifest)).digest('hex');
