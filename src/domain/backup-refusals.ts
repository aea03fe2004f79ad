import type { BackupSettings } from '../contracts/settings.ts';
import type { Domain } from '../contracts/vm.ts';

/** Why this VM must not be backed up, with everything that was agreed to taken into account. */
export function backupRefusals(domain: Domain, settings: Pick<BackupSettings, 'discardManagedSave'>): string[] {
  const reasons = [...domain.refusals];
  if (!domain.persistent) reasons.push('it is transient: shut down, it would be gone');
  if (domain.managedSave && !settings.discardManagedSave) {
    reasons.push(
      'it has a saved state, which a backup of its disks would contradict (--discard-managed-save gives that up)',
    );
  }
  if (domain.sources.length === 0) reasons.push('it has no disk to back up');
  return [...new Set(reasons)];
}
