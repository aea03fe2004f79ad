import type { HealthPlan } from '../../contracts/health-plan.ts';
import type { PlaceChecked } from '../../contracts/health.ts';
import type { HostTarget } from '../../contracts/targets.ts';
import { backupProblems } from '../../domain/health/backup-problems.ts';
import { notLookedAt, problemsAt } from '../../domain/health/problem.ts';
import { quoteAll } from '../../domain/quote.ts';
import { until } from '../../systems/host/host.ts';
import type { Host } from '../../systems/host/host.ts';
import { readLastBackups } from '../../systems/jobs/last-backup.ts';
import { listDomains } from '../../systems/libvirt/index.ts';
import { pathsOf } from '../shared/deps.ts';
import { deadlineOf, withPatience } from './patience.ts';

/** Never throws for what is wrong with the host. */
export async function checkBackups(
  { backups, hostTimeout }: HealthPlan,
  target: HostTarget,
  host: Host,
  cancelled: AbortSignal,
): Promise<PlaceChecked> {
  const began = Date.now();
  const where = target.name;
  const deadline = deadlineOf(hostTimeout, cancelled);
  try {
    const bound = until(host, deadline.signal);
    const [domains, last] = await withPatience(
      () => Promise.all([listDomains(bound), readLastBackups(bound, pathsOf(target))]),
      deadline.signal,
    );
    const vms = domains.map(({ name, uuid }) => {
      const at = last[uuid]?.at;
      return { name, ...(at === undefined ? {} : { at }) };
    });
    const expected = backups.filter(({ host: name }) => name === where);
    const { result, problems } = backupProblems(where, vms, expected, began);
    return { where, results: [result], problems };
  } catch (error) {
    cancelled.throwIfAborted();
    const what = `the backups of its VMs could not be looked at: ${deadline.why(error)}`;
    const next = quoteAll(['stackhand', 'vm', 'list', '--host', where]);
    return {
      where,
      results: [notLookedAt('backups', where)],
      problems: [problemsAt('backups', where)('unchecked', 'unknown', what, { next })],
    };
  }
}
