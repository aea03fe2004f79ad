import type { LoadedDataConverter, Payload } from '@temporalio/common';
import type { temporal } from '@temporalio/proto';
import { z } from 'zod';

/** An activity that a workflow waits for, as `describe` tells it. Workflow code itself doesn't see heartbeats. */
export interface Pending {
  readonly activityId: string;
  readonly attempt: number;
  /** A worker has it, so far as Temporal knows. */
  readonly started: boolean;
  readonly progress?: Progress;
  /** Why the last attempt failed. */
  readonly failure?: string;
  /** When the next attempt comes, milliseconds since the epoch. */
  readonly nextAttemptAt?: number;
}

export interface Progress {
  readonly done: number;
  readonly total: number;
  /** Units a second. */
  readonly rate?: number;
  readonly step?: string;
}

const progressShape = z.object({
  done: z.number().nonnegative(),
  total: z.number().nonnegative(),
  rate: z.number().nonnegative().optional(),
  step: z.string().optional(),
});

type RawPending = temporal.api.workflow.v1.IPendingActivityInfo;

export function decodePending(converter: LoadedDataConverter, raw: readonly RawPending[]): Promise<Pending[]> {
  return Promise.all(
    raw.map(async (activity) => {
      const progress = await progressOf(converter, activity.heartbeatDetails?.payloads ?? []);
      const failure = activity.lastFailure?.message;
      const next = milliseconds(activity.nextAttemptScheduleTime);
      return {
        activityId: activity.activityId ?? '',
        attempt: activity.attempt ?? 1,
        started: activity.state === startedState || activity.state === cancelRequestedState,
        ...(progress === undefined ? {} : { progress }),
        ...(failure ? { failure } : {}),
        ...(next === undefined ? {} : { nextAttemptAt: next }),
      };
    }),
  );
}

// PENDING_ACTIVITY_STATE_STARTED and _CANCEL_REQUESTED of temporal.api.enums.v1.
const startedState = 2;
const cancelRequestedState = 3;

/** Undefined for what isn't ours: another kind of heartbeat is no error. */
async function progressOf(converter: LoadedDataConverter, encoded: Payload[]): Promise<Progress | undefined> {
  let payloads = encoded;
  for (const codec of [...converter.payloadCodecs].reverse()) payloads = await codec.decode(payloads);
  const [first] = payloads;
  if (first === undefined) return undefined;
  const parsed = progressShape.safeParse(converter.payloadConverter.fromPayload(first));
  if (!parsed.success) return undefined;
  const { done, total, rate, step } = parsed.data;
  return { done, total, ...(rate === undefined ? {} : { rate }), ...(step === undefined ? {} : { step }) };
}

function milliseconds(time: RawPending['nextAttemptScheduleTime']): number | undefined {
  if (!time?.seconds) return undefined;
  return Number(time.seconds) * 1000 + Math.round((time.nanos ?? 0) / 1e6);
}
