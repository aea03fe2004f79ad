import type { Server } from '../../contracts/server.ts';
import type { ServerOutcome } from '../../contracts/server-operation.ts';
import type { LeftAlone } from '../../domain/server-verdict.ts';
import { mayBeDone } from '../../domain/server-outcome.ts';
import { listInstanceActions } from '../../systems/openstack/index.ts';
import type { Cloud } from './cloud-pool.ts';
import type { PlanStore } from './plan-store.ts';

/** What stops of ours in that cloud did, the last one of each server, from the records: Temporal has long forgotten. */
export async function outcomesOfStops(cloudKey: string, store: PlanStore): Promise<ServerOutcome[]> {
  const stops = (await store.plans()).filter(({ plan }) => plan.action === 'stop' && plan.cloudKey === cloudKey);
  const last = new Map<string, ServerOutcome>();
  for (const { key } of stops)
    for (const outcome of await store.outcomes(key)) {
      // A later stop that found it stopped already did nothing.
      if (!mayBeDone(outcome)) continue;
      const before = last.get(outcome.id);
      if (before === undefined || before.endedAt < outcome.endedAt) last.set(outcome.id, outcome);
    }
  return [...last.values()];
}

/** Milliseconds that the clocks of cloud and worker may differ by, before it has to be looked up who did it. */
const clocksDiffer = 60_000;

/**
 * Which of these servers are not as a stop of ours left them, with the reason. One that was changed since may have been
 * started and stopped by its owner: then its actions tell whose stop was the last.
 */
export async function notStoppedByUs(
  servers: readonly Server[],
  outcomes: readonly ServerOutcome[],
  { session }: Cloud,
): Promise<ReadonlyMap<string, LeftAlone>> {
  const stops = new Map(outcomes.map((outcome) => [outcome.id, outcome]));
  const found = await Promise.all(
    servers.map(async (server): Promise<[string, LeftAlone] | undefined> => {
      const stop = stops.get(server.id);
      if (stop === undefined) return [server.id, { reason: 'not stopped by us', more: '--any starts it too' }];
      if (stop.before !== 'ACTIVE') return [server.id, { reason: 'not running before our stop', more: stop.before }];
      const seen = stop.outcome === 'done';
      if (seen && Date.parse(server.updated) <= stop.endedAt + clocksDiffer) return undefined;
      const last = (await listInstanceActions(session, server.id)).find(({ action }) => action === 'stop');
      return (seen && last === undefined) || stop.requestIds.includes(last?.requestId ?? '')
        ? undefined
        : [server.id, { reason: 'stopped by somebody else since', more: `request ${last?.requestId ?? 'unknown'}` }];
    }),
  );
  return new Map(found.filter((each) => each !== undefined));
}
