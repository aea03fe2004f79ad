import type { Host } from '../../systems/host/host.ts';
import { listHostRecords } from '../../systems/jobs/host-record.ts';
import { listMountLeases } from '../../systems/jobs/mounts.ts';
import type { MountLease } from '../../systems/jobs/mounts.ts';
import type { HostPaths } from '../../systems/jobs/paths.ts';
import type { Leftover } from '../repairs.ts';
import { operationState } from './operation-state.ts';

/** What lies on a host from operations other than `own`, whether they have ended or not; and mounts that nobody owns. */
export async function findLeftovers(
  on: Host,
  paths: HostPaths,
  own: string,
): Promise<{ readonly records: Leftover[]; readonly strays: MountLease[] }> {
  const strays = await findStrayMounts(on, paths);
  const records = (await listHostRecords(on, paths)).filter(({ operation }) => operation !== own);
  return {
    strays,
    records: await Promise.all(records.map(async (record) => ({ record, state: await operationState(record) }))),
  };
}

/**
 * Leases of operations that have no record. An operation leaves its record before it leases a mount, and removes it
 * only after it has given the mount back. So, with the leases listed first, one without a record is nobody's any more,
 * whichever Temporal its operation was of.
 */
export async function findStrayMounts(on: Host, paths: HostPaths): Promise<MountLease[]> {
  const leases = await listMountLeases(on, paths);
  if (leases.length === 0) return [];
  const known = new Set((await listHostRecords(on, paths)).map(({ operation }) => operation));
  return leases.filter(({ operation }) => !known.has(operation));
}
