import { z } from 'zod';
import { isFault } from '../../../contracts/faults.ts';
import type { InstanceAction } from '../../../contracts/server.ts';
import { computeMicroversions } from '../microversions.ts';
import { orGone } from '../or-gone.ts';
import type { Session } from '../session.ts';

/** GET /servers/{id}/os-instance-actions, newest first; also of a deleted server. Empty where nothing is known. */
export async function listInstanceActions(
  session: Session,
  serverId: string,
  signal?: AbortSignal,
): Promise<InstanceAction[]> {
  try {
    const { instanceActions } = await session.read(
      {
        service: 'compute',
        method: 'GET',
        path: `/servers/${encodeURIComponent(serverId)}/os-instance-actions`,
        job: 'instanceActions',
        what: `the actions of server ${serverId}`,
        signal,
      },
      page,
    );
    return instanceActions.map((found) => ({
      action: found.action,
      requestId: found.request_id,
      userId: found.user_id,
      // Nova writes UTC without saying so.
      startedAt: Date.parse(`${found.start_time.replace(/(\.\d+)?(Z|\+00:00)?$/, '')}Z`),
      message: found.message,
    }));
  } catch (error) {
    if (isFault(error) && error.type === 'CloudResourceNotFound') return [];
    throw error;
  }
}

/**
 * GET /servers/{id}/os-instance-actions/{request}: why what that request asked for failed, in Nova's words; undefined
 * where it did not, or where Nova keeps it to itself. The reason is the `details` of an event, which come with 2.84: a
 * cloud of Train tells none (an event's traceback ends before its exception).
 */
export async function instanceActionFailure(
  session: Session,
  serverId: string,
  requestId: string,
): Promise<string | undefined> {
  if (!(await session.reaches(computeMicroversions.instanceActionDetails))) return undefined;
  const found = await orGone(() =>
    session.read(
      {
        service: 'compute',
        method: 'GET',
        path: `/servers/${encodeURIComponent(serverId)}/os-instance-actions/${encodeURIComponent(requestId)}`,
        job: 'instanceActionDetails',
        what: `action ${requestId} of server ${serverId}`,
      },
      one,
    ),
  );
  const failed = found?.instanceAction.events?.find(({ result, details }) => result === 'Error' && details != null);
  return failed?.details ?? undefined;
}

const one = z.object({
  instanceAction: z.object({
    events: z
      .array(z.object({ event: z.string(), result: z.string().nullable(), details: z.string().nullish() }))
      .optional(),
  }),
});

const page = z.object({
  instanceActions: z.array(
    z.object({
      action: z.string(),
      request_id: z.string(),
      user_id: z.string().nullable(),
      start_time: z.string(),
      message: z.string().nullable(),
    }),
  ),
});
