import type { HealthPlan } from '../../contracts/health-plan.ts';
import type { InspectResults } from '../../contracts/inspect.ts';
import { cloudPlace } from '../../domain/health/places.ts';
import { isOfServices } from '../../domain/health/service-problems.ts';
import { learnRole } from '../../domain/health/role-problems.ts';
import type { HealthStore } from './store.ts';

/** What runs now, for review. Places that could not be looked at, or not wholly, are named, and so are the roles left out for it. */
export async function learn(
  plan: HealthPlan,
  store: HealthStore,
  file: string | undefined,
): Promise<InspectResults['health baseline']> {
  const places = await store.places(plan.operation);
  const withContainers = plan.hosts.filter(({ runtime }) => runtime !== 'none');
  const looked = new Set(places.filter(({ images }) => images !== undefined).map(({ where }) => where));
  const hosts = withContainers.map(({ target }) => target.name);
  // One whose hosts were not all seen would be learned wrong: what runs on each, and on how many.
  const half = withContainers.filter(({ target }) => !looked.has(target.name)).map(({ role }) => role);
  const roles = [...new Set(withContainers.map(({ role }) => role))].filter((role) => !half.includes(role));
  const cloud = plan.cloud === undefined ? undefined : cloudPlace(plan.cloud);
  const ofCloud = places.find(({ where }) => where === cloud);
  const wholeCloud =
    ofCloud?.services !== undefined && ofCloud.results.every(({ unseen = [] }) => !unseen.some(isOfServices));
  return {
    baseline: {
      roles: Object.fromEntries(roles.map((role) => [role, learnRole(places.filter((place) => place.role === role))])),
      services: [...(ofCloud?.services ?? [])].sort(),
    },
    notSeen: [...hosts.filter((name) => !looked.has(name)), ...(cloud === undefined || wholeCloud ? [] : [cloud])],
    leftOut: [...new Set(half)],
    ...(file === undefined ? {} : { file }),
  };
}
