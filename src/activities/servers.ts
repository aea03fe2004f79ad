import { CancelledFailure, log } from '@temporalio/activity';
import type {
  BatchOutcome,
  ServerAction,
  ServerBatch,
  ServerLeftovers,
  ServerOperation,
  ServerOutcome,
  ServerPlan,
  ServerPlanView,
  ServerSelection,
} from '../contracts/server-operation.ts';
import type { InspectResults, ServerListing } from '../contracts/inspect.ts';
import type { ServerRules } from '../domain/server-verdict.ts';
import { roundOf } from '../domain/batches.ts';
import { applyBatch } from './servers/apply-batch.ts';
import type { Cloud } from './servers/cloud-pool.ts';
import { leftoversOf } from './servers/consequences.ts';
import { lastDrain } from './servers/last-drain.ts';
import { hostsWithRoom, listSelected } from './servers/listing.ts';
import { makePlan } from './servers/make-plan.ts';
import { migrateDriver } from './servers/migrate-driver.ts';
import { PlanStore } from './servers/plan-store.ts';
import { deleteDriver, startDriver, stopDriver } from './servers/power-drivers.ts';
import { rulesFor } from './servers/rules.ts';
import { computeHost, disableScheduling, enableScheduling } from './servers/scheduling.ts';
import type { Driver } from './servers/server-work.ts';
import { AuditTrail } from './shared/audit-trail.ts';
import type { Deps } from './shared/deps.ts';
import { sameCloud } from './shared/same-cloud.ts';
import { cancelRequested, isCurrent, tell, workerEnds } from './shared/heartbeat.ts';

const drivers: Readonly<Record<ServerAction, Driver>> = {
  stop: stopDriver,
  start: startDriver,
  delete: deleteDriver,
  migrate: migrateDriver,
};

/** As many as one payload holds. */
const outcomesAtOnce = 2000;

/** No Fault: this attempt ends, and whoever follows looks first. */
function checkTurn(): void {
  if (!isCurrent()) throw new Error('this worker was frozen for a while, and another may have taken over');
  if (workerEnds()) throw new CancelledFailure('the worker let go of this batch; the next one goes on with it');
}

/** For who looks for a server in the worker's log. What it failed with is there as in the report. */
const logged =
  (action: ServerAction) =>
  ({ id: serverId, name: server, host, outcome, why, requestIds, movedTo }: ServerOutcome): void => {
    const attributes = { server, serverId, host, action, requestIds, ...(movedTo && { movedTo }), ...(why && { why }) };
    log[outcome === 'failed' ? 'warn' : 'info'](`Server: ${outcome}`, attributes);
  };

/** Milliseconds that rules hold: batches come by the hundred, and groups and projects change rarely. */
const rulesHold = 30_000;

