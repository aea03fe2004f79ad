import { z } from 'zod';
import type { HostRecord } from '../../contracts/host-record.ts';
import type { RepositoryTarget } from '../../contracts/targets.ts';
import type { Host } from '../host/host.ts';
import { below, type HostPaths } from './paths.ts';
import { formerDefinition, restoredList } from './restored.ts';
import { stateFiles } from './state-files.ts';

export type { HostRecord } from '../../contracts/host-record.ts';

const count = z.number().int().nonnegative();

const repository: z.ZodType<RepositoryTarget> = z.object({
  name: z.string(),
  type: z.string(),
  source: z.string(),
  options: z.string(),
  mountPoint: z.string(),
  directory: z.string().exactOptional(),
  keep: z
    .object({
      last: count.exactOptional(),
      daily: count.exactOptional(),
      weekly: count.exactOptional(),
      monthly: count.exactOptional(),
    })
    .exactOptional(),
});

const schema: z.ZodType<HostRecord> = z.object({
  operation: z.string(),
  workflowId: z.string(),
  type: z.string(),
  startedAt: z.string(),
  domain: z.object({ name: z.string(), uuid: z.string() }).exactOptional(),
  wasRunning: z.boolean().exactOptional(),
  broughtDown: z.literal(true).exactOptional(),
  repository: repository.exactOptional(),
  partial: z.string().exactOptional(),
  leases: z.array(z.string()).exactOptional(),
  shutdown: z.object({ bootId: z.string(), until: z.number() }).exactOptional(),
  restore: z
    .object({
      defined: z.boolean().exactOptional(),
      moved: z.array(z.object({ from: z.string(), to: z.string() })).exactOptional(),
    })
    .exactOptional(),
});

const files = stateFiles('operations', 'host record', schema);

export const hostRecordPath = (paths: HostPaths, operation: string): string =>
  below(paths.state, 'operations', `${operation}.json`);

/** Leaves the record at `<state>/operations/<operation>.json`, on the disk when it returns; replaces a former one. */
export function writeHostRecord(host: Host, paths: HostPaths, record: HostRecord): Promise<void> {
  return files.put(host, paths, record.operation, record);
}

export function readHostRecord(host: Host, paths: HostPaths, operation: string): Promise<HostRecord | undefined> {
  return files.get(host, paths, operation);
}

/** With what a restore keeps beside it; the record goes last, since a repair finds the rest by it. Idempotent. */
export function removeHostRecord(host: Host, paths: HostPaths, operation: string): Promise<void> {
  return files.remove(host, paths, operation, [restoredList(paths, operation), formerDefinition(paths, operation)]);
}

export function listHostRecords(host: Host, paths: HostPaths): Promise<HostRecord[]> {
  return files.all(host, paths);
}
