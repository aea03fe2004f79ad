import type { ExpectedBackup, HealthPlan, PlannedHost } from '../../contracts/health-plan.ts';
import type { HostTarget } from '../../contracts/targets.ts';
import { placeOf } from './problem.ts';

export const cloudPlace = (cloud: string): string => `cloud ${cloud}`;
export const rolePlace = (role: string): string => `role ${role}`;
/** A Pacemaker does not reach over sites: a role that is at two has two. */
export const clusterPlace = (role: string, { site }: Pick<HostTarget, 'site'>): string =>
  `cluster of ${role}${site === undefined ? '' : ` at ${site}`}`;
/** What the check itself remembers. */
export const memoryPlace = 'records';

/** Every check of every place that these have. */
export function placesOf(
  hosts: readonly PlannedHost[],
  cloud: string | undefined,
  backups: readonly ExpectedBackup[],
): HealthPlan['places'] {
  const places = [
    placeOf({ check: 'hosts', where: memoryPlace }),
    ...hosts.flatMap(({ target, role, runtime, logs }) => [
      placeOf({ check: 'hosts', where: target.name }),
      ...(runtime === 'none'
        ? []
        : [target.name, rolePlace(role), clusterPlace(role, target)].map((where) =>
            placeOf({ check: 'containers', where }),
          )),
      ...(logs.length === 0 ? [] : [placeOf({ check: 'logs', where: target.name })]),
    ]),
    ...(cloud === undefined ? [] : [placeOf({ check: 'services', where: cloudPlace(cloud) })]),
    ...backups.map(({ host }) => placeOf({ check: 'backups', where: host })),
  ];
  return [...new Set(places)];
}
