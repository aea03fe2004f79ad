import { archiveActivities } from './archives.ts';
import { backupActivities } from './backups.ts';
import { domainActivities } from './domains.ts';
import { flavorActivities } from './flavors.ts';
import { guardActivities } from './guards.ts';
import { healthActivities } from './health.ts';
import { imageActivities } from './images.ts';
import { inspectionActivities } from './inspections.ts';
import { jobActivities } from './jobs.ts';
import { leaseActivities } from './leases.ts';
import { lockActivities } from './locks.ts';
import { mountActivities } from './mounts.ts';
import { repairActivities } from './repairs.ts';
import { reportActivities } from './reports.ts';
import { restoreActivities } from './restores.ts';
import { serverActivities } from './servers.ts';
import { targetActivities } from './targets.ts';
import type { Deps } from './shared/deps.ts';
import { asActivities } from './shared/failure.ts';

/** Every activity of a worker, by name. Workflows import the type alone. */
export function createActivities(deps: Deps) {
  return asActivities({
    ...targetActivities(deps),
    ...domainActivities(deps),
    ...mountActivities(deps),
    ...guardActivities(deps),
    ...jobActivities(deps),
    ...archiveActivities(deps),
    ...backupActivities(deps),
    ...leaseActivities(deps),
    ...restoreActivities(deps),
    ...repairActivities(deps),
    ...serverActivities(deps),
    ...flavorActivities(deps),
    ...imageActivities(deps),
    ...healthActivities(deps),
    ...inspectionActivities(deps),
    ...lockActivities(),
    ...reportActivities(deps),
  });
}

export type Activities = ReturnType<typeof createActivities>;
