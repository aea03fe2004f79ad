import type { Client } from '@temporalio/client';
import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure, TerminatedFailure, TimeoutFailure } from '@temporalio/common';
import { z } from 'zod';
import type { FaultDetails } from '../contracts/faults.ts';
import { faults, isFaultType, withCandidates } from '../contracts/faults.ts';
import type { FailureText, Ledger, Outcome, Report } from '../contracts/operation.ts';

/** How an operation ended, as far as it can be told: a terminated one leaves no report. */
export interface Ended {
  readonly outcome: Outcome;
  readonly summary: string;
  readonly failure?: FailureText;
  readonly report?: Report;
}

const outcomes = ['done', 'partial', 'failed', 'cancelled', 'missed', 'abandoned'] as const satisfies Outcome[];
// Of what a worker wrote only what decides is checked: a newer worker may say more.
const reportShape = z.looseObject({
  outcome: z.enum(outcomes),
  summary: z.string(),
  items: z.array(z.looseObject({})),
});

/** Waits for the end. `ledger` is the last one seen: a cancelled workflow has no result. */
export async function endingOf(client: Client, workflowId: string, ledger?: Ledger): Promise<Ended> {
  try {
    return fromResult(await client.workflow.getHandle(workflowId).result());
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    return fromFailure(error.cause ?? error, ledger);
  }
}

function fromResult(result: unknown): Ended {
  const report = asReport(result);
  if (report === undefined) return { outcome: 'done', summary: 'done' };
  return {
    outcome: report.outcome,
    summary: report.summary,
    ...(report.failure === undefined ? {} : { failure: report.failure }),
    report,
  };
}

export function fromFailure(cause: Error, ledger?: Ledger): Ended {
  if (cause instanceof CancelledFailure) return cancelled(ledger);
  if (cause instanceof TerminatedFailure)
    return broken('Terminated', 'it was terminated from outside, which runs no undo');
  if (cause instanceof TimeoutFailure) return broken('Timeout', 'Temporal ended it at its time limit, without an undo');
  if (!(cause instanceof ApplicationFailure)) return broken('Unexpected', cause.message);
  const [first] = cause.details ?? [];
  const report = asReport(first);
  if (report !== undefined) {
    const failure = report.failure ?? { type: cause.type ?? 'Unexpected', message: cause.message };
    return { outcome: report.outcome, summary: report.summary, failure, report };
  }
  const failure = failureOf(cause, first);
  return { outcome: 'failed', summary: failure.message, failure };
}

/** A failure that carries the details of its fault, as activities throw them. */
function failureOf(cause: ApplicationFailure, first: unknown): FailureText {
  const details = (typeof first === 'object' && first !== null ? first : {}) as FaultDetails;
  const type = cause.type ?? 'Unexpected';
  const remedy = details.remedy ?? (isFaultType(type) ? faults[type].remedy : undefined);
  return {
    type,
    message: withCandidates(cause.message, details),
    ...(details.where === undefined ? {} : { where: details.where }),
    ...(remedy === undefined ? {} : { remedy }),
  };
}

/** A cancelled workflow returns nothing; its summary is the last note of its ledger. */
function cancelled(ledger: Ledger | undefined): Ended {
  const said = ledger?.phase === 'finished' ? ledger.note : undefined;
  return { outcome: 'cancelled', summary: said ?? 'Cancelled; what it held was put back first' };
}

function broken(type: string, message: string): Ended {
  const remedy = 'stackhand operation repair puts back what it may have left; stackhand doctor shows it';
  return { outcome: 'failed', summary: message, failure: { type, message, remedy } };
}

function asReport(value: unknown): Report | undefined {
  return reportShape.safeParse(value).success ? (value as Report) : undefined;
}