export const serverActivities = ({ clouds, records, temporalAddress }: Deps) => {
  const store = new PlanStore(records);
  const audit = new AuditTrail(records);
  const known = new Map<string, { readonly at: number; readonly rules: Promise<ServerRules> }>();
  const rules = (cloud: Cloud, action: ServerAction): Promise<ServerRules> => {
    const key = `${cloud.name} ${action}`;
    const kept = known.get(key);
    if (kept !== undefined && Date.now() - kept.at < rulesHold) return kept.rules;
    const found = rulesFor(cloud, action, temporalAddress);
    found.catch(() => known.delete(key));
    known.set(key, { at: Date.now(), rules: found });
    return found;
  };
  return {
    /**
     * Looks at the cloud and writes the plan, page by page, into the records; or reads one that was saved. Key: the
     * operation; a retry writes a new one over it. Effect in the cloud: none. Cancel: ends at once.
     * Permanent: NothingSelected, UnknownComputeHost, UnknownProject, UnknownPlan, PlanChanged, PlanExpired,
     * HostFilterIgnored, what the cloud forbids.
     */
    async planServers(operation: string, action: ServerAction, input: ServerOperation, round = 1): Promise<ServerPlan> {
      const cloud = clouds.get(input.cloud);
      const plan = await makePlan({ operation, action, input, round }, cloud, store, temporalAddress);
      await store.noteApplied(roundOf(operation, round), plan);
      return plan;
    },

    /** Name and host of each server of a page, in its order. Effect: none. Permanent: PlanChanged. */
    async openPlanPage(
      plan: Pick<ServerPlan, 'operation' | 'pageHashes'>,
      page: number,
    ): Promise<{ name: string; host: string }[]> {
      const { servers } = await store.page(plan.operation, page, plan.pageHashes[page] ?? '');
      // Names are shown while their servers are in work, and a page is one payload.
      return servers.map(({ name, host }) => ({ name: name.slice(0, 60), host }));
    },

    /**
     * Stops, starts, deletes or migrates the servers of one batch, and waits until each has ended. Effect: as the action
     * says, once for each server. Key: the operation, the page and the place in it. A retry reads what the attempt
     * before was about to do, looks at each of those servers, and asks only for what was not asked. Cancel: only
     * `abandon` reaches it, and ends the waiting; what Nova took can't be called back. Permanent: PlanChanged,
     * CloudLoginRefused; what one server fails with is its outcome.
     */
    async applyServers(batch: ServerBatch): Promise<BatchOutcome> {
      const cloud = sameCloud(clouds.get(batch.cloud), batch.cloudKey);
      const driver = drivers[batch.action];
      const tools = {
        cloud,
        store,
        audit,
        driver,
        rules: await rules(cloud, batch.action),
        checkTurn,
        givenUp: cancelRequested,
        tell,
        ended: logged(batch.action),
      };
      return applyBatch(batch, tools);
    },

    /** The servers that a selection means, as they are. Effect: none. Permanent: as of planServers. */
    async listServers(name: string | undefined, selection: ServerSelection): Promise<ServerListing> {
      return listSelected(clouds.get(name), selection);
    },

    /** Compute hosts, whether they may be used and what they have left. Effect: none. Permanent: CloudForbidden. */
    async listComputeHosts(name: string | undefined): Promise<InspectResults['compute hosts']> {
      return hostsWithRoom(clouds.get(name));
    },

    /** A plan of the records, and some of its pages. Effect: none. Permanent: UnknownPlan, PlanChanged. */
    async readPlan(operation: string, page: number): Promise<ServerPlanView> {
      return store.view(operation, page);
    },

    /** What became of each server of an operation, from that one on. Effect: none. */
    async readOutcomes(operation: string, from: number): Promise<InspectResults['server outcomes']> {
      const all = await store.outcomes(operation);
      const outcomes = all.slice(from, from + outcomesAtOnce);
      return { outcomes, ...(from + outcomesAtOnce < all.length ? { next: from + outcomesAtOnce } : {}) };
    },

    /**
     * Takes a compute host out of scheduling, with a reason that names the operation. Key: that reason; a retry finds
     * it. One that somebody else took out stays theirs: gives false. Cancel: the undo follows.
     * Permanent: ComputeHostDown, UnknownComputeHost, CloudForbidden.
     */
    async disableScheduling(name: string, host: string, operation: string): Promise<boolean> {
      return disableScheduling(clouds.get(name), host, operation);
    },

    /**
     * Allows scheduling again, while the reason is still ours: of that operation, or of any of ours for undefined.
     * Gives false where it was not ours to enable. A retry finds it enabled. Cancel: none, it may be an undo.
     */
    async enableScheduling(name: string, host: string, operation: string | undefined): Promise<boolean> {
      return enableScheduling(clouds.get(name), host, operation);
    },

    /** How many servers are on a host now. Effect: none. */
    async countServers(name: string, host: string): Promise<number> {
      return (await clouds.get(name).lists.of(host, Date.now())).size;
    },

    /**
     * Full name and cloud of a compute host, and the last drain that moved servers away from it, by the records.
     * Effect: none. Permanent: UnknownComputeHost.
     */
    async findDrain(
      name: string | undefined,
      host: string,
    ): Promise<{ cloud: string; cloudKey: string; host: string; drain?: string }> {
      const cloud = clouds.get(name);
      const full = (await computeHost(cloud, host)).name;
      const drain = await lastDrain(store, cloud.key, full);
      const found = { cloud: cloud.name, cloudKey: cloud.key, host: full };
      return drain === undefined ? found : { ...found, drain };
    },

    /** What servers that an operation deleted left behind. Effect: none. */
    async findLeftovers(operation: string, plan: ServerPlan): Promise<ServerLeftovers> {
      const done = (await store.outcomes(operation)).filter(({ outcome }) => outcome === 'done').map(({ id }) => id);
      const gone = new Set(done);
      const pages = await Promise.all(plan.pageHashes.map((hash, at) => store.page(plan.operation, at, hash)));
      const servers = pages.flatMap((page) => page.servers).filter(({ id }) => gone.has(id));
      return leftoversOf(clouds.get(plan.cloud), servers);
    },
  };
};
