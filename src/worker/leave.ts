import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import type { Build } from './build.ts';

export interface Leaving {
  readonly build: Pick<Build, 'name' | 'pinned' | 'serving' | 'present'>;
  readonly identity: string;
  /** Ends what shows the others that this one stays. */
  readonly endPresence: () => Promise<void>;
  /** Each with the types of workflows that need it; without types, all do. */
  readonly queues: readonly { readonly queue: string; readonly types?: readonly string[] }[];
  readonly say: (line: string) => void;
  /** Somebody wants it to go whatever there is. */
  readonly now: AbortSignal;
  /** Milliseconds between two looks. */
  readonly every?: number;
}

/** Of the operations that are named. */
const named = 20;

/**
 * Returns when this worker may stop: no operation is pinned to its build, another worker of the build serves what it
 * serves, or `now`, also where Temporal gives no answer. Until then it says what is in the way, and what to do, each time
 * that is something else.
 */
export async function untilItMayLeave(leaving: Leaving): Promise<void> {
  const { now } = leaving;
  if (now.aborted) return;
  await Promise.race([untilNotNeeded(leaving), once(now, 'abort')]);
}

/**
 * It ends its presence before it looks for others, and counts on those alone that show theirs again after that: of two
 * that go at once, at least one then counts on none.
 */
async function untilNotNeeded(leaving: Leaving): Promise<void> {
  const { build, endPresence, say, now, every = 2000 } = leaving;
  let before: ReadonlyMap<string, number> | undefined;
  let told = '';
  while (!now.aborted) {
    let why: string;
    try {
      const pinned = await build.pinned();
      if (pinned.length === 0) break;
      if (before === undefined) {
        await endPresence();
        before = await build.present();
      }
      const waiting = await needThisOne(pinned, leaving, before);
      if (waiting.length === 0) break;
      why = sentences(waiting, build.name);
    } catch (error) {
      why = `it can't be told which operations need this worker: ${(error as Error).message}`;
    }
    if (why !== told && !now.aborted) say(`${why}\n  → a second signal stops this worker at once`);
    told = why;
    await pause(every, undefined, { signal: now }).catch(() => undefined);
  }
}

/** Those that nobody else would go on with. */
async function needThisOne(
  pinned: Awaited<ReturnType<Build['pinned']>>,
  { build, identity, queues }: Leaving,
  before: ReadonlyMap<string, number>,
): Promise<string[]> {
  const alone: Leaving['queues'][number][] = [];
  const present = [...(await build.present())];
  const staying = present.filter(([other, seen]) => other !== identity && seen > (before.get(other) ?? 0));
  for (const each of queues) {
    const serving = await build.serving(each.queue);
    if (!staying.some(([other]) => serving.has(other))) alone.push(each);
  }
  return pinned
    .filter(({ type }) => alone.some(({ types }) => types === undefined || types.includes(type)))
    .map(({ workflowId }) => workflowId);
}

function sentences(waiting: readonly string[], build: string): string {
  const count = waiting.length === 1 ? '1 operation is' : `${String(waiting.length)} operations are`;
  return [
    `${count} pinned to ${build}, and no other worker of it has shown that it stays; this one goes on until one has, or they have ended:`,
    ...waiting.slice(0, named).map((workflowId) => `  ${workflowId}`),
    ...(waiting.length > named ? [`  and ${String(waiting.length - named)} more`] : []),
    '  → wait; or start another worker with the same --deployment and --build-id',
  ].join('\n');
}
