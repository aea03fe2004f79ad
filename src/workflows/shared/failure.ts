import { ApplicationFailure, TemporalFailure, TimeoutFailure, isCancellation } from '@temporalio/workflow';
import type { FailureText } from '../../contracts/operation.ts';
import { Fault, faults, isFault, withCandidates } from '../../contracts/faults.ts';
import type { FaultDetails, FaultType } from '../../contracts/faults.ts';

/** The innermost cause that has something to say, as a person reads it. */
export function failureText(error: unknown): FailureText {
  const cause = innermost(error);
  if (isFault(cause)) {
    return text(cause.type, cause.message, cause.details);
  }
  if (cause instanceof ApplicationFailure) {
    const details = (cause.details?.[0] ?? {}) as FaultDetails;
    return text(cause.type ?? 'Error', cause.message, details);
  }
  if (cause instanceof TimeoutFailure) {
    if (cause.timeoutType === 'SCHEDULE_TO_START') return text('NoWorker', 'no worker took it', {});
    const what = cause.timeoutType === 'HEARTBEAT' ? 'its worker died, and no other took over' : 'it took too long';
    return text('ActivityTimedOut', `a step had no answer in time: ${what}`, {});
  }
  return {
    type: isCancellation(error) ? 'Cancelled' : 'Error',
    message: cause instanceof Error ? cause.message : String(cause),
  };
}

/** The type of a failure from the one list, wherever it is wrapped. */
export function faultType(error: unknown): string {
  return failureText(error).type;
}

function text(type: string, message: string, details: FaultDetails): FailureText {
  const remedy = details.remedy ?? (type in faults ? faults[type as FaultType].remedy : undefined);
  return {
    type,
    message: withCandidates(message, details),
    ...(details.where === undefined ? {} : { where: details.where }),
    ...(remedy === undefined ? {} : { remedy }),
  };
}

function innermost(error: unknown): unknown {
  let current = error;
  while (
    current instanceof TemporalFailure &&
    !(current instanceof ApplicationFailure) &&
    current.cause !== undefined
  ) {
    current = current.cause;
  }
  return current;
}

/** For workflow code that decides on a fault by itself; a plain Error would fail the workflow task for ever. */
export function refuse(type: FaultType, message: string, details: FaultDetails = {}): ApplicationFailure {
  const fault = new Fault(type, message, details);
  return ApplicationFailure.create({ type, message: fault.message, nonRetryable: true, details: [fault.details] });
}
