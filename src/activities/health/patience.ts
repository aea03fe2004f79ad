import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { isFault } from '../../contracts/faults.ts';
import { formatDuration } from '../../domain/format.ts';

/** A host that does not answer at once may only be busy; seconds between the tries. */
const tries = 3;
const between = 3;

/** Looks, and looks again where what was in the way may pass. @throws what the last look threw */
export async function withPatience<T>(look: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await look();
    } catch (error) {
      const passes = isFault(error) && !error.permanent && !signal.aborted;
      if (!passes || attempt === tries) throw error;
      await sleep(between * 1000, undefined, { signal }).catch(() => undefined);
    }
  }
}

/** One answer for several who ask at once; what failed is asked for again. */
export function onceFor<T>(ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  return () =>
    (answer ??= ask().catch((error: unknown) => {
      answer = undefined;
      throw error;
    }));
}

/** So many seconds for a place, or until a cancel. `why` says of what was thrown then why it was. */
export function deadlineOf(
  seconds: number,
  cancelled: AbortSignal,
): { readonly signal: AbortSignal; readonly late: () => boolean; readonly why: (error: unknown) => string } {
  const signal = AbortSignal.any([cancelled, AbortSignal.timeout(seconds * 1000)]);
  // Whoever is asked meanwhile listens to it, and those may be many.
  setMaxListeners(0, signal);
  const late = (): boolean => signal.aborted && !cancelled.aborted;
  return {
    signal,
    late,
    why: (error) => (late() ? `it took longer than ${formatDuration(seconds * 1000)}` : (error as Error).message),
  };
}
