import type { Containers } from '../../contracts/container.ts';
import type { PlannedHost, RoleBaseline } from '../../contracts/health-plan.ts';
import type { CheckResult, ContainerStart, HostMemory, Problem } from '../../contracts/health.ts';
import { worstOf } from '../../contracts/health.ts';
import type { MachineFacts } from '../../contracts/machine.ts';
import { nameMatcher } from '../glob.ts';
import { healthUnit } from './machine-problems.ts';
import { onHost } from './next-command.ts';
import { problemsAt } from './problem.ts';

export interface ContainerLook extends Containers {
  /** Of systemd; or why it gave no answer. */
  readonly units: Pick<MachineFacts, 'failedUnits' | 'systemdHangs'> | string;
  readonly restartsBefore: HostMemory['restarts'];
}

export interface ContainersChecked {
  readonly result: Omit<CheckResult, 'role'>;
  readonly problems: readonly Problem[];
  readonly restarts: HostMemory['restarts'];
  /** Those that run and do not come and go, with the ids of their images. */
  readonly images: Readonly<Record<string, string>>;
}

/** Restarted containers of one host that are told each. */
const restartsNamed = 10;

/** Whether the containers of one host are as they have to be. What holds for a role as a whole is roleProblems. */
export function containerProblems(
  { target, ignore, oneShots }: PlannedHost,
  { runtime, containers, units, restartsBefore }: ContainerLook,
  baseline: RoleBaseline | undefined,
): ContainersChecked {
  const where = target.name;
  const problem = problemsAt('containers', where);
  const problems: Problem[] = [];
  const add = (
    kind: string,
    name: string,
    verdict: Problem['verdict'],
    what: string,
    more: Pick<Partial<Problem>, 'evidence' | 'count'> = {},
  ): void => {
    const command =
      kind === 'missing' ? ['ps', '-a', '--filter', `name=${name}`] : ['logs', '--tail', '50', '--', name];
    const next = onHost(target, [runtime, ...command]);
    problems.push(problem(`${kind}/${name}`, verdict, what, { next, ...more }));
  };
  const [ignored, exits] = [anyOf(ignore), anyOf(oneShots)];
  const lasting = containers.filter(({ name }) => !ignored(name));
  const running = lasting.filter(({ state, name }) => state === 'running' && !exits(name));
  const failedUnits = typeof units === 'string' ? [] : (units.failedUnits ?? []);
  const unhealthyUnits = new Set(failedUnits.flatMap(({ name }) => healthUnit.exec(name)?.[1] ?? []));
  const unitsUnseen = typeof units === 'string' || units.systemdHangs;

  for (const { name, state, exitCode, health, healthOutput, oomKilled } of lasting) {
    if (exits(name)) {
      if (state === 'exited' && exitCode !== 0)
        add('failed', name, 'warning', `${name}, which runs once, ended with code ${String(exitCode)}`);
      continue;
    }
    if (state === 'restarting') add('restarting', name, 'critical', `${name} restarts over and over`);
    else if (state === 'paused') add('paused', name, 'warning', `${name} is paused`);
    else if (state === 'created') add('created', name, 'warning', `${name} was made and never started`);
    else if (state !== 'running') {
      const why = oomKilled ? ', killed for want of memory' : '';
      add(
        'exited',
        name,
        'critical',
        `${name} has ${state === 'exited' ? 'exited' : `state ${state}`} with code ${String(exitCode)}${why}`,
      );
    } else if (health === 'unhealthy' || unhealthyUnits.has(name))
      add(
        'unhealthy',
        name,
        'warning',
        `${name} is unhealthy`,
        healthOutput === undefined ? {} : { evidence: [healthOutput] },
      );
  }

  const names = new Set(containers.map(({ name }) => name));
  for (const name of unhealthyUnits)
    if (!names.has(name)) {
      const unit = `tripleo_${name}_healthcheck.service`;
      problems.push(
        problem(`unhealthy/${name}`, 'warning', `the unit ${unit} has failed, and no container is called ${name}`, {
          next: onHost(target, ['systemctl', 'status', unit]),
        }),
      );
    }
  if (unitsUnseen) {
    const why = typeof units === 'string' ? units : 'systemd gives no answer';
    problems.push(
      problem('units', 'unknown', `the health units of its containers could not be looked at: ${why}`, {
        next: onHost(target, ['systemctl', 'list-units', '--state=failed']),
      }),
    );
  }

  const restarts = Object.fromEntries(
    lasting.map(({ name, id, restarts: count, startedAt }): [string, ContainerStart] => [
      name,
      { id, count, ...(startedAt === undefined ? {} : { startedAt }) },
    ]),
  );
  const again = running.flatMap(({ name }) => {
    const count = startsSince(restartsBefore[name], restarts[name]);
    return count === 0 ? [] : [{ name, count }];
  });
  // After a reboot of the host it is all of them.
  if (again.length > restartsNamed)
    problems.push(
      problem('restarts', 'warning', `${String(again.length)} of its containers were restarted since the last check`, {
        evidence: again.map(({ name, count }) => `${name}: ${times(count)}`),
        count: again.length,
        next: onHost(target, [runtime, 'ps', '-a']),
      }),
    );
  else
    for (const { name, count } of again)
      add('restarts', name, 'warning', `${name} was restarted ${times(count)} since the last check`, { count });

  if (baseline !== undefined) {
    for (const name of baseline.everywhere)
      if (!names.has(name)) add('missing', name, 'critical', `${name} is missing`);
    const expected = new Set([...baseline.everywhere, ...Object.keys(baseline.exactly)]);
    for (const { name } of running)
      if (!expected.has(name)) add('unexpected', name, 'warning', `${name} runs, and the baseline does not know it`);
  }
  const expected = baseline === undefined ? '' : ` of ${String(baseline.everywhere.length)} expected on each host`;
  return {
    result: {
      check: 'containers',
      where,
      verdict: worstOf(problems.map(({ verdict }) => verdict)),
      ...(unitsUnseen ? { unseen: ['unhealthy/'] } : {}),
      seen: `${String(running.length)} running${expected}`,
    },
    problems,
    restarts,
    images: Object.fromEntries(running.map(({ name, imageId }) => [name, imageId])),
  };
}

const anyOf = (globs: readonly string[]): ((name: string) => boolean) => {
  const matchers = globs.map(nameMatcher);
  return (name) => matchers.some((matches) => matches(name));
};

/** One that was made anew began to count anew. */
function startsSince(before: ContainerStart | undefined, now: ContainerStart | undefined): number {
  if (before === undefined || now === undefined || before.id !== now.id) return 0;
  const later = before.startedAt !== undefined && now.startedAt !== undefined && now.startedAt > before.startedAt;
  return Math.max(now.count - before.count, later ? 1 : 0);
}

const times = (count: number): string => (count === 1 ? 'once' : `${String(count)} times`);
