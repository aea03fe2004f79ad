import type { ExpectedBackup } from '../../contracts/health-plan.ts';
import { nameMatcher } from '../glob.ts';

/** Seconds that the newest good backup of each of these VMs may be old. Where several expectations mean one, the strictest counts. */
export function ageLimits(
  vms: readonly string[],
  expectations: readonly Pick<ExpectedBackup, 'vm' | 'within'>[],
): ReadonlyMap<string, number> {
  const limits = new Map<string, number>();
  for (const { vm, within } of expectations)
    for (const name of vms.filter(nameMatcher(vm))) limits.set(name, Math.min(within, limits.get(name) ?? Infinity));
  return limits;
}
