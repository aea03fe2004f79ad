import type { Flavor, FlavorDrift, FlavorSpec, FlavorWithAccess } from '../../contracts/flavor.ts';

/** What Nova takes for what is not said (api-ref compute, "Create Flavor"). */
export const completeFlavor = (
  spec: FlavorSpec,
  id: string,
  projects: readonly string[],
  there?: FlavorWithAccess,
): FlavorWithAccess => {
  const description = spec.description ?? there?.description;
  return {
    id: spec.id ?? there?.id ?? id,
    name: spec.name,
    vcpus: spec.vcpus,
    ram: spec.ram,
    disk: spec.disk,
    ephemeral: spec.ephemeral ?? there?.ephemeral ?? 0,
    swap: spec.swap ?? there?.swap ?? 0,
    public: spec.public ?? there?.public ?? spec.projects === undefined,
    ...(description === undefined ? {} : { description }),
    properties: spec.properties ?? there?.properties ?? {},
    projects: spec.projects === undefined ? (there?.projects ?? []) : projects,
  };
};

/** Fields that Nova changes in no flavor: it has to go, and come again. */
export const fixedFields = ['id', 'vcpus', 'ram', 'disk', 'ephemeral', 'swap', 'public'] as const;

/** Where a flavor that is there is not what is wanted, field by field. */
export function driftOf(there: FlavorWithAccess, wanted: FlavorWithAccess): FlavorDrift[] {
  const drift: FlavorDrift[] = [];
  const compare = (field: string, is: string, want: string): void => {
    if (is !== want) drift.push({ field, is, wanted: want });
  };
  for (const field of fixedFields) compare(field, String(there[field]), String(wanted[field]));
  compare('description', there.description ?? '', wanted.description ?? '');
  const keys = new Set([...Object.keys(there.properties), ...Object.keys(wanted.properties)]);
  for (const key of [...keys].sort())
    compare(`property ${key}`, there.properties[key] ?? 'not set', wanted.properties[key] ?? 'not set');
  compare('projects', [...there.projects].sort().join(' '), [...wanted.projects].sort().join(' '));
  return drift;
}

/** Whether it can become what is wanted only by being made anew. */
export const needsReplacing = (drift: readonly FlavorDrift[]): boolean =>
  drift.some(({ field }) => (fixedFields as readonly string[]).includes(field));

/** "ram 4096, wanted 8192; property hw:cpu_policy not set, wanted dedicated". */
export const driftText = (drift: readonly FlavorDrift[]): string =>
  drift
    .map(({ field, is, wanted }) => `${field} ${is === '' ? 'empty' : is}, wanted ${wanted === '' ? 'empty' : wanted}`)
    .join('; ');

/** "2 vCPUs, 4096 MB, 20 GB disk". */
export function sizeText({ vcpus, ram, disk, ephemeral, swap }: Flavor): string {
  return [
    `${String(vcpus)} ${vcpus === 1 ? 'vCPU' : 'vCPUs'}`,
    `${String(ram)} MB`,
    `${String(disk)} GB disk`,
    ephemeral === 0 ? '' : `${String(ephemeral)} GB ephemeral`,
    swap === 0 ? '' : `${String(swap)} MB swap`,
  ]
    .filter((part) => part !== '')
    .join(', ');
}
