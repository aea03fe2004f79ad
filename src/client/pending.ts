import type { LoadedDataConverter, Payload } from '@temporalio/common';
import type { temporal } from '@temporalio/proto';
import { z } from 'zod';

/** An activity that a workflow waits for, as `describe` tells it. Workflow code itself doesn't see heartbeats. */
export interface Pending {
  readonly activityId: string;
  readonly attempt: number;
  /** A worker has it, so far as Temporal knows. */
  readonly started: boolean;
  /** No worker has it, and one could take it. */
  readonly queued: boolean;
  readonly progress?: Progress;
  /** What it is about, or waits for, in operator's words. */
  readonly note?: string;
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
}

/** What activities tell (activities/shared/heartbeat.ts); a newer worker may say it otherwise. */
const heartbeatShape = z.object({
  done: z.number().nonnegative().optional(),
  total: z.number().nonnegative().optional(),
  rate: z.number().nonnegative().optional(),
  note: z.string().optional(),
});

/** How the SDK encodes what is common to all failures. */
const failureShape = z.object({ message: z.string() });

type RawPending = temporal.api.workflow.v1.IPendingActivityInfo;

export function decodePending(converter: LoadedDataConverter, raw: readonly RawPending[]): Promise<Pending[]> {
  const now = Date.now();
  return Promise.all(
    raw.map(async (activity) => {
      const told = await heartbeatOf(converter, activity.heartbeatDetails?.payloads ?? []);
      const failure = await messageOf(converter, activity.lastFailure);
      const next = milliseconds(activity.nextAttemptScheduleTime);
      const queued = activity.state === scheduledState && (next === undefined || next <= now);
      return {
        activityId: activity.activityId ?? '',
        attempt: activity.attempt ?? 1,
        started: activity.state === startedState || activity.state === cancelRequestedState,
        queued,
        ...told,
        ...(failure === '' ? {} : { failure }),
        ...(next === undefined ? {} : { nextAttemptAt: next }),
      };
    }),
  );
}

// PENDING_ACTIVITY_STATE_SCHEDULED, _STARTED and _CANCEL_REQUESTED of temporal.api.enums.v1.
const scheduledState = 1;
const startedState = 2;
const cancelRequestedState = 3;

/** Empty for what isn't ours: another kind of heartbeat is no error. */
async function heartbeatOf(
  converter: LoadedDataConverter,
  encoded: Payload[],
): Promise<Pick<Pending, 'progress' | 'note'>> {
  const [first] = await decoded(converter, encoded);
  const parsed = heartbeatShape.safeParse(first);
  if (!parsed.success) return {};
  const { done, total, rate, note } = parsed.data;
  return {
    ...(done === undefined || total === undefined
      ? {}
      : { progress: { done, total, ...(rate === undefined ? {} : { rate }) } }),
    ...(note === undefined ? {} : { note }),
  };
}

/** A worker that encrypts keeps the message in a payload (src/payloads), and leaves a placeholder in its place. */
async function messageOf(converter: LoadedDataConverter, failure: RawPending['lastFailure']): Promise<string> {
  const [encoded] = failure?.encodedAttributes ? await decoded(converter, [failure.encodedAttributes]) : [];
  const parsed = failureShape.safeParse(encoded);
  return parsed.success ? parsed.data.message : (failure?.message ?? '');
}

async function decoded(converter: LoadedDataConverter, payloads: Payload[]): Promise<unknown[]> {
  let read = payloads;
  for (const codec of [...converter.payloadCodecs].reverse()) read = await codec.decode(read);
  return read.map((payload) => converter.payloadConverter.fromPayload(payload));
}

function milliseconds(time: RawPending['nextAttemptScheduleTime']): number | undefined {
  if (!time?.seconds) return undefined;
  return Number(time.seconds) * 1000 + Math.round((time.nanos ?? 0) / 1e6);
}
