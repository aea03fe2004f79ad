import type { Client, WorkflowExecutionStatusName, WorkflowHandle } from '@temporalio/client';
import type { Ledger } from '../contracts/operation.ts';
import { handlers, taskQueue } from '../contracts/operation.ts';
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
  #trouble: string | undefined;

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
    await this.#checkWorker(open);
    const raw = description.raw;
    const failing = open && (raw.pendingWorkflowTask?.attempt ?? 1) > mostAttempts;
    const trouble = failing && this.#trouble !== noWorker ? failsAtIt : this.#trouble;
    const [pending, children] = await Promise.all([
      decodePending(client.options.loadedDataConverter, raw.pendingActivities ?? []),
      this.#lookAtChildren((raw.pendingChildren ?? []).filter((child) => (child.workflowTypeName ?? '') in operations)),
    ]);
    return {
      workflowId: description.workflowId,
      status: description.status.name,
      startedAt: description.startTime.getTime(),
      ...(description.closeTime === undefined ? {} : { closedAt: description.closeTime.getTime() }),
      ...(this.#ledger === undefined ? {} : { ledger: this.#ledger }),
      pending,
      children,
      ...(trouble === undefined ? {} : { trouble }),
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

  async #checkWorker(open: boolean): Promise<void> {
    const now = Date.now();
    const silent = now - this.#toldAt;
    if (!open || silent < silence) this.#trouble = undefined;
    else if (now - this.#askedQueueAt > silence) {
      this.#askedQueueAt = now;
      const [worker] = await pollers(this.#client, taskQueue);
      if (worker === undefined) this.#trouble = noWorker;
      else this.#trouble = silent < longSilence ? undefined : `the worker ${worker.identity} does not answer`;
    }
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

export const noWorker = `no worker serves the queue ${taskQueue}, so nothing goes on; start one: stackhand worker, or stackhand dev`;

export const failsAtIt = 'workers fail at it, as their log says; they may lack the payload key it was begun with';

/** Doesn't keep the process alive. */
const moment = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds).unref());
