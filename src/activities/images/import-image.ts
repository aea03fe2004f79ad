import { setTimeout as sleep } from 'node:timers/promises';
import { isFault } from '../../contracts/faults.ts';
import { importFailure, importFromWeb } from '../../systems/openstack/index.ts';
import type { Session } from '../../systems/openstack/index.ts';
import { imageThere } from './image-there.ts';
import { tell } from '../shared/heartbeat.ts';

/** Milliseconds. Glance has its task begin a moment after it took it. */
const lookEvery = 1000;
const beginsWithin = 60_000;

/** Refusals after which it is fetched through the worker: forbidden to this user, or this address to Glance. */
const refusals = ['CloudForbidden', 'CloudRequestInvalid', 'CloudResourceNotFound'];

/**
 * Waits until Glance has fetched it; `failed` says why it did not (glance, "Interoperable Image Import": the image is
 * `importing` meanwhile, and `queued` again after a failure).
 */
export async function importImage(
  session: Session,
  id: string,
  url: string,
  { first, signal }: { readonly first: boolean; readonly signal: AbortSignal },
): Promise<{ readonly failed?: string }> {
  let asked = false;
  let begun = false;
  const since = Date.now();
  for (;;) {
    const { status } = await imageThere(session, id);
    if (status === 'active') return {};
    if (status !== 'queued') begun = true;
    else {
      const why = asked || !first ? await importFailure(session, id) : undefined;
      if (why !== undefined || begun) return { failed: why ?? 'Glance gave it up and does not say why' };
      if (!asked) {
        const refused = await ask(session, id, url);
        if (refused !== undefined) return { failed: refused };
        asked = true;
      } else if (Date.now() - since > beginsWithin) return { failed: 'Glance took it and did not begin' };
    }
    tell({ note: `Glance fetches it: ${status}` });
    await sleep(lookEvery, undefined, { signal });
  }
}

/** Why it is refused; undefined where it was taken, now or before. */
async function ask(session: Session, id: string, url: string): Promise<string | undefined> {
  try {
    await importFromWeb(session, id, url);
    return undefined;
  } catch (error) {
    if (!isFault(error)) throw error;
    if (error.type === 'CloudConflict') return undefined;
    if (refusals.includes(error.type)) return error.message;
    throw error;
  }
}
