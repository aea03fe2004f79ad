import { Fault } from '../../contracts/faults.ts';
import type { Image } from '../../contracts/image.ts';
import { findImage } from '../../systems/openstack/index.ts';
import type { Session } from '../../systems/openstack/index.ts';

/** The image that this upload made. @throws Fault CloudResourceNotFound where somebody deleted it meanwhile */
export async function imageThere(session: Session, id: string): Promise<Image> {
  const image = await findImage(session, id);
  if (image !== undefined) return image;
  throw new Fault('CloudResourceNotFound', `image ${id} is gone: somebody deleted it under the upload`);
}
