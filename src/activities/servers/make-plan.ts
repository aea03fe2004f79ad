import { Fault } from '../../contracts/faults.ts';
import type { Server } from '../../contracts/server.ts';
import type {
  PlannedServer,
  ServerAction,
  ServerHow,
  ServerLeftAlone,
  ServerOperation,
  ServerOutcome,
  ServerPlan,
} from '../../contracts/server-operation.ts';
import { roundOf } from '../../domain/batches.ts';
import { mayBeDone } from '../../domain/server-outcome.ts';
import { leftAloneText, whyLeftAlone } from '../../domain/server-verdict.ts';
import type { LeftAlone } from '../../domain/server-verdict.ts';
import { findServer, listProjects, listServers } from '../../systems/openstack/index.ts';
import { planExpiry } from '../shared/plan-expiry.ts';
import type { Cloud } from './cloud-pool.ts';
import { consequencesOf, countConsequences } from './consequences.ts';
import { findSelected } from './find-selected.ts';
import type { PlanStore } from './plan-store.ts';
import { checkRoom } from './room.ts';
import { rulesFor } from './rules.ts';
import { computeHost } from './scheduling.ts';
import { notStoppedByUs, outcomesOfStops } from './stopped-by-us.ts';

export interface PlanRequest {
  readonly operation: string;
  readonly action: ServerAction;
  readonly input: ServerOperation;
  /** Of drains: 1, and again for what arrived meanwhile. */
  readonly round: number;
}

/** Those that are meant, before anything is decided about them; in the order they are to be taken. */
interface Meant {
  readonly servers: readonly Server[];
  /** Meant by id, and not there any more. */
  readonly gone: readonly { readonly id: string; readonly name: string }[];
  readonly how: ServerHow;
  readonly unusedExcludes: readonly string[];
  readonly host?: string;
  /** Why one must not be started, by server id: it was not a stop of ours that stopped it. */
  readonly notOurs?: ReadonlyMap<string, LeftAlone>;
}

/** Looks at the cloud and decides about each server. Writes the plan into the records; changes nothing else. */
export async function makePlan(
  { operation, action, input, round }: PlanRequest,
  cloud: Cloud,
  store: PlanStore,
  temporal: string | undefined,
): Promise<ServerPlan> {
  const { source } = input;
  if (source.from === 'plan') return savedPlan(source.operation, source.hash, action, cloud, store);
  const [found, rules, projects] = await Promise.all([
    meantBy({ operation, action, input, round }, cloud, store),
    rulesFor(cloud, action, temporal),
    listProjects(cloud.session),
  ]);
  const { to } = found.how;
  const meant = to === undefined ? found : { ...found, how: { ...found.how, to: (await computeHost(cloud, to)).name } };
  const named = new Map(projects.map(({ id, name }) => [id, name]));
  const line = (server: Server): PlannedServer => ({
    id: server.id,
    name: server.name,
    projectId: server.projectId,
    project: named.get(server.projectId) ?? server.projectId,
    host: server.host ?? '',
    status: server.status,
    ...(action === 'migrate' && server.status === 'SHUTOFF' ? { cold: true } : {}),
  });
  const leftAlone: ServerLeftAlone[] = meant.gone.map(({ id, name }) => ({
    ...{ id, name, projectId: '', project: '', host: '', status: 'DELETED' },
    why: 'gone',
  }));
  const reasons: Record<string, number> = meant.gone.length === 0 ? {} : { gone: meant.gone.length };
  const acted: Server[] = [];
  for (const server of meant.servers) {
    const left = whyLeftAlone(action, server, meant.how, rules) ?? meant.notOurs?.get(server.id);
    if (left === undefined) acted.push(server);
    else {
      const { cold: _, ...rest } = line(server);
      leftAlone.push({ ...rest, why: leftAloneText(left) });
      reasons[left.reason] = (reasons[left.reason] ?? 0) + 1;
    }
  }
  if (action === 'migrate') await checkRoom(acted, meant.how, meant.host, cloud, { restores: source.from === 'moved' });
  const consequences = action === 'delete' ? await consequencesOf(cloud, acted) : undefined;
  const planned = acted.map((server) => ({ ...line(server), ...consequences?.get(server.id) }));
  const hosts: Record<string, number> = {};
  for (const { host } of planned) hosts[host] = (hosts[host] ?? 0) + 1;
  const createdAt = Date.now();
  return store.keep(
    {
      operation: roundOf(operation, round),
      action,
      cloud: cloud.name,
      cloudKey: cloud.key,
      how: meant.how,
      limits: boundsOf(cloud),
      reasons,
      hosts,
      createdAt,
      expiresAt: planExpiry(cloud, createdAt),
      unusedExcludes: meant.unusedExcludes,
      ...(meant.host === undefined || action !== 'migrate' ? {} : { drains: meant.host }),
      ...(consequences === undefined ? {} : { consequences: countConsequences(planned) }),
    },
    planned,
    leftAlone,
  );
}

