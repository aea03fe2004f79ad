import type { Client, WorkflowExecutionStatusName, WorkflowHandle } from '@temporalio/client';
import type { Ledger } from '../contracts/operation.ts';
import { handlers, siteQueue, taskQueue, unservedBy } from '../contracts/operation.ts';
import { operations } from '../contracts/operations.schema.ts';
import { decodePending } from './pending.ts';
import type { Pending } from './pending.ts';
import { pollers } from './queues.ts';
import { inTime } from './in-time.ts';

/** An operation as it is seen at one moment. */
export interface Sight {
  readonly workflowId: string;
  readonly status: WorkflowExecutionStatusName;
  readonly startedAt: number;
  readonly closedAt?: number;
  /** The newest that a worker told; undefined until one did. */
  readonly ledger?: Ledger;
  readonly pending: readonly Pending[];
  /** Operations that this one runs: the VMs of several. */
  readonly children: readonly Sight[];
  /** Why it can't go on, or can't be seen, where that isn't in the ledger. */
  readonly trouble?: string;
  /** Where that is a site without a worker. */
  readonly unservedSite?: string;
}

/** A ledger older than this may mean that no worker is there: then the queue is asked. Milliseconds. */
const silence = 4000;
/** A worker that was killed seems to poll for another minute; its silence tells it sooner. */
const longSilence = 15_000;

/** Attempts of a workflow's task in a row that deaths of workers may cost; with more, workers fail at it. */
const mostAttempts = 2;

/**
 * Looks at one operation again and again. `describe` answers while no worker is up, the ledger's query doesn't: it is
 * asked beside, never waited for longer than a moment, and the last answer is kept.
 */
export class Watch {
  readonly #client: Client;
  readonly #handle: WorkflowHandle;
  readonly #children = new Map<string, Watch>();
  #ledger: Ledger | undefined;
  #toldAt = Date.now();
  #asking: Promise<void> | undefined;
  #askedQueueAt = 0;
  #queuedSince: number | undefined;
  #trouble: string | undefined;
  #unservedSite: string | undefined;

  constructor(client: Client, workflowId: string) {
    this.#client = client;
    this.#handle = client.workflow.getHandle(workflowId);
  }

  /** Throws what Temporal answers: the workflow isn't there, or Temporal isn't. */
  async look(): Promise<Sight> {
    const client = this.#client;
    const description = await inTime(client, () => this.#handle.describe(), 5000);
    const open = description.status.name === 'RUNNING';
    // What was asked before it ended may be answered with the ledger of that time.
    if (!open) await this.#asking;
    this.#asking ??= this.#ask().finally(() => (this.#asking = undefined));
    await Promise.race([this.#asking, moment(open ? 800 : 5000)]);
    const raw = description.raw;
    const [pending, children] = await Promise.all([
      decodePending(client.options.loadedDataConverter, raw.pendingActivities ?? []),
      this.#lookAtChildren((raw.pendingChildren ?? []).filter((child) => (child.workflowTypeName ?? '') in operations)),
    ]);
    await this.#checkWorkers(open, pending);
    const failing = open && (raw.pendingWorkflowTask?.attempt ?? 1) > mostAttempts;
    const trouble = failing && this.#trouble !== noWorker ? failsAtIt : this.#trouble;
    return {
      workflowId: description.workflowId,
      status: description.status.name,
      startedAt: description.startTime.getTime(),
      ...(description.closeTime === undefined ? {} : { closedAt: description.closeTime.getTime() }),
      ...(this.#ledger === undefined ? {} : { ledger: this.#ledger }),
      pending,
      children,
      ...(trouble === undefined ? {} : { trouble }),
      ...(this.#unservedSite === undefined ? {} : { unservedSite: this.#unservedSite }),
    };
  }

  async #ask(): Promise<void> {
    try {
      this.#ledger = await inTime(this.#client, () => this.#handle.query<Ledger>(handlers.ledger), 4000);
      this.#toldAt = Date.now();
    } catch {
      // No worker, or a busy one, or a workflow that has not come to its first step: look() goes on without.
    }
  }

  async #checkWorkers(open: boolean, pending: readonly Pending[]): Promise<void> {
    const now = Date.now();
    const silent = now - this.#toldAt;
    if (pending.some(({ queued }) => queued)) this.#queuedSince ??= now;
    else this.#queuedSince = undefined;
    this.#unservedSite = open && silent < silence ? await this.#findUnservedSite(now) : undefined;
    if (!open) this.#trouble = undefined;
    else if (silent < silence)
      this.#trouble = this.#unservedSite === undefined ? undefined : unservedBy(this.#unservedSite);
    else if (now - this.#askedQueueAt > silence) {
      this.#askedQueueAt = now;
      const [worker] = await pollers(this.#client, taskQueue);
      if (worker === undefined) this.#trouble = noWorker;
      else this.#trouble = silent < longSilence ? undefined : `the worker ${worker.identity} does not answer`;
    }
  }

  /** A worker goes on with the operation, and none of the site may be there to do what it asks for. */
  async #findUnservedSite(now: number): Promise<string | undefined> {
    const site = this.#ledger?.site;
    if (site === undefined || this.#queuedSince === undefined || now - this.#queuedSince < silence) return undefined;
    if (now - this.#askedQueueAt <= silence) return this.#unservedSite;
    this.#askedQueueAt = now;
    return (await pollers(this.#client, siteQueue(site), 'activities')).length > 0 ? undefined : site;
  }

  async #lookAtChildren(raw: readonly { workflowId?: string | null }[]): Promise<Sight[]> {
    const ids = raw.map((child) => child.workflowId ?? '');
    const sights = await Promise.all(
      ids.map((id) =>
        this.#child(id)
          .look()
          .catch(() => undefined),
      ),
    );
    return sights.filter((sight) => sight !== undefined);
  }

  #child(workflowId: string): Watch {
    const watch = this.#children.get(workflowId) ?? new Watch(this.#client, workflowId);
    this.#children.set(workflowId, watch);
    return watch;
  }
}

export const noWorker = unservedBy(undefined);

export const failsAtIt = 'workers fail at it, as their log says; they may lack the payload key it was begun with';

/** Doesn't keep the process alive. */
const moment = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds).unref());
