import { z } from 'zod';
import { isFault } from '../../../contracts/faults.ts';
import type { InstanceAction } from '../../../contracts/server.ts';
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
 * where it did not, or Nova does not say it to this user. The reason is the last line of an event's traceback, which the
 * default policy keeps for administrators; its `details` for everybody come with 2.84, beyond Train.
 */
export async function instanceActionFailure(
  session: Session,
  serverId: string,
  requestId: string,
): Promise<string | undefined> {
  const found = await orGone(() =>
    session.read(
      {
        service: 'compute',
        method: 'GET',
        path: `/servers/${encodeURIComponent(serverId)}/os-instance-actions/${encodeURIComponent(requestId)}`,
        job: 'instanceActions',
        what: `action ${requestId} of server ${serverId}`,
      },
      one,
    ),
  );
  const { message, events = [] } = found?.instanceAction ?? {};
  const traceback = events.find(({ result }) => result === 'Error')?.traceback ?? '';
  const last = traceback.trim().split('\n').at(-1) ?? '';
  if (last !== '') return last.replace(/^[\w.]+\.\w+: /, '');
  // "Error" only says that there was one.
  return message == null || message === 'Error' ? undefined : message;
}

const one = z.object({
  instanceAction: z.object({
    message: z.string().nullable(),
    events: z
      .array(z.object({ event: z.string(), result: z.string().nullable(), traceback: z.string().nullish() }))
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
