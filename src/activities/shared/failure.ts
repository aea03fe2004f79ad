import { ApplicationFailure, CancelledFailure, Context } from '@temporalio/activity';
import type { Fault } from '../../contracts/faults.ts';
import { heartbeating } from './heartbeat.ts';
import { isFault } from '../../contracts/faults.ts';

/**
 * The edge between this program's faults and Temporal's failures: a Fault keeps its type, and its own word on
 * whether trying again can help. Anything else is a defect or a surprise; Temporal retries it.
 */
export function toFailure(error: unknown): unknown {
  if (!isFault(error)) return error;
  return ApplicationFailure.create({
    type: error.type,
    message: error.message,
    nonRetryable: error.permanent,
    details: [error.details],
  });
}

/** A job's result is final: the same job would only report the same again, so trying again can't help. */
export class Final extends Error {
  readonly fault: Fault;

  constructor(fault: Fault) {
    super(fault.message);
    this.fault = fault;
  }
}

type AnyActivity = (...args: never[]) => Promise<unknown>;

/** Wraps every activity of a record: each heartbeats, and ends in a Temporal failure that says what a Fault says. */
export function asActivities<T extends Record<string, AnyActivity>>(activities: T): T {
  return Object.fromEntries(
    Object.entries(activities).map(([name, activity]) => [
      name,
      async (...args: never[]) => {
        try {
          return await heartbeating(() => activity(...args));
        } catch (error) {
          if (error instanceof Final) {
            const { type, message, details } = error.fault;
            throw ApplicationFailure.create({ type, message, nonRetryable: true, details: [details] });
          }
          const { cancellationSignal } = Context.current();
          // Whatever an aborted command threw, it was the cancellation that ended it.
          if (cancellationSignal.aborted && !isFault(error)) throw new CancelledFailure('cancelled');
          throw toFailure(error);
        }
      },
    ]),
  ) as T;
}
