import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowUpdateFailedError } from '@temporalio/client';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import picocolors from 'picocolors';
import { Fault } from '../contracts/faults.ts';
import type { Approval, Approve, Gate, Item, Ledger } from '../contracts/operation.ts';
import { handlers } from '../contracts/operation.ts';
import type { Cli } from './cli.ts';
import { Declined, lacksWorker } from './errors.ts';
import { wholePlan } from './plan-view.ts';
import { planLines } from './render/plan.ts';
import { oneLine } from './render/text.ts';
import { whoAsks } from './who.ts';
import { inTime } from './in-time.ts';

/** The story's lines are shown as they are: what comes from a cloud must not drive the terminal. */
const plain = picocolors.createColors(false);

/** Milliseconds: a worker that has just come takes over from a dead one when Temporal has noticed its death. */
const patience = 45_000;
/** Milliseconds for one that is only being started again, of which Temporal knows nothing yet. */
const unpolledWithin = 15_000;

interface Said {
  readonly yes?: boolean;
  readonly confirmCount?: number;
}

/**
 * Shows the plan that an operation waits with, asks unless it was said, and agrees to exactly that plan.
 * @throws Declined; Fault NotApproved where it waits for nothing, for another plan, or for another count
 */
export async function approveAtGate(cli: Cli, workflowId: string, said: Said = {}): Promise<Approval> {
  const { client } = await cli.temporal();
  const handle = client.workflow.getHandle(workflowId);
  const { gate, items } = await askLedger(client, handle);
  if (gate === undefined) throw new Fault('NotApproved', `${workflowId} does not wait for approval`);
  const lines =
    gate.recordedAs === undefined ? ledgerPlan(items, gate) : await recordedPlan(cli, gate.recordedAs, gate);
  for (const line of lines) cli.out.story(line);
  const count = await agreed(cli, gate, said);
  const approve: Approve = { by: whoAsks(), hash: gate.hash, ...(count === undefined ? {} : { count }) };
  try {
    return await handle.executeUpdate<Approval, [Approve]>(handlers.approve, { args: [approve] });
  } catch (error) {
    const cause = error instanceof WorkflowUpdateFailedError ? error.cause : undefined;
    if (cause instanceof ApplicationFailure) throw new Fault('NotApproved', cause.message);
    throw error;
  }
}

async function askLedger(client: Client, handle: WorkflowHandle): Promise<Ledger> {
  for (const began = Date.now(); ;) {
    try {
      return await inTime(client, () => handle.query<Ledger>(handlers.ledger), patience);
    } catch (error) {
      if (!lacksWorker(error) || Date.now() - began > unpolledWithin) throw error;
      await sleep(500);
    }
  }
}

async function recordedPlan(cli: Cli, key: string, { hash }: Gate): Promise<string[]> {
  const view = await wholePlan(cli, key);
  // What is shown must be what is agreed to.
  if (view.plan.hash !== hash) throw new Fault('NotApproved', 'the records hold another plan than it waits with');
  return planLines(view, plain);
}

/** Each item with what is to be done, and why. */
const ledgerPlan = (items: readonly Item[], { what }: Gate): string[] => [
  ...items
    .filter(({ state }) => state === 'planned' || state === 'left alone')
    .map(({ action, why = '' }) => `${oneLine(action)}${why === '' ? '' : `: ${oneLine(why)}`}`),
  '',
  oneLine(what),
];

/** The count that was said, where one has to be. */
async function agreed(cli: Cli, gate: Gate, { yes, confirmCount }: Said): Promise<number | undefined> {
  const { interactive } = cli.out.settings;
  if (gate.count === undefined) {
    if (yes === true || confirmCount !== undefined) return confirmCount;
    if (!interactive) throw new Fault('NotApproved', 'nobody is here to be asked', { remedy: 'say --yes' });
    if (!(await cli.ask.confirm('Do this?', false))) throw new Declined();
    return undefined;
  }
  if (confirmCount !== undefined) return confirmCount;
  if (!interactive)
    throw new Fault('NotApproved', 'this can not be taken back, so its number has to be said', {
      remedy: `say --confirm-count ${String(gate.count)}`,
    });
  const typed = await cli.ask.text('This can not be taken back. Type the number of servers to go on:');
  if (typed.trim() !== String(gate.count)) throw new Declined();
  return gate.count;
}
