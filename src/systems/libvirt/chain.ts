import { posix } from 'node:path';
import { z } from 'zod';
import { Fault } from '../../contracts/faults.ts';
import type { Host } from '../host/host.ts';
import { runScript, commandFailed } from './virsh.ts';

/** One image of a chain: the disk's own, or a backing file. */
export interface ChainLink {
  readonly path: string;
  readonly format: string;
}

/** The links from the disk's own image down, or why the chain can't be archived, after a disk's name. */
export type Chain = { readonly links: readonly ChainLink[] } | { readonly refusal: string };

/** The part of `qemu-img info --output=json --backing-chain` that is used. */
const imageInfo = z.object({
  filename: z.string(),
  format: z.string(),
  'full-backing-filename': z.string().optional(),
  'backing-filename': z.string().optional(),
  'format-specific': z
    .object({
      data: z
        .object({
          'data-file': z.string().optional(),
          extents: z.array(z.object({ filename: z.string() })).optional(),
        })
        .optional(),
    })
    .optional(),
});
type ImageInfo = z.infer<typeof imageInfo>;

/**
 * What images consist of. Paths as the domain has them, unresolved: qemu reads a relative backing path from the
 * directory of the name it was given, and libvirt does the same. One round trip; headers only are read.
 *
 * @throws Fault ToolMissing where the host has no qemu-img
 */
export async function readChains(host: Host, images: readonly ChainLink[]): Promise<Chain[]> {
  if (images.length === 0) return [];
  const args = images.flatMap(({ format, path }) => [format, path]);
  const result = await runScript(host, 'chains.sh', args, { maxOutput: 64 * 1024 * 1024 }).catch((error: unknown) => {
    throw missingQemuImg(host, error);
  });
  if (result.exitCode !== 0) throw commandFailed(host, 'qemu-img could not be asked', result);
  const fields = result.stdout.split('\0');
  return images.map((image, index) => {
    const [json, code, messages] = fields.slice(index * 3, index * 3 + 3);
    if (code === undefined || messages === undefined)
      throw new Fault('CommandFailed', `What qemu-img on ${host.name} said ends in the middle.`, { where: host.name });
    return code === '0'
      ? readChain(image, json ?? '')
      : { refusal: `qemu-img can't read ${image.path}: ${messages.replace(/^qemu-img: /, '')}` };
  });
}

/** `json` as `qemu-img info --backing-chain` printed it for the image. */
export function readChain(image: ChainLink, json: string): Chain {
  const infos = readInfos(image, json);
  const links: ChainLink[] = [];
  for (const [index, info] of infos.entries()) {
    const path = index === 0 ? image.path : localPath(info.filename, links[index - 1]!.path);
    if (path === undefined) return { refusal: `its backing file ${info.filename} is not a plain file of the host` };
    const other = outsideFile(info, path);
    if (other !== undefined) return { refusal: `${path} keeps its data in another file (${other})` };
    links.push({ path, format: info.format });
  }
  return { links };
}

function readInfos({ path }: ChainLink, json: string): ImageInfo[] {
  try {
    return z.array(imageInfo).nonempty().parse(JSON.parse(json));
  } catch (error) {
    throw new Fault('CommandFailed', `What qemu-img says of ${path} can't be read.`, {}, { cause: error });
  }
}

/** The absolute path of what qemu calls a file; undefined for network and other protocols. */
function localPath(filename: string, parent: string): string | undefined {
  if (filename.startsWith('json:')) {
    const path = jsonPath(filename.slice('json:'.length));
    return path === undefined ? undefined : localPath(path, parent);
  }
  const path = filename.startsWith('file:') ? filename.slice('file:'.length) : filename;
  // As qemu's path_has_protocol: a colon before any slash.
  if (path === '' || /^[^/]*:/.test(path)) return undefined;
  return path.startsWith('/') ? path : posix.join(posix.dirname(parent), path);
}

const fileNode = z.object({ driver: z.enum(['file', 'host_device']), filename: z.string() });
const jsonNode = z.union([
  z.object({ driver: z.string().optional(), file: fileNode.strict() }).strict(),
  z
    .object({
      driver: z.string().optional(),
      'file.driver': z.enum(['file', 'host_device']),
      'file.filename': z.string(),
    })
    .strict(),
  fileNode.strict(),
]);

/** A `json:` name that says nothing but a driver and a file; anything more may change what is read. */
function jsonPath(json: string): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return undefined;
  }
  const { success, data } = jsonNode.safeParse(value);
  if (!success) return undefined;
  if ('filename' in data) return data.filename;
  return 'file' in data ? data.file.filename : data['file.filename'];
}

/** qcow2's external data file, or a VMDK's extent: a second file that holds what this one only describes. */
function outsideFile(info: ImageInfo, path: string): string | undefined {
  const data = info['format-specific']?.data;
  const extent = data?.extents?.find(({ filename }) => filename !== info.filename && filename !== path);
  return data?.['data-file'] ?? extent?.filename;
}

function missingQemuImg(host: Host, error: unknown): unknown {
  if ((error as Fault).type !== 'ToolMissing') return error;
  return new Fault('ToolMissing', `qemu-img is not installed on ${host.name}, and not all disks are raw.`, {
    where: host.name,
    remedy: 'install qemu-utils (Debian, Ubuntu) or qemu-img (Red Hat) on the host',
  });
}
