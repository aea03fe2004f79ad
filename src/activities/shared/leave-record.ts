import type { RepositoryTarget } from '../../contracts/targets.ts';
import type { Host } from '../../systems/host/host.ts';
import { readHostRecord, writeHostRecord } from '../../systems/jobs/host-record.ts';
import type { HostPaths } from '../../systems/jobs/paths.ts';

/** An operation as a host's records name it. */
export interface Holder {
  readonly operation: string;
  readonly workflowId: string;
  readonly type: string;
}

/** Leaves a record of an operation that uses a repository, unless it left one before. */
export async function leaveRecord(
  on: Host,
  paths: HostPaths,
  repository: RepositoryTarget,
  holder: Holder,
): Promise<void> {
  if ((await readHostRecord(on, paths, holder.operation)) !== undefined) return;
  await writeHostRecord(on, paths, { ...holder, repository, startedAt: new Date().toISOString() });
}
