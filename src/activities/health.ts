import { Context } from '@temporalio/activity';
import type { HealthReportPage, InspectResults } from '../contracts/inspect.ts';
import type { HealthPlan } from '../contracts/health-plan.ts';
import type { HealthCheck, PlaceChecked } from '../contracts/health.ts';
import { worstOf } from '../contracts/health.ts';
import type { Notification } from '../contracts/notification.ts';
import type { HostTarget } from '../contracts/targets.ts';
import { Fault } from '../contracts/faults.ts';
import { reportable } from '../domain/health/reportable.ts';
import { checkBackups } from './health/check-backups.ts';
import { checkCloud } from './health/check-cloud.ts';
import { checkHost } from './health/check-host.ts';
import { learn } from './health/learn.ts';
import { makeReport } from './health/make-report.ts';
import type { HealthConcluded, NotChecked } from './health/make-report.ts';
import { readReport } from './health/read-report.ts';
import { HealthStore } from './health/store.ts';
import { makePlan } from './health/make-plan.ts';
import type { Deps } from './shared/deps.ts';
import { NewestBackups } from './shared/newest-backups.ts';
import { tellInOrder } from './shared/notifier.ts';

/** What the workflow needs of a plan; the rest is in the records. */
export interface HealthOutline {
  readonly hosts: readonly { readonly target: HostTarget; readonly role: string }[];
  readonly cloud?: string;
  /** Hosts of the config whose backups are looked at. */
  readonly backups: readonly HostTarget[];
  readonly parallel: number;
}

/** How a place was found, for the ledger. */
export interface PlaceSeen {
  readonly verdict: PlaceChecked['results'][number]['verdict'];
  readonly seen: string;
}

