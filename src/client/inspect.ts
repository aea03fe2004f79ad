import type { Client } from '@temporalio/client';
import { Fault } from '../contracts/faults.ts';
import { inspect } from '../contracts/inspect.schema.ts';
import type { Inspect, InspectResults } from '../contracts/inspect.ts';
import type { Report } from '../contracts/operation.ts';
import { siteQueue, startWorker, unserved } from '../contracts/operation.ts';
import { endingOf } from './ending.ts';
import { Failed } from './errors.ts';
import { hasWorker } from './queues.ts';
import { startOperation } from './start.ts';
import { Watch, failsAtIt, noWorker } from './watch.ts';
import type { Sight } from './watch.ts';

export interface InspectOptions {
  readonly story: (line: string) => void;
  /** Milliseconds for the whole look, and for one that keeps failing: nobody waits longer for a refused connection. */
  readonly within?: number;
  readonly failingWithin?: number;
}

/** Milliseconds for a site that has no worker: one that is only being started again is there by then. */
const unservedWithin = 15_000;

/** One look through a worker. Throws NoWorker, HostUnreachable where the time is up, or what the worker found. */
export async function runInspect<W extends Inspect['what']>(
  client: Client,
  input: Extract<Inspect, { what: W }>,
  { story, within = 150_000, failingWithin = 45_000 }: InspectOptions,
): Promise<InspectResults[W]> {
  if (!(await hasWorker(client))) throw new Fault('NoWorker', 'no worker is there to look for us');
  const workflowId = await startOperation(client, inspect, input as Inspect);
  const ended = endingOf(client, workflowId);
  // It is awaited below; until then it must not count as unhandled.
  ended.catch(() => undefined);
  const watch = new Watch(client, workflowId);
  const began = Date.now();
  let told = '';
  for (let tries = 0; ; tries += 1) {
    const end = await Promise.race([ended, moment(tries === 0 ? 3000 : 2000)]);
    if (end !== undefined) {
      if (end.outcome !== 'done') throw new Failed(end.failure ?? { type: 'Unexpected', message: end.summary });
      return (end.report as Report<InspectResults[W]>).result as InspectResults[W];
    }
    const sight = await watch.look().catch(() => undefined);
    const why = waitsFor(sight);
    const line = why === '' ? 'looking …' : `waiting: ${why}`;
    if (line !== told) story(line);
    told = line;
    const waited = Date.now() - began;
    const site = sight?.unservedSite;
    if (waited > (why === '' ? within : site === undefined ? failingWithin : unservedWithin)) {
      await client.workflow.getHandle(workflowId).cancel();
      if (site !== undefined)
        throw new Fault('NoWorker', `${unserved} ${siteQueue(site)}`, {
          ...('host' in input ? { where: input.host } : {}),
          remedy: startWorker(site),
        });
      const passed = `no answer within ${String(Math.round(waited / 1000))} s`;
      throw new Fault('HostUnreachable', `${passed}${why === '' ? '' : `: ${why}`}`, {
        ...('host' in input ? { where: input.host } : {}),
        remedy: 'see the reason; stackhand doctor checks the host and the worker',
      });
    }
  }
}

/** What keeps it, in a sentence. */
function waitsFor(sight: Sight | undefined): string {
  if (sight === undefined) return '';
  const failing = sight.pending.find((activity) => activity.failure !== undefined);
  if (failing !== undefined) return failing.failure ?? '';
  if (sight.trouble === noWorker) return 'the worker has gone';
  // One that is only busy is waited for.
  const told = sight.trouble === failsAtIt || sight.unservedSite !== undefined;
  return (told ? sight.trouble : sight.ledger?.note) ?? '';
}

/** Doesn't keep the process alive: the connection does, as long as there is something to wait for. */
const moment = (milliseconds: number): Promise<undefined> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds, undefined).unref());
