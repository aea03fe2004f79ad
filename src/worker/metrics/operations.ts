import type { MetricMeter } from '@temporalio/common';
import type { FlavorImportResult } from '../../contracts/flavor.ts';
import type { ImageUploadResult } from '../../contracts/image-upload.ts';
import type { Report } from '../../contracts/operation.ts';
import { outcomes } from '../../contracts/operation.ts';
import { operations } from '../../contracts/operations.schema.ts';
import type { ServersResult } from '../../contracts/server-operation.ts';
import type { VmBackupResult } from '../../contracts/vm-backup.ts';

export const durationName = 'stackhand_operation_duration_seconds';
/** Seconds: from a flavor to a backup of days. */
export const durationBuckets = [1, 5, 15, 60, 300, 900, 1800, 3600, 7200, 14_400, 28_800, 86_400, 172_800];
export const downtimeName = 'stackhand_backup_downtime_seconds';
export const downtimeBuckets = [10, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14_400, 28_800];

/** Kinds that are counted: reads keep no report. */
export const kinds: readonly string[] = Object.keys(operations).filter((type) => type !== 'inspect');

/**
 * Counts each operation as its report is first kept, on the worker that keeps it: the sum over all workers is what was
 * done. A worker that starts again begins at 0, which Prometheus' increase() and rate() make up for.
 */
export function countReports(meter: MetricMeter): (kind: string, report: Report) => void {
  const counter = (name: string, what: string, unit = '') => meter.createCounter(name, unit, what);
  const ended = counter('stackhand_operations', 'Operations that ended, by kind and outcome');
  const bytes = counter('stackhand_backup_bytes', 'Bytes of finished backups, as they are on the share');
  const servers = counter('stackhand_servers', 'Servers of plans that were applied, by action and outcome');
  const flavors = counter('stackhand_flavors', 'Flavors of plans that were applied, by outcome');
  const images = counter('stackhand_image_bytes', 'Bytes of images that were uploaded');
  const took = meter.createHistogram(
    durationName,
    'float',
    '',
    'From the start of an operation to its end, waits included',
  );
  const down = meter.createHistogram(
    downtimeName,
    'float',
    '',
    'How long backups kept a VM down that had been running',
  );
  // A counter that is born at 1 has no increase: the first failure would be missed.
  for (const kind of kinds) for (const outcome of outcomes) ended.add(0, { kind, outcome });

  const vmBackup = ({ host = 'unknown', repository, bytes: size, downtime }: VmBackupResult): void => {
    bytes.add(size, { host, repository });
    if (downtime !== undefined) down.record(downtime, { host });
  };
  const appliedServers = ({ action, cloud, applied }: ServersResult): void => {
    if (applied === undefined) return;
    const { done, failed, leftAlone, notBegun } = applied;
    const counts = { done, failed, 'left alone': leftAlone, 'not begun': notBegun };
    for (const [outcome, count] of Object.entries(counts)) servers.add(count, { action, cloud, outcome });
  };
  const flavorImport = ({ cloud, outcomes: applied = [] }: FlavorImportResult): void => {
    for (const { outcome } of applied) flavors.add(1, { cloud, outcome });
  };
  const imageUpload = ({ cloud, image, sent }: ImageUploadResult): void => {
    if (sent) images.add(image.size ?? 0, { cloud });
  };
  const results: Readonly<Record<string, (result: never) => void>> = {
    ...{ vmBackup, flavorImport, imageUpload },
    ...{ serverStop: appliedServers, serverStart: appliedServers, serverDelete: appliedServers },
    ...{ serverMigrate: appliedServers, hostDrain: appliedServers, hostRestore: appliedServers },
  };

  return (kind, { outcome, startedAt, endedAt, result }) => {
    ended.add(1, { kind, outcome });
    took.record(Math.max(0, endedAt - startedAt) / 1000, { kind });
    if (result !== undefined) results[kind]?.(result as never);
  };
}
