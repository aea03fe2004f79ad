import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { endingOf } from './ending.ts';
import type { Ended } from './ending.ts';
import { problemOf } from './errors.ts';
import type { View } from './render/view.ts';
import type { Sight } from './watch.ts';
import { Watch } from './watch.ts';

/** How long Temporal may be away before following gives up; the operation doesn't. Milliseconds. */
const patience = 10 * 60_000;

/**
 * Shows an operation's course until it ended. The signal ends the following, not the operation: gives undefined then.
 * `atGate` is called once for each plan that waits for approval, for whoever is there to be asked.
 */
export async function follow(
  client: Client,
  workflowId: string,
  view: View,
  signal: AbortSignal,
  atGate?: () => Promise<void>,
): Promise<Ended | undefined> {
  let asked: string | undefined;
  const watch = new Watch(client, workflowId);
  const detached = new Promise<undefined>((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
  // Told by Temporal at once, where the next look would come a second later.
  const closed = client.workflow
    .getHandle(workflowId)
    .result()
    .then(
      () => undefined,
      () => undefined,
    );
  let away: number | undefined;
  let last: Sight | undefined;
  try {
    for (;;) {
      const looking = seen(watch);
      // Should Ctrl-C come first, nobody hears any more of how the look ended.
      looking.catch(() => undefined);
      const sight = await Promise.race([looking, detached]);
      if (sight === undefined) return undefined;
      if ('unreachable' in sight) {
        if (last !== undefined) view.show({ ...last, trouble: sight.unreachable });
        else if (away === undefined) view.say(sight.unreachable);
        away ??= Date.now();
        if (Date.now() - away > patience) throw sight.error;
      } else {
        away = undefined;
        last = sight;
        view.show(sight);
        const gate = sight.ledger?.gate?.hash;
        if (gate !== undefined && atGate !== undefined && gate !== asked) {
          asked = gate;
          view.end();
          await atGate();
        }
        if (sight.status !== 'RUNNING') return await endingOf(client, workflowId, sight.ledger);
      }
      await Promise.race([pause(1000), detached, ...(away === undefined ? [closed] : [])]);
    }
  } finally {
    view.end();
  }
}

interface Away {
  readonly unreachable: string;
  readonly error: unknown;
}

/** Temporal may be away for a while: that ends no operation, so it doesn't end the following either. */
async function seen(watch: Watch): Promise<Sight | Away> {
  try {
    return await watch.look();
  } catch (error) {
    const problem = problemOf(error);
    if (problem.type !== 'TemporalUnreachable') throw error;
    return { unreachable: `${problem.message}; looking again until it is back`, error };
  }
}
