import type { HealthPlan } from '../../contracts/health-plan.ts';
import type { InspectResults } from '../../contracts/inspect.ts';
import { learnRole } from '../../domain/health/role-problems.ts';
import type { HealthStore } from './store.ts';

/** What runs now, for review. Hosts that could not be looked at are named: what they run is not in it. */
export async function learn(
  plan: HealthPlan,
  store: HealthStore,
  file: string | undefined,
): Promise<InspectResults['health baseline']> {
  const places = await store.places(plan.operation);
  await store.forgetRun(plan.operation);
  const withContainers = plan.hosts.filter(({ runtime }) => runtime !== 'none');
  const roles = [...new Set(withContainers.map(({ role }) => role))].map((role) => {
    const seen = places.filter((place) => place.role === role && place.images !== undefined);
    return [role, learnRole(seen)] as const;
  });
  const seen = new Set(places.filter(({ images, services }) => images ?? services).map(({ where }) => where));
  const wanted = [
    ...withContainers.map(({ target }) => target.name),
    ...(plan.cloud === undefined ? [] : [`cloud ${plan.cloud}`]),
  ];
  const services = places.flatMap((place) => place.services ?? []).sort();
  return {
    baseline: { roles: Object.fromEntries(roles), services },
    notSeen: wanted.filter((where) => !seen.has(where)),
    ...(file === undefined ? {} : { file }),
  };
}