export const healthActivities = (deps: Deps) => {
  const store = new HealthStore(deps.records);
  const newest = new NewestBackups(deps);
  const planOf = async (operation: string): Promise<HealthPlan> => {
    const plan = await store.plan(operation);
    if (plan === undefined)
      throw new Fault('RecordsUnusable', 'the plan of this check is not in the records of this worker', {
        remedy: 'let all workers use the same records (records in the config)',
      });
    return plan;
  };
  const keep = async (operation: string, name: string, checked: PlaceChecked): Promise<PlaceSeen> => {
    await store.keepPlace(operation, name, { ...checked, problems: checked.problems.map(reportable) });
    return { verdict: worst(checked), seen: checked.results.map(({ seen }) => seen).join('; ') };
  };

  return {
    /**
     * Decides from the config what is checked, and which run it is compared with.
     * Effect: the plan in the records. Key: the operation. A retry writes it again, of the config and memory as they are
     * then. Cancel: ends at once. Permanent: ConfigInvalid, NothingSelected.
     */
    async planHealth(operation: string, input: HealthCheck): Promise<HealthOutline> {
      const { plan, outline } = await makePlan(operation, input, deps, store);
      await store.keepPlan(plan);
      return outline;
    },

    /**
     * Looks at a host: itself, its containers, its logs. What can't be looked at is a finding, never a failure.
     * Effect: none on the host; what was seen, in the records. Key: operation and host. A retry looks again, from the same
     * position in the logs. Cancel: ends at once. Permanent: UnknownHost for one that is not in the plan; RecordsUnusable
     * where this worker has other records than the one that planned, as for all that follow a plan.
     */
    async checkHealthOfHost(operation: string, name: string): Promise<PlaceSeen> {
      const plan = await planOf(operation);
      const host = plan.hosts.find(({ target }) => target.name === name);
      if (host === undefined) throw new Fault('UnknownHost', `${name} is not in the plan of this check`);
      const memory = await store.memoryFor(plan);
      const { cancellationSignal: signal } = Context.current();
      return keep(operation, `host-${name}`, await checkHost(plan, host, memory, deps.host(host.target), signal));
    },

    /**
     * Looks at what the cloud tells of itself. Effect: what was seen, in the records. Key: the operation. A retry looks
     * again. Cancel: ends at once. Permanent: RecordsUnusable; what the cloud refuses is a finding.
     */
    async checkHealthOfCloud(operation: string): Promise<PlaceSeen> {
      const plan = await planOf(operation);
      const memory = await store.memoryFor(plan);
      const { cancellationSignal: signal } = Context.current();
      return keep(operation, 'cloud', await checkCloud(plan, memory, deps.clouds, signal));
    },

    /**
     * Looks at the age of the newest good backup of each VM of a host, and keeps it for the metrics. Effect, key, retry,
     * cancel: as of a host.
     */
    async checkBackupAges(operation: string, target: HostTarget): Promise<PlaceSeen> {
      const plan = await planOf(operation);
      const { cancellationSignal: signal } = Context.current();
      const checked = await checkBackups(plan, target, deps.host(target), signal);
      const lookedAt = !checked.results.some(({ unseen = [] }) => unseen.includes(''));
      // One that does not answer would only be waited for once more.
      if (lookedAt) await newest.look(deps.host(target), target);
      return keep(operation, `backups-${target.name}`, checked);
    },

    /**
     * What a baseline would say, by what was seen of containers and services. Effect: none. Key: none. A retry reads the
     * same again. Cancel: ends at once. Permanent: RecordsUnusable.
     */
    async learnHealth(operation: string): Promise<InspectResults['health baseline']> {
      return learn(await planOf(operation), store, deps.config.health.baseline);
    },

    /**
     * Drops what only the run itself needed. Effect: its plan, and what was seen of each place, are gone from the
     * records; its report stays. Key: the operation. A retry drops what is left. Cancel: ends at once. Permanent: none.
     */
    async forgetHealth(operation: string): Promise<void> {
      await store.forgetRun(operation);
    },

    /**
     * A page of a kept report. Effect: none. Key: none. A retry reads it again. Cancel: ends at once. Permanent:
     * UnknownOperation where there is none, or several begin so.
     */
    async readHealthReport(operation: string | undefined, from: number): Promise<HealthReportPage> {
      return readReport(store, operation, from);
    },

    /**
     * Makes the report of what was seen in all places, against what is remembered, and keeps it.
     * Effect: the report and what to remember next, in the records. Key: the operation; a retry makes the same again.
     * Cancel: ends at once. Permanent: RecordsUnusable.
     */
    async concludeHealth(
      operation: string,
      run: { readonly scope: string; readonly startedAt: number; readonly endedAt: number },
      notChecked: readonly NotChecked[],
    ): Promise<HealthConcluded> {
      return makeReport(await planOf(operation), run, notChecked, store, deps.config.health.remindAfter);
    },

    /**
     * Tells the rules of the config what they could not be told by former runs, and then what is new. Returns what went
     * wrong; a dead webhook fails nothing, and what it was to hear waits for the next run.
     * Effect: what waits, in the records. Key: each notification's id, in every delivery of it. A retry tells again.
     * Cancel: none. Permanent: RecordsUnusable.
     */
    async tellOfHealth(operation: string, news?: Notification): Promise<readonly string[]> {
      const plan = await planOf(operation);
      const before = (await store.memoryFor(plan))?.undelivered ?? [];
      const { problems, waiting } = await tellInOrder(deps.config.notifications, before, news, deps.env);
      await store.keepUndelivered(operation, waiting);
      return problems;
    },

    /**
     * What was seen counts as seen from now on: only after its report is kept, and only where no other check has done
     * so since this one began. Effect: the next generation of the memory. Key: its number and the operation. A retry
     * finds its own. False where another came first. Cancel: none. Permanent: RecordsUnusable.
     */
    async commitHealth(operation: string, told?: boolean): Promise<boolean> {
      return store.commit(await planOf(operation), told);
    },
  };
};

const worst = ({ results }: PlaceChecked): PlaceSeen['verdict'] => worstOf(results.map(({ verdict }) => verdict));
