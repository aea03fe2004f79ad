import { ApplicationFailure, CancelledFailure, isCancellation } from '@temporalio/workflow';
import type { Outcome, Report } from '../../contracts/operation.ts';
import type { Audit } from './audit.ts';
import { failureText } from './failure.ts';
import type { Op } from './op.ts';

/** How an operation ended, as its report says it. */
export type Ending<R> = Pick<Report<R>, 'outcome' | 'summary' | 'failure' | 'result'>;

/** How it came that a runbook ended before its end. */
export interface Broken {
  readonly error: unknown;
  readonly cancelled: boolean;
  /** There was something to put back. */
  readonly held: boolean;
  /** It is back; false where a person gave that up. */
  readonly putBack: boolean;
}

export function endingOf({ error, cancelled, held, putBack }: Broken): Ending<never> {
  const failure = failureText(error);
  const outcome: Outcome = putBack ? (cancelled ? 'cancelled' : 'failed') : 'abandoned';
  const summary = putBack
    ? `${cancelled ? 'Cancelled' : failure.message}; ${held ? 'everything this operation held was put back' : 'there was nothing to put back'}`
    : `${failure.message}; abandoned before everything was put back`;
  return { outcome, summary, failure };
}

/** What the workflow of a broken runbook fails with, so that Temporal shows the same as the report. */
export function failureOfBroken<R>({ error, cancelled, putBack }: Broken, report: Report<R>): unknown {
  if (cancelled && putBack) return isCancellation(error) ? error : new CancelledFailure(report.summary);
  const { type, message } = failureText(error);
  return ApplicationFailure.create({
    type: putBack ? type : 'Abandoned',
    message,
    nonRetryable: true,
    details: [report],
    ...(error instanceof Error ? { cause: error } : {}),
  });
}

/** The same of a runbook that came to its end; undefined where that is no failure. */
export function failureOfEnded<R>(report: Report<R>): ApplicationFailure | CancelledFailure | undefined {
  const { outcome, summary, failure } = report;
  if (outcome === 'cancelled') return new CancelledFailure(summary);
  if (outcome !== 'failed' && outcome !== 'abandoned') return undefined;
  return ApplicationFailure.create({
    type: failure?.type ?? 'Failed',
    message: failure?.message ?? summary,
    nonRetryable: true,
    details: [report],
  });
}

/** Tells whoever wants to know, and keeps the trail's last line and the report. None of it fails the operation. */
export async function tellEnd<R>(op: Op, audit: Audit | undefined, report: Report<R>): Promise<void> {
  const { outcome, summary } = report;
  if (outcome === 'missed') await op.notify('missed', summary);
  else if (outcome !== 'done' && outcome !== 'cancelled') await op.notify('failed', summary);
  const lost = await audit?.settle({ event: 'ended', action: outcome, why: summary });
  if (lost !== undefined) op.leaveAlone('Keep the audit trail', lost);
  try {
    await op.beside('Keep the report').keepReport(report);
  } catch (error) {
    op.leaveAlone('Keep the report', failureText(error).message);
  }
}
