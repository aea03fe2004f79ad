import { CancellationScope, isCancellation } from '@temporalio/workflow';
import type { Item } from '../../contracts/operation.ts';
import { failureText } from './failure.ts';
import type { Op } from './op.ts';

export interface Failed<T> {
  readonly thing: T;
  /** The failure's type. */
  readonly type: string;
  readonly why: string;
}

/**
 * Runs one piece of work for each item, so many at a time. What fails doesn't stop the rest; a cancel begins nothing
 * new, and lets what is in flight come to its end.
 */
export async function each<T extends { readonly id: string; readonly name: string; readonly action: string }>(
  op: Op,
  things: readonly T[],
  parallel: number,
  run: (thing: T, item: Item) => Promise<void>,
): Promise<{ done: readonly T[]; failed: readonly Failed<T>[] }> {
  const queue = things.map((thing) => ({ thing, item: op.story.item(thing.id, thing.name, thing.action) }));
  op.story.tell();
  const done: T[] = [];
  const failed: Failed<T>[] = [];
  let cancelled: Error | undefined;

  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const { thing, item } = next;
      await op.whilePaused();
      if (CancellationScope.current().consideredCancelled) return;
      item.state = 'running';
      item.startedAt = Date.now();
      op.story.tell();
      try {
        await run(thing, item);
        item.state = 'done';
        done.push(thing);
      } catch (error) {
        if (error instanceof Error && isCancellation(error)) cancelled = error;
        const { type, message, remedy } = failureText(error);
        item.state = 'failed';
        item.why = remedy === undefined ? message : `${message} → ${remedy}`;
        failed.push({ thing, type, why: message });
      }
      item.endedAt = Date.now();
      op.story.tell();
    }
  };
  const workers = Array.from({ length: Math.max(1, parallel) }, worker);
  // Each ends by itself; one that throws (a cancel during a pause) must not leave the others unawaited.
  for (const result of await Promise.allSettled(workers)) {
    if (result.status === 'rejected') cancelled = result.reason as Error;
  }
  if (cancelled !== undefined && CancellationScope.current().consideredCancelled) throw cancelled;
  return { done, failed };
}
