import type { ImageOrigin } from '../../contracts/image-upload.ts';
import type { Host } from '../../systems/host/host.ts';
import { hostFile, localFile, webFile } from '../../systems/image-files/index.ts';
import type { ImageFile } from '../../systems/image-files/index.ts';
import type { Deps } from '../shared/deps.ts';

/** The content, wherever it is; a path of this machine only to a worker that serves this machine's files. */
export function openImageFile(origin: ImageOrigin, { host }: Pick<Deps, 'host'>): ImageFile {
  if (origin.from === 'url') return webFile(origin.url);
  if (origin.from === 'machine') return localFile(origin.path);
  const on: Host = host(origin.host);
  return hostFile(on, origin.path);
}
