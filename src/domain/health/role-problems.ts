import type { HealthPlan, RoleBaseline } from '../../contracts/health-plan.ts';
import type { PlaceChecked, Problem } from '../../contracts/health.ts';
import { rolePlace } from './places.ts';
import { problemsAt } from './problem.ts';

/**
 * What is only seen over all hosts of a role: that exactly so many run, and that all run the same image. Counted only
 * where each host of the role could be looked at: one that is down is a finding already.
 */
export function roleProblems(
  role: string,
  hosts: readonly (PlaceChecked | undefined)[],
  { baseline, baselineProblem }: Pick<HealthPlan, 'baseline' | 'baselineProblem'>,
): Problem[] {
  const where = rolePlace(role);
  const seen = hosts.flatMap((host) =>
    host?.images === undefined ? [] : [{ where: host.where, images: host.images }],
  );
  const all = seen.length === hosts.length;
  const expected = baseline?.roles[role];
  const problem = problemsAt('containers', where);
  const problems: Problem[] = [];
  if (expected === undefined && seen.length > 0)
    problems.push(
      problem(
        'baseline',
        baselineProblem === undefined ? 'warning' : 'unknown',
        baselineProblem ?? 'there is no baseline for it: nobody would notice a container that is missing',
        { next: 'stackhand health baseline --out health-baseline.yaml' },
      ),
    );
  if (all)
    for (const [name, count] of Object.entries(expected?.exactly ?? {})) {
      const on = seen.filter(({ images }) => Object.hasOwn(images, name)).map(({ where: host }) => host);
      if (on.length === count) continue;
      const places = on.length === 0 ? 'on none of its hosts' : `on ${on.join(', ')}`;
      const what = `${name} runs ${places}; ${String(count)} of them ${count === 1 ? 'has' : 'have'} to run it`;
      problems.push(problem(`count/${name}`, 'critical', what));
    }
  for (const [name, places] of byImage(seen)) {
    if (places.size < 2) continue;
    const evidence = [...places].map(
      ([image, on]) => `${image.replace(/^sha256:/, '').slice(0, 12)} on ${on.join(', ')}`,
    );
    problems.push(problem(`image/${name}`, 'warning', `${name} runs from different images`, { evidence }));
  }
  return problems;
}

/** Hosts by image, of each container. */
function byImage(
  seen: readonly { readonly where: string; readonly images: Readonly<Record<string, string>> }[],
): Map<string, Map<string, string[]>> {
  const found = new Map<string, Map<string, string[]>>();
  for (const { where, images } of seen)
    for (const [name, image] of Object.entries(images)) {
      const places = found.get(name) ?? new Map<string, string[]>();
      found.set(name, places.set(image, [...(places.get(image) ?? []), where]));
    }
  return found;
}

/** What runs on each host has to run on each; what runs on some, on exactly as many. */
export function learnRole(hosts: readonly PlaceChecked[]): RoleBaseline {
  const counts = new Map<string, number>();
  for (const { images = {} } of hosts)
    for (const name of Object.keys(images)) counts.set(name, (counts.get(name) ?? 0) + 1);
  const sorted = [...counts].sort(([one], [other]) => (one < other ? -1 : 1));
  return {
    everywhere: sorted.filter(([, count]) => count === hosts.length).map(([name]) => name),
    exactly: Object.fromEntries(sorted.filter(([, count]) => count < hosts.length)),
  };
}
