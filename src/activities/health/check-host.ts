import type { HealthPlan, PlannedHost } from '../../contracts/health-plan.ts';
import type { CheckResult, HealthCheckKind, HealthMemory, HostMemory, PlaceChecked } from '../../contracts/health.ts';
import { isFault } from '../../contracts/faults.ts';
import { clusterProblems } from '../../domain/health/cluster-problems.ts';
import { containerProblems } from '../../domain/health/container-problems.ts';
import { logProblems } from '../../domain/health/log-problems.ts';
import { machineProblems } from '../../domain/health/machine-problems.ts';
import { onHost } from '../../domain/health/next-command.ts';
import { clusterPlace } from '../../domain/health/places.ts';
import { notLookedAt, problemsAt, unreachable } from '../../domain/health/problem.ts';
import { quoteAll } from '../../domain/quote.ts';
import { listContainers } from '../../systems/containers/index.ts';
import { until } from '../../systems/host/host.ts';
import type { Host } from '../../systems/host/host.ts';
import { scanLogs } from '../../systems/logs/index.ts';
import { clusterOf, machineFacts } from '../../systems/machine/index.ts';
import { deadlineOf, onceFor, withPatience } from './patience.ts';

/** A systemd that says nothing must not hide the containers; what keeps the whole host from answering does. */
function mute(error: unknown): string {
  if (isFault(error) && (error.type === 'CommandFailed' || error.type === 'CommandTimedOut')) return error.message;
  throw error;
}

type HostCheck = Extract<HealthCheckKind, 'hosts' | 'containers' | 'logs'>;

/** What one check of a host gave, to be put together with the others. */
type Part = Pick<PlaceChecked, 'problems'> &
  Partial<Pick<PlaceChecked, 'memory' | 'images'>> & { readonly results: readonly Omit<CheckResult, 'role'>[] };

const nothing: Part = { results: [], problems: [] };

const limits = { groups: 200, sample: 1000, firstSightBytes: 256 * 1024 * 1024 };

/** Never throws for what is wrong with the host: that is what it is to find out. */
export async function checkHost(
  plan: HealthPlan,
  planned: PlannedHost,
  before: HealthMemory | undefined,
  reached: Host,
  cancelled: AbortSignal,
): Promise<PlaceChecked> {
  const { target, role, runtime } = planned;
  const memory = before?.hosts[target.name];
  const deadline = deadlineOf(plan.hostTimeout, cancelled);
  const { signal } = deadline;
  const host = until(reached, signal);
  const wants = (kind: HealthCheckKind): boolean => plan.checks.includes(kind);
  const machine = onceFor(() => machineFacts(host, planned.mounts));
  const withContainers = wants('containers') && runtime !== 'none';
  const parts = await Promise.all([
    part('hosts', wants('hosts'), async () => {
      const { result, problems } = machineProblems(target, await machine(), plan.thresholds, withContainers);
      return { results: [result], problems };
    }),
    part('containers', withContainers, async () => {
      const [found, units] = await Promise.all([
        listContainers(host, runtime === 'none' ? undefined : runtime),
        machine().catch(mute),
      ]);
      const look = { ...found, units, restartsBefore: memory?.restarts ?? {} };
      const { result, problems, restarts, images } = containerProblems(planned, look, plan.baseline?.roles[role]);
      return { results: [result], problems, images, memory: { restarts } };
    }),
    withContainers ? cluster() : nothing,
    part('logs', wants('logs') && planned.logs.length > 0, async () => {
      const now = Math.floor(Date.now() / 1000);
      const request = { globs: planned.logs, since: plan.logsSince, now, cursors: memory?.logs ?? {}, limits };
      const scan = await scanLogs(host, request, { deadline: plan.hostTimeout });
      const { result, problems } = logProblems(target, planned.logsByPreset ? planned.logs : [], scan);
      return { results: [result], problems, memory: { logs: scan.cursors } };
    }),
  ]);
  cancelled.throwIfAborted();
  const problems = parts.flatMap((each) => each.problems);
  const images = parts.find((each) => each.images !== undefined)?.images;
  return {
    where: target.name,
    role,
    results: parts.flatMap(({ results }) => results).map((result) => ({ ...result, role })),
    // One that does not answer is one finding, not three.
    problems: [...new Map(problems.map((problem) => [problem.id, problem])).values()],
    memory: Object.assign({}, ...parts.map((each) => each.memory ?? {})) as Partial<HostMemory>,
    ...(images === undefined ? {} : { images }),
  };

  async function part(check: HostCheck, wanted: boolean, look: () => Promise<Part>): Promise<Part> {
    if (!wanted) return nothing;
    try {
      return await withPatience(look, signal);
    } catch (error) {
      return notChecked(check, error);
    }
  }

  /** Each host of a cluster tells of all of it. Only a look says whether there is one. */
  async function cluster(): Promise<Part> {
    const where = clusterPlace(role, target);
    const remembered = before?.findings.some((finding) => finding.where === where) === true;
    try {
      const found = await withPatience(() => clusterOf(host), signal);
      if (found !== undefined) return clusterProblems(target, role, found);
      const none: CheckResult = { check: 'containers', where, verdict: 'ok', seen: 'no cluster any more' };
      return { results: remembered ? [none] : [], problems: [] };
    } catch (error) {
      // A host that can't be reached is a finding already; whether it is in a cluster it did not say.
      if (deadline.late() || isAway(error))
        return { results: remembered ? [notLookedAt('containers', where)] : [], problems: [] };
      return clusterProblems(target, role, deadline.why(error));
    }
  }

  function notChecked(check: HostCheck, error: unknown): Part {
    const where = target.name;
    const why = deadline.why(error);
    const problem =
      !deadline.late() && isAway(error)
        ? problemsAt('hosts', where)(unreachable, 'critical', `it can't be reached: ${why}`, {
            next: quoteAll(['stackhand', 'doctor', '--host', where]),
          })
        : problemsAt(check, where)(
            'unchecked',
            'unknown',
            `its ${check === 'hosts' ? 'state' : check} could not be looked at: ${why}`,
            { next: onHost(target, commands(planned)[check]) },
          );
    return { results: [notLookedAt(check, where, problem.verdict)], problems: [problem] };
  }
}

const commands = ({ runtime }: PlannedHost): Readonly<Record<HostCheck, readonly string[]>> => ({
  hosts: ['uptime'],
  containers: [runtime === 'docker' ? 'docker' : 'podman', 'ps', '-a'],
  logs: ['ls', '-la', '/var/log/containers'],
});

const isAway = (error: unknown): boolean => isFault(error) && away.has(error.type);

const away: ReadonlySet<string> = new Set([
  'HostUnreachable',
  'HostKeyUnknown',
  'HostKeyChanged',
  'AuthenticationRefused',
  'SudoNeedsPassword',
]);
