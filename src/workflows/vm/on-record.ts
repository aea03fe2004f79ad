import type { HostTarget, RepositoryTarget } from '../../contracts/targets.ts';
import type { Op } from '../shared/op.ts';

/**
 * Leaves a record of the operation on its host before the first effect: after a `terminate`, which runs no undo, it is
 * all that tells a repair of the mount, the leases and the jobs. It goes last.
 */
export async function goOnRecord(
  { host, repository }: { readonly host: HostTarget; readonly repository: RepositoryTarget },
  type: string,
  op: Op,
): Promise<{ letGo: () => Promise<void> }> {
  const held = op.undo('Let go', (at) => at.letGo(host, op.id), { last: true });
  await op
    .beside('Leave a record')
    .leaveRecord(host, repository, { operation: op.id, workflowId: op.workflowId, type });
  return {
    letGo: async () => {
      await op.beside('Let go').letGo(host, op.id);
      held.settle();
    },
  };
}
