import type { HealthPlan } from '../../contracts/health-plan.ts';
import type { PlaceChecked } from '../../contracts/health.ts';
import type { HostTarget } from '../../contracts/targets.ts';
import { backupProblems } from '../../domain/health/backup-problems.ts';
import { notLookedAt, problemsAt } from '../../domain/health/problem.ts';
import type { Host } from '../../systems/host/host.ts';
import { readLastBackups } from '../../systems/jobs/last-backup.ts';
import { listDomains } from '../../systems/libvirt/index.ts';
import { pathsOf } from '../shared/deps.ts';

/** Never throws for what is wrong with the host. */
export async function checkBackups({ backups }: HealthPlan, target: HostTarget, host: Host): Promise<PlaceChecked> {
  const began = Date.now();
  const where = target.name;
  try {
    const [domains, last] = await Promise.all([listDomains(host), readLastBackups(host, pathsOf(target))]);
    const vms = domains.map(({ name, uuid }) => {
      const at = last[uuid]?.at;
      return { name, ...(at === undefined ? {} : { at }) };
    });
    const expected = backups.filter(({ host: name }) => name === where);
    const { result, problems } = backupProblems(where, vms, expected, began);
    return { where, results: [result], problems };
  } catch (error) {
    const what = `the backups of its VMs could not be looked at: ${(error as Error).message}`;
    const next = `stackhand vm list --host ${where}`;
    return {
      where,
      results: [notLookedAt('backups', where)],
      problems: [problemsAt('backups', where)('unchecked', 'unknown', what, { next })],
    };
  }
}
