import type { HealthThresholds } from '../../contracts/health-plan.ts';
import type { CheckResult, Problem } from '../../contracts/health.ts';
import { worstOf } from '../../contracts/health.ts';
import type { MachineFacts } from '../../contracts/machine.ts';
import type { HostTarget } from '../../contracts/targets.ts';
import { formatBytes } from '../format.ts';
import { onHost } from './next-command.ts';
import { problemsAt } from './problem.ts';

/** On TripleO 16 a container's health is a unit of systemd: these are told with the containers. */
export const healthUnit = /^tripleo_(.+)_healthcheck\.service$/;

/**
 * Whether a host is well by itself: clock, load, memory, disks, units, a reboot that is due. `withContainers` says that
 * its containers are checked too, which tells of their health units.
 */
export function machineProblems(
  target: HostTarget,
  machine: MachineFacts,
  thresholds: HealthThresholds,
  withContainers: boolean,
): { readonly result: Omit<CheckResult, 'role'>; readonly problems: readonly Problem[] } {
  const where = target.name;
  const problem = problemsAt('hosts', where);
  const problems: Problem[] = [];
  const unseen: string[] = [];
  const add = (
    kind: string,
    verdict: Problem['verdict'],
    what: string,
    command: readonly string[],
    evidence?: readonly string[],
  ): void => {
    const more = evidence === undefined ? {} : { evidence };
    problems.push(problem(kind, verdict, what, { next: onHost(target, command), ...more }));
  };

  const { ahead, uncertain } = machine.clock;
  if (Math.abs(ahead) - uncertain > thresholds.clock) {
    const way = ahead > 0 ? 'ahead of' : 'behind';
    add('clock', 'warning', `its clock is ${Math.abs(ahead).toFixed(1)} s ${way} the worker's`, [
      'chronyc',
      'tracking',
    ]);
  }
  const load = machine.load[2] / machine.cpus;
  if (load > thresholds.load)
    add(
      'load',
      'warning',
      `the load of 15 minutes is ${load.toFixed(1)} for each CPU`,
      ['top', '-b', '-n', '1'],
      [`load ${machine.load.join(' ')}, ${String(machine.cpus)} CPUs`],
    );
  const memory = percent(machine.memory.total - machine.memory.available, machine.memory.total);
  if (memory >= thresholds.memory)
    add('memory', 'warning', `${String(memory)} % of its memory is in use`, ['ps', 'aux', '--sort=-rss']);

  for (const { mountPoint, size, used, available, inodes, inodesUsed } of machine.space) {
    // As df counts: what only root may use is in neither.
    const bytes = percent(used, used + available);
    const files = inodes === 0 ? 0 : percent(inodesUsed, inodes);
    const at = thresholds.diskCritical;
    const verdict = (part: number): Problem['verdict'] => (part >= at ? 'critical' : 'warning');
    if (size > 0 && bytes >= thresholds.diskWarning) {
      const left = formatBytes(available * 1024);
      add(
        `disk${mountPoint}`,
        verdict(bytes),
        `${mountPoint} is ${String(bytes)} % full`,
        ['du', '-xh', '--max-depth=2', mountPoint],
        [`${left} of ${formatBytes(size * 1024)} are free`],
      );
    }
    if (files >= thresholds.diskWarning)
      add(`inodes${mountPoint}`, verdict(files), `${mountPoint} has ${String(files)} % of its inodes in use`, [
        'df',
        '-i',
        mountPoint,
      ]);
  }
  for (const mount of machine.spaceless) {
    add(`mute${mount}`, 'unknown', `${mount} gives no answer: not mounted, or a share whose server is gone`, [
      'findmnt',
    ]);
    unseen.push(`disk${mount}`, `inodes${mount}`);
  }
  if (machine.spaceHidden) {
    add('disks', 'unknown', 'the space of its disks could not be read: df gives no answer, or another', ['df']);
    unseen.push('disk/', 'inodes/');
  }

  if (machine.systemdHangs) {
    add('systemd', 'unknown', 'its systemd gives no answer', ['systemctl', 'is-system-running']);
    unseen.push('unit/');
  }
  for (const { name, description } of machine.failedUnits ?? []) {
    if (withContainers && healthUnit.test(name)) continue;
    add(`unit/${name}`, 'warning', `the unit ${name} has failed`, ['systemctl', 'status', name], [description]);
  }
  if (machine.rebootHidden) unseen.push('reboot');
  if (machine.reboot !== undefined)
    add('reboot', 'warning', 'a reboot is due', ['uptime'], machine.reboot === '' ? undefined : [machine.reboot]);

  const fullest = machine.space.reduce<[number, string]>(
    (most, { used, available, mountPoint }) => {
      const part = percent(used, used + available);
      return part > most[0] ? [part, mountPoint] : most;
    },
    [0, ''],
  );
  const disk = fullest[1] === '' ? '' : `, ${fullest[1]} ${String(fullest[0])} % full`;
  return {
    result: {
      check: 'hosts',
      where,
      verdict: worstOf(problems.map(({ verdict }) => verdict)),
      ...(unseen.length === 0 ? {} : { unseen }),
      seen: `load ${String(machine.load[2])}, ${String(memory)} % of memory${disk}`,
    },
    problems,
  };
}

const percent = (part: number, whole: number): number => (whole === 0 ? 0 : Math.round((100 * part) / whole));
