import { isFault } from '../../contracts/faults.ts';
import { instanceActionFailure } from '../../systems/openstack/index.ts';
import type { Cloud } from './cloud-pool.ts';
import type { Settled, Work } from './server-work.ts';

/** With why Nova says that the last of our requests failed, where it says so; how it ended does not hang on that. */
export async function withNovasWords({ session }: Cloud, work: Work, settled: Settled): Promise<Settled> {
  const requestId = work.requestIds.at(-1);
  if (requestId === undefined) return settled;
  try {
    const words = await instanceActionFailure(session, work.planned.id, requestId);
    if (words === undefined || settled.why?.includes(words) === true) return settled;
    return { ...settled, why: `${settled.why ?? 'it failed'}; Nova says: ${words}` };
  } catch (error) {
    if (isFault(error)) return settled;
    throw error;
  }
}
