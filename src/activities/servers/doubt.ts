import type { Server } from '../../contracts/server.ts';
import { listInstanceActions } from '../../systems/openstack/index.ts';
import type { Cloud } from './cloud-pool.ts';
import type { Driver, Settled, Work } from './server-work.ts';

/** Milliseconds: a request that broke off may still be on its way to Nova. */
const doubtFor = 5000;

/**
 * Whether it is known by now what became of a request that may have been made: then the server counts as asked, or as
 * open to be asked (again). False while nothing can be said.
 */
export async function resolvedDoubt(
  cloud: Cloud,
  driver: Driver,
  work: Work,
  seen: Server | undefined,
): Promise<boolean> {
  const inFlight = seen !== undefined && seen.taskState !== null;
  if (driver.reached(work, seen) || inFlight || (await oursSince(cloud, driver, work)) !== undefined) {
    work.state = 'asked';
    return true;
  }
  if (Date.now() - work.since < doubtFor) return false;
  work.state = 'open';
  work.unproven = false;
  return true;
}

/** The effect shows: ours, if Nova remembers that we asked for it since. */
export async function proven(cloud: Cloud, driver: Driver, work: Work, settled: Settled): Promise<Settled> {
  const ours = await oursSince(cloud, driver, work);
  if (ours === undefined)
    return { outcome: 'left alone', why: `somebody else did it meanwhile: Nova knows of no ${driver.verb} of ours` };
  if (!work.requestIds.includes(ours)) work.requestIds.push(ours);
  return settled;
}

/**
 * The request of ours that Nova remembers since the server was last read before its request. Every change of a server
 * ends after the action that caused it began, so an older action began before that last change.
 */
export async function oursSince(
  { session }: Cloud,
  driver: Driver,
  { planned, before }: Work,
): Promise<string | undefined> {
  const verb = planned.cold === true ? 'migrate' : driver.verb;
  const [{ userId }, actions] = await Promise.all([session.token(), listInstanceActions(session, planned.id)]);
  const since = Date.parse(before.updated);
  return actions.find((action) => action.action === verb && action.userId === userId && !(action.startedAt < since))
    ?.requestId;
}
