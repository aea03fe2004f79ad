import type { Host } from '../../systems/host/host.ts';
import { readHostRecord, removeHostRecord } from '../../systems/jobs/host-record.ts';
import { releaseMount } from '../../systems/jobs/mounts.ts';
import type { HostPaths } from '../../systems/jobs/paths.ts';

/** Gives back the mount that the checks of an operation leased, then drops their record, which names it. Idempotent. */
export async function releaseChecked(on: Host, paths: HostPaths, operation: string): Promise<void> {
  const record = await readHostRecord(on, paths, operation);
  if (record?.repository !== undefined) await releaseMount(on, paths, record.repository, operation);
  await removeHostRecord(on, paths, operation);
}