/** A number that the config doesn't say is left to the operation. */
function boundsOf({ entry }: Cloud): ServerPlan['limits'] {
  const { calls: _, ...bounds } = entry?.limits ?? {};
  return bounds;
}

async function savedPlan(
  operation: string,
  hash: string,
  action: ServerAction,
  cloud: Cloud,
  store: PlanStore,
): Promise<ServerPlan> {
  const plan = await store.plan(operation);
  if (plan.hash !== hash || plan.action !== action)
    throw new Fault('PlanChanged', `the plan of operation ${operation} is another one than was named`, {
      where: operation,
    });
  if (plan.cloudKey !== cloud.key)
    throw new Fault('PlanChanged', `the plan is about ${plan.cloudKey}, and ${cloud.name} is ${cloud.key}`, {
      remedy: `name the cloud of the plan: --cloud ${plan.cloud}`,
    });
  if (plan.expiresAt < Date.now())
    throw new Fault(
      'PlanExpired',
      `the plan was made at ${new Date(plan.createdAt).toISOString()}, and ran out at ${new Date(plan.expiresAt).toISOString()}`,
    );
  return plan;
}

async function meantBy(
  { operation, action, input, round }: PlanRequest,
  cloud: Cloud,
  store: PlanStore,
): Promise<Meant> {
  const { source, how = {} } = input;
  switch (source.from) {
    case 'moved':
      return movedBy(source.operation, how, cloud, store);
    case 'selection': {
      const { chosen: servers, ...rest } = await findSelected(source.selection, cloud, {
        mayBeEmpty: action === 'migrate',
      });
      const before = await plannedBefore(operation, round, store);
      const meant = { servers: servers.filter(({ id }) => !before.has(id)), gone: [], how, ...rest };
      return source.stoppedByUs === true ? onlyStoppedByUs(meant, cloud, store) : meant;
    }
    case 'stopped':
      return stoppedBy(source.operation, how, cloud, store);
    case 'failed':
      return undoneBy(source.operation, action, cloud, store);
    case 'plan':
      throw new Error('a saved plan is read, not made');
  }
}

/** Servers that earlier rounds of an operation decided about, by id. */
async function plannedBefore(operation: string, round: number, store: PlanStore): Promise<ReadonlySet<string>> {
  const known = new Set<string>();
  for (let earlier = 1; earlier < round; earlier += 1) {
    const plan = await store.plan(roundOf(operation, earlier));
    for (const [at, hash] of plan.pageHashes.entries())
      for (const { id } of (await store.page(plan.operation, at, hash)).servers) known.add(id);
    for (let at = 0; at < plan.leftAlonePages; at += 1)
      for (const { id } of await store.leftAlone(plan.operation, at)) known.add(id);
  }
  return known;
}

