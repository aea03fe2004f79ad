import { z } from 'zod';
import { isFault } from '../../../contracts/faults.ts';
import type { InstanceAction } from '../../../contracts/server.ts';
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
