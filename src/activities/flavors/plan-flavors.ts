import type {
  Flavor,
  FlavorChange,
  FlavorImport,
  FlavorPlan,
  FlavorSpec,
  FlavorWithAccess,
} from '../../contracts/flavor.ts';
import { completeFlavor, driftOf, driftText, needsReplacing } from '../../domain/flavors/compare-flavor.ts';
import { flavorProjects, isFlavorInUse, listFlavors, listProjects } from '../../systems/openstack/index.ts';
import type { Project } from '../../systems/openstack/index.ts';
import { projectNamed } from '../shared/project-named.ts';
import { planExpiry } from '../shared/plan-expiry.ts';
import { digest } from '../shared/digest.ts';
import type { Cloud } from '../servers/cloud-pool.ts';

/** Looks what is there under each name, and decides. `ids` are for those that have none and are not there yet. */
export async function planFlavors(
  { flavors, replace = false, evenInUse = false }: FlavorImport,
  ids: readonly string[],
  cloud: Cloud,
): Promise<FlavorPlan> {
  const wantsProjects = flavors.some(({ projects = [] }) => projects.length > 0);
  const [all, projects] = await Promise.all([
    listFlavors(cloud.session),
    wantsProjects ? listProjects(cloud.session) : [],
  ]);
  const changes = await Promise.all(
    flavors.map((spec, at) => decide(spec, ids[at] ?? '', { all, projects, replace, evenInUse, cloud })),
  );
  return {
    cloud: cloud.name,
    cloudKey: cloud.key,
    changes,
    hash: digest({ cloud: cloud.key, changes }),
    expiresAt: planExpiry(cloud, Date.now()),
  };
}

interface Seen {
  readonly all: readonly Flavor[];
  readonly projects: readonly Project[];
  readonly replace: boolean;
  readonly evenInUse: boolean;
  readonly cloud: Cloud;
}

async function decide(
  spec: FlavorSpec,
  id: string,
  { all, projects, replace, evenInUse, cloud }: Seen,
): Promise<FlavorChange> {
  const there = all.find(({ name }) => name === spec.name);
  const before = there === undefined ? undefined : await withAccess(there, cloud);
  const allowed = (spec.projects ?? []).map((project) => projectNamed(project, projects).id);
  const flavor = completeFlavor(spec, id, allowed, before);
  const holder = all.find((other) => other.id === flavor.id && other.name !== flavor.name);
  if (holder !== undefined)
    return { flavor, action: 'none', drift: [], why: `its id ${flavor.id} is that of flavor ${holder.name}` };
  // The database below Nova may compare names without case (MySQL does), and would refuse it as already there.
  const alike = all.find(({ name }) => name !== spec.name && name.toLowerCase() === spec.name.toLowerCase());
  if (before === undefined && alike !== undefined)
    return { flavor, action: 'none', drift: [], why: `its name differs from flavor ${alike.name} only in case` };
  if (before === undefined) return { flavor, action: 'create', drift: [] };
  const drift = driftOf(before, flavor);
  const none = (why: string): FlavorChange => ({ flavor, action: 'none', before, drift, why });
  if (drift.length === 0) return none('there already, and the same');
  if (!replace) return none(`there, and different: ${driftText(drift)}`);
  if (!evenInUse && (await isFlavorInUse(cloud.session, before.id)))
    return none(`there, and different: ${driftText(drift)}; servers use it, and --even-in-use was not said`);
  return { flavor, action: needsReplacing(drift) ? 'replace' : 'update', before, drift };
}

export async function withAccess(flavor: Flavor, { session }: Cloud): Promise<FlavorWithAccess> {
  return { ...flavor, projects: flavor.public ? [] : (await flavorProjects(session, flavor.id)).sort() };
}
