import { setTimeout as sleep } from 'node:timers/promises';
import type { HealthPlan, PlannedHost } from '../../contracts/health-plan.ts';
import type { CheckResult, HealthCheckKind, HostMemory, PlaceChecked } from '../../contracts/health.ts';
import { isFault } from '../../contracts/faults.ts';
import type { MachineFacts } from '../../contracts/machine.ts';
import { formatDuration } from '../../domain/format.ts';
import { clusterProblems } from '../../domain/health/cluster-problems.ts';
import { containerProblems } from '../../domain/health/container-problems.ts';
import { logProblems } from '../../domain/health/log-problems.ts';
import { machineProblems } from '../../domain/health/machine-problems.ts';
import { onHost } from '../../domain/health/next-command.ts';
import { notLookedAt, problemsAt } from '../../domain/health/problem.ts';
import { listContainers } from '../../systems/containers/index.ts';
import type { Host } from '../../systems/host/host.ts';
import { scanLogs } from '../../systems/logs/index.ts';
import { clusterOf, machineFacts } from '../../systems/machine/index.ts';

/** A Pacemaker that says nothing must not hide the containers; what keeps the whole host from answering does. */
function mute(error: unknown): string {
  if (isFault(error) && error.type === 'CommandFailed') return error.message;
  throw error;
}

type HostCheck = Extract<HealthCheckKind, 'hosts' | 'containers' | 'logs'>;

/** What one check of a host gave, to be put together with the others. */
type Part = Pick<PlaceChecked, 'problems'> &
  Partial<Pick<PlaceChecked, 'memory' | 'images'>> & { readonly results: readonly Omit<CheckResult, 'role'>[] };

/** A host that does not answer at once may only be busy; seconds between the tries. */
const tries = 3;
const between = 3;

const limits = { groups: 200, sample: 1000, firstSightBytes: 256 * 1024 * 1024 };

/** Never throws for what is wrong with the host: that is what it is to find out. */
export async function checkHost(
  plan: HealthPlan,
  planned: PlannedHost,
  memory: HostMemory | undefined,
  host: Host,
  cancelled: AbortSignal,
): Promise<PlaceChecked> {
  const { target, role, runtime } = planned;
  const signal = AbortSignal.any([cancelled, AbortSignal.timeout(plan.hostTimeout * 1000)]);
  const wants = (kind: HealthCheckKind): boolean => plan.checks.includes(kind);
  // Two parts go by them; a part that tries again asks again.
  let facts: Promise<MachineFacts> | undefined;
  const machine = (): Promise<MachineFacts> =>
    (facts ??= machineFacts(host, planned.mounts, signal).catch((error: unknown) => {
      facts = undefined;
      throw error;
    }));
  const parts = await Promise.all([
    part('hosts', wants('hosts'), async () => {
      const { result, problems } = machineProblems(target, await machine(), plan.thresholds);
      return { results: [result], problems };
    }),
    part('containers', wants('containers') && runtime !== 'none', async () => {
      const [found, { failedUnits }, cluster] = await Promise.all([
        listContainers(host, runtime === 'none' ? undefined : runtime, signal),
        machine(),
        clusterOf(host, signal).catch(mute),
      ]);
      const clustered = cluster === undefined ? undefined : clusterProblems(target, role, cluster);
      const look = { ...found, failedUnits, restartsBefore: memory?.restarts ?? {} };
      const { result, problems, restarts, images } = containerProblems(planned, look, plan.baseline?.roles[role]);
      return {
        results: [result, ...(clustered === undefined ? [] : [clustered.result])],
        problems: [...problems, ...(clustered?.problems ?? [])],
        images,
        memory: { restarts },
      };
    }),
    part('logs', wants('logs') && planned.logs.length > 0, async () => {
      const now = Math.floor(Date.now() / 1000);
      const request = { globs: planned.logs, since: plan.logsSince, now, cursors: memory?.logs ?? {}, limits };
      const scan = await scanLogs(host, request, { signal, deadline: plan.hostTimeout });
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
    if (!wanted) return { results: [], problems: [] };
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await look();
      } catch (error) {
        const passes = isFault(error) && !error.permanent && !signal.aborted;
        if (passes && attempt < tries) await sleep(between * 1000, undefined, { signal }).catch(() => undefined);
        else return notChecked(check, error);
      }
    }
  }

  function notChecked(check: HostCheck, error: unknown): Part {
    const where = target.name;
    const late = signal.aborted && !cancelled.aborted;
    const why = late ? `it took longer than ${formatDuration(plan.hostTimeout * 1000)}` : (error as Error).message;
    const away = !late && isFault(error) && unreachable.has(error.type);
    const problem = away
      ? problemsAt('hosts', where)('unreachable', 'critical', `it can't be reached: ${why}`, {
          next: `stackhand doctor --host ${where}`,
        })
      : problemsAt(check, where)(
          'unchecked',
          'unknown',
          `its ${check === 'hosts' ? 'state' : check} could not be looked at: ${why}`,
          { next: onHost(target, commands[check]) },
        );
    return { results: [notLookedAt(check, where, problem.verdict)], problems: [problem] };
  }
}

const commands: Readonly<Record<HostCheck, string>> = {
  hosts: 'uptime',
  containers: 'podman ps -a',
  logs: 'ls -la /var/log/containers',
};

const unreachable: ReadonlySet<string> = new Set([
  'HostUnreachable',
  'HostKeyUnknown',
  'HostKeyChanged',
  'AuthenticationRefused',
  'SudoNeedsPassword',
]);
