import { isFault } from '../../contracts/faults.ts';

/** What the call gives, or undefined where the cloud answers that there is no such thing. */
export async function orGone<T>(call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call();
  } catch (error) {
    if (isFault(error) && error.type === 'CloudResourceNotFound') return undefined;
    throw error;
  }
}
