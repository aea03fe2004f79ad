import type { CheckResult, Problem } from '../../contracts/health.ts';
import { worstOf } from '../../contracts/health.ts';
import type { Cluster } from '../../contracts/machine.ts';
import type { HostTarget } from '../../contracts/targets.ts';
import { onHost } from './next-command.ts';
import { clusterPlace } from './places.ts';
import { notLookedAt, problemsAt } from './problem.ts';

/** Whether a role's Pacemaker is well; a text says why it gave no answer. Each of its hosts says the same, so findings are those of the role's cluster. */
export function clusterProblems(
  target: HostTarget,
  role: string,
  look: Cluster | string,
): { readonly results: readonly [CheckResult]; readonly problems: readonly Problem[] } {
  const where = clusterPlace(role, target);
  const next = onHost(target, ['pcs', 'status', '--full']);
  const ofCluster = problemsAt('containers', where);
  const problem = (
    kind: string,
    verdict: Problem['verdict'],
    what: string,
    more: { readonly evidence?: readonly string[] } = {},
  ): Problem => ofCluster(kind, verdict, what, { next, ...more });
  if (typeof look === 'string') {
    const mute = problemsAt('containers', target.name)('cluster', 'unknown', look, { next });
    return { results: [{ ...notLookedAt('containers', where), role, seen: 'no answer' }], problems: [mute] };
  }
  const { quorum, nodes, resources, failures } = look;
  const ofNodes = nodes.flatMap(({ name, online, unclean, standby, maintenance }) => {
    if (unclean) return [problem(`node/${name}`, 'critical', `node ${name} is unclean: nobody knows what runs there`)];
    if (!online) return [problem(`node/${name}`, 'critical', `node ${name} is offline`)];
    if (standby || maintenance)
      return [problem(`node/${name}`, 'warning', `node ${name} is in ${standby ? 'standby' : 'maintenance'}`)];
    return [];
  });
  const ofResources = [...new Set(resources.map(({ id }) => id))].flatMap((id) => {
    const instances = resources.filter((resource) => resource.id === id);
    const reasons = failures
      .filter(({ operation }) => operation.startsWith(`${id}_`))
      .map(({ operation, node, reason }) => `${operation} on ${node}: ${reason}`);
    const evidence = reasons.length === 0 ? {} : { evidence: reasons.slice(0, 10) };
    const some = (count: number): string =>
      instances.length === 1 ? '' : ` (${String(count)} of ${String(instances.length)})`;
    const failed = instances.filter((resource) => resource.failed).length;
    const blocked = instances.filter((resource) => resource.blocked).length;
    const stopped = instances.filter((resource) => resource.role === 'Stopped' && !resource.stoppedOnPurpose).length;
    const kind = `resource/${id}`;
    if (blocked > 0) return [problem(kind, 'critical', `${id} is blocked: Pacemaker does no more for it`, evidence)];
    if (failed > 0) return [problem(kind, 'critical', `${id} has failed${some(failed)}`, evidence)];
    if (stopped > 0)
      return [
        problem(
          kind,
          stopped === instances.length ? 'critical' : 'warning',
          `${id} is stopped${some(stopped)}`,
          evidence,
        ),
      ];
    if (instances.some(({ managed }) => !managed))
      return [problem(kind, 'warning', `${id} is not managed: Pacemaker would not mend it`)];
    return [];
  });
  const problems = [...(quorum ? [] : [problem('quorum', 'critical', 'it has no quorum')]), ...ofNodes, ...ofResources];
  const online = nodes.filter((node) => node.online).length;
  const seen = `${String(online)} of ${String(nodes.length)} nodes, ${String(resources.length)} resources`;
  const verdict = worstOf(problems.map((each) => each.verdict));
  return { results: [{ check: 'containers', where, role, verdict, seen }], problems };
}
