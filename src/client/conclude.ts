import type { Ended } from './ending.ts';
import { problemLines } from './errors.ts';
import type { Output } from './output.ts';
import { resultLines } from './render/results.ts';
import { quote } from '../domain/quote.ts';
import { oneLine } from './render/text.ts';

/** Tells how an operation ended: the answer to stdout, a failure with its remedy to stderr. */
export function conclude(out: Output, workflowId: string, ended: Ended): void {
  const { outcome, summary, failure, report } = ended;
  const answer = { workflowId, outcome, summary, ...(failure === undefined ? {} : { failure }), ...report };
  out.answer(answer, (colour) => {
    const results = report === undefined ? [] : resultLines(report, colour);
    // A failure is told below; its summary would say the same twice.
    return failure !== undefined && outcome !== 'partial' ? results : [oneLine(summary), ...results];
  });
  if (failure !== undefined) out.error(problemLines(failure, out.storyColour));
}

/** How to get back to an operation that goes on. */
export function hints(workflowId: string): string[] {
  const id = shortest(workflowId);
  return [`follow it: stackhand operation follow ${id}`, `cancel it: stackhand operation cancel ${id}`];
}

/** The short id, where there is one: enough to name the operation. */
export function shortest(workflowId: string): string {
  const last = workflowId.slice(workflowId.lastIndexOf('/') + 1);
  return /^[0-9a-f]{8}$/.test(last) ? last : quote(workflowId);
}