/** Back to the host that a drain moved them from; what has moved on since stays where it is. */
async function movedBy(operation: string, how: ServerHow, cloud: Cloud, store: PlanStore): Promise<Meant> {
  const { drains, how: before } = await checkedPlan(operation, 'migrate', cloud, store);
  const moved = (await store.outcomes(operation)).filter(mayBeDone);
  const [first] = moved;
  if (first === undefined || drains === undefined)
    throw new Fault('NothingSelected', `operation ${operation} moved no server away from a host`, {
      remedy: 'stackhand operation show tells what it did',
    });
  const { servers, gone } = await asTheyAre(moved, cloud);
  const target = new Map(moved.map(({ id, movedTo }) => [id, movedTo]));
  const elsewhere = servers
    .filter(({ id, host }) => target.get(id) !== undefined && host !== target.get(id))
    .map(({ id, host }): [string, LeftAlone] => [
      id,
      { reason: 'moved on since the drain', more: `it is on ${host ?? ''}` },
    ]);
  // What went cold comes back cold.
  const { includeStopped, cold } = before;
  const same = { ...(includeStopped === undefined ? {} : { includeStopped }), ...(cold === undefined ? {} : { cold }) };
  return {
    servers,
    gone,
    how: { ...same, ...how, to: drains },
    unusedExcludes: [],
    notOurs: new Map(elsewhere),
  };
}

async function stoppedBy(operation: string, how: ServerHow, cloud: Cloud, store: PlanStore): Promise<Meant> {
  const stopped = await checkedPlan(operation, 'stop', cloud, store);
  const ours = (await store.outcomes(operation)).filter((each) => mayBeDone(each) && each.before === 'ACTIVE');
  if (ours.length === 0)
    throw new Fault('NothingSelected', `operation ${stopped.operation} stopped no server that was ACTIVE before`, {
      remedy: 'stackhand operation show tells what it did; --any starts a selection',
    });
  const { servers, gone } = await asTheyAre(ours.reverse(), cloud);
  return onlyStoppedByUs({ servers, gone, how, unusedExcludes: [] }, cloud, store, ours);
}

/** The others are left alone, with the reason. */
async function onlyStoppedByUs(
  meant: Meant,
  cloud: Cloud,
  store: PlanStore,
  ours?: readonly ServerOutcome[],
): Promise<Meant> {
  const stops = ours ?? (await outcomesOfStops(cloud.key, store));
  return { ...meant, notOurs: await notStoppedByUs(meant.servers, stops, cloud) };
}

async function undoneBy(operation: string, action: ServerAction, cloud: Cloud, store: PlanStore): Promise<Meant> {
  const plan = await checkedPlan(operation, action, cloud, store);
  const outcomes = new Map((await store.outcomes(operation)).map((each) => [each.id, each.outcome]));
  const open: PlannedServer[] = [];
  for (const [at, hash] of plan.pageHashes.entries()) {
    const { servers } = await store.page(plan.operation, at, hash);
    open.push(...servers.filter(({ id }) => (outcomes.get(id) ?? 'failed') === 'failed'));
  }
  if (open.length === 0)
    throw new Fault('NothingSelected', `operation ${operation} has left nothing to be done again`, {
      remedy: 'stackhand operation show tells what it did',
    });
  return {
    ...(await asTheyAre(open, cloud)),
    how: plan.how,
    unusedExcludes: [],
    ...(plan.drains === undefined ? {} : { host: plan.drains }),
  };
}

async function checkedPlan(
  operation: string,
  action: ServerAction,
  cloud: Cloud,
  store: PlanStore,
): Promise<ServerPlan> {
  const plan = await store.plan(operation);
  if (plan.action !== action || plan.cloudKey !== cloud.key)
    throw new Fault('InvalidInput', `operation ${operation} was to ${plan.action} servers of ${plan.cloud}`, {
      remedy: 'name an operation of this kind, and its cloud',
    });
  return plan;
}

/** A list costs as much as a few single reads. */
const fewIds = 40;

async function asTheyAre(
  wanted: readonly { readonly id: string; readonly name: string }[],
  { session, lists }: Cloud,
): Promise<Pick<Meant, 'servers' | 'gone'>> {
  const seen = new Map<string, Server>();
  if (wanted.length > fewIds)
    for (const server of await listServers(session, { allProjects: await lists.seesAll() }))
      seen.set(server.id, server);
  else
    for (const server of await Promise.all(wanted.map(({ id }) => findServer(session, id))))
      if (server !== undefined) seen.set(server.id, server);
  return {
    servers: wanted.flatMap(({ id }) => seen.get(id) ?? []),
    gone: wanted.filter(({ id }) => !seen.has(id)),
  };
}
