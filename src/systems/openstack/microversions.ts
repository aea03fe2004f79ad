import { Fault } from '../../contracts/faults.ts';

/**
 * The lowest compute microversion that does each job: the one table. Train (OSP 16) ends at 2.79, and nothing that is
 * needed is above it. What each brought is in Nova's doc "REST API Version History".
 */
export const computeMicroversions = {
  /** Embedded flavor with extra specs (2.47), tags (2.26), locked (2.9), host_status (2.16), delete_on_termination (2.3). */
  servers: '2.47',
  /** os-start, os-stop, delete, confirmResize, lock: as in the first. */
  action: '2.1',
  /** Asynchronous checks, `block_migration: auto` (2.25), `host` is checked by the scheduler (2.30); no `force` is sent. */
  liveMigrate: '2.34',
  /** Cold migration to a named host. */
  coldMigrateTo: '2.56',
  forceComplete: '2.22',
  abort: '2.24',
  abortQueued: '2.65',
  /** uuid, paging and changes-since of os-migrations. */
  migrations: '2.59',
  /** Services by uuid; forced_down and disable reason in one PUT. */
  services: '2.53',
  hypervisors: '2.53',
  /** Paging and changes-since; events since 2.51 for all users. */
  instanceActions: '2.58',
  /** Why an event failed; done without where the cloud ends below. */
  instanceActionDetails: '2.84',
  serverGroups: '2.64',
  /** Extra specs in the flavor itself (2.61), its description (2.55). */
  flavors: '2.61',
  /** A description may be given. */
  createFlavor: '2.55',
  /** Access of a flavor that is public is refused, rather than taken and without an effect. */
  flavorAccess: '2.7',
} as const;

/** Placement's one: which providers are part of another (1.14). Train ends at 1.36. */
export const placementMicroversion = '1.14';

export type ComputeJob = keyof typeof computeMicroversions;

/** @throws Fault MicroversionRefused where the cloud, or the cap of its config, ends below */
export function checkMicroversion(wanted: string, highest: string, what: string, capped: boolean): void {
  if (compareMicroversions(wanted, highest) <= 0) return;
  throw new Fault(
    'MicroversionRefused',
    `${what} needs compute microversion ${wanted}, and ${capped ? 'the config caps it at' : 'this cloud ends at'} ${highest}`,
    { arrived: 'no' },
  );
}

/** 2.9 is below 2.10. */
export function compareMicroversions(one: string, other: string): number {
  const [major = 0, minor = 0] = one.split('.').map(Number);
  const [otherMajor = 0, otherMinor = 0] = other.split('.').map(Number);
  return major - otherMajor || minor - otherMinor;
}
