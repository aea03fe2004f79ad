import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Client, ScheduleDescription, ScheduleHandle, ScheduleSummary } from '@temporalio/client';
import { ScheduleAlreadyRunning, ScheduleNotFoundError, ScheduleOverlapPolicy } from '@temporalio/client';
import { Fault, isFault } from '../contracts/faults.ts';
import type { Request } from '../contracts/operation.ts';
import { operations } from '../contracts/operations.schema.ts';
import { nearest } from '../domain/nearest.ts';
import { mayPass } from './errors.ts';
import type { Planned } from './planned.ts';
import { executionOptions, readableId } from './start.ts';
import { whoAsks } from './who.ts';
import { inTime } from './in-time.ts';

export interface Timing {
  readonly cron: readonly string[];
  readonly timezone: string;
  /** Seconds. */
  readonly jitter?: number | undefined;
  /** Seconds after its time in which a run may begin; later it ends as missed. */
  readonly window: number;
}

export interface NewSchedule extends Timing {
  readonly name: string;
  readonly paused?: boolean | undefined;
  readonly planned: Planned;
}

/** Kept beside the schedule, for people. */
interface Memo {
  readonly command?: string;
  readonly createdBy?: string;
}

const tries = 6;

/** Overlap and catch-up are said: Temporal would catch up for a year, and VMs would go down at ten in the morning. */
export async function createSchedule(client: Client, schedule: NewSchedule): Promise<void> {
  const { name, cron, timezone, jitter, window, paused, planned } = schedule;
  const { operation, input, reason, line } = planned;
  const startedBy = `schedule ${name} of ${whoAsks()}`;
  const request: Request<unknown> = {
    ...{ input, startedBy, startWindow: window },
    ...(reason === undefined ? {} : { reason }),
  };
  const { workflowIdReusePolicy: _, ...execution } = executionOptions(operation, request);
  const memo: Memo = { command: line, createdBy: whoAsks() };
  try {
    await inTime(client, () =>
      client.schedule.create({
        scheduleId: name,
        spec: {
          cronExpressions: [...cron],
          timezone,
          ...(jitter === undefined ? {} : { jitter: jitter * 1000 }),
        },
        // Scheduled runs get their time appended to the id.
        action: {
          type: 'startWorkflow',
          workflowType: operation.type,
          workflowId: `${readableId(operation, input)}/${name}`,
          ...execution,
        },
        policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: window * 1000 },
        memo: { ...memo },
        state: { paused: paused === true },
      }),
    );
  } catch (error) {
    if (error instanceof ScheduleAlreadyRunning)
      throw new Fault('InvalidInput', `there is a schedule "${name}" already`, {
        remedy: 'choose another name, say --replace, or remove it: stackhand schedule remove',
      });
    // What the SDK makes of the server's refusal of a schedule's times.
    if (error instanceof TypeError)
      throw new Fault('InvalidInput', `Temporal does not accept the times: ${error.message}`, {
        remedy: 'a cron line has five fields: minute hour day-of-month month day-of-week',
      });
    throw error;
  }
}

/**
 * In the place of one of the same name. Temporal can't change what a schedule's list shows of it (its memo), so the old
 * one goes first; and before that the new one is tried under another name, since what Temporal doesn't accept must not
 * cost the old one.
 */
export async function replaceSchedule(client: Client, schedule: NewSchedule): Promise<void> {
  const trial = `${schedule.name}.trial-${randomBytes(4).toString('hex')}`;
  await createSchedule(client, { ...schedule, name: trial, paused: true });
  await client.schedule.getHandle(trial).delete();
  // From here on the old one may be gone: a server that is busy for a moment must not leave none.
  const handle = client.schedule.getHandle(schedule.name);
  await surely(async () => {
    try {
      await handle.delete();
    } catch (error) {
      if (!(error instanceof ScheduleNotFoundError)) throw error;
    }
  });
  await surely(async (attempt) => {
    try {
      await createSchedule(client, schedule);
    } catch (error) {
      // Made by the try before, whose answer was lost.
      const there = attempt > 1 && isFault(error) ? await handle.describe().catch(() => undefined) : undefined;
      if (there === undefined || memoOf(there).command !== schedule.planned.line) throw error;
    }
  });
}

/** Tries again what may work a moment later. */
async function surely(run: (attempt: number) => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await run(attempt);
    } catch (error) {
      if (!mayPass(error) || attempt === tries) throw error;
      await pause(500 * attempt);
    }
  }
}

/** Those that run operations of ours; others may live in the same namespace. */
export async function listSchedules(client: Client): Promise<ScheduleSummary[]> {
  const found: ScheduleSummary[] = [];
  for await (const schedule of client.schedule.list())
    if ((schedule.action?.workflowType ?? '') in operations) found.push(schedule);
  return found.sort((a, b) => (a.scheduleId < b.scheduleId ? -1 : 1));
}

/** Throws UnknownSchedule with the nearest names. */
export async function findSchedule(
  client: Client,
  name: string,
): Promise<{ readonly handle: ScheduleHandle; readonly description: ScheduleDescription }> {
  const handle = client.schedule.getHandle(name);
  try {
    return { handle, description: await inTime(client, () => handle.describe()) };
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
    const names = (await listSchedules(client)).map((schedule) => schedule.scheduleId);
    throw new Fault('UnknownSchedule', `there is no schedule "${name}"`, { candidates: nearest(name, names) });
  }
}

export const memoOf = (schedule: { readonly memo?: Record<string, unknown> | undefined }): Memo => schedule.memo ?? {};
