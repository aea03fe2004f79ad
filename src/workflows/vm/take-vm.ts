import type { Resolved } from '../../contracts/settings.ts';
import type { Domain } from '../../contracts/vm.ts';
import type { VmBackup } from '../../contracts/vm-backup.ts';
import type { Op } from '../shared/op.ts';
import { adoptLeftovers } from './adopt-leftovers.ts';

/** A VM that this operation alone works on, and everything that was decided about it. */
export interface TakenVm extends Resolved {
  readonly domain: Domain;
}

/**
 * Looks, refuses, takes the lock, and looks again, since the wait for the lock may have been long. Nothing is
 * touched before the second look. Beside Temporal's lock there is a lease on the host, because two laptops are two
 * Temporals; and the host keeps a record of the former state, for after a `terminate`, which runs no undo.
 */
export async function takeVm(input: VmBackup, op: Op): Promise<{ vm: TakenVm; letGo: () => Promise<void> }> {
  const resolved = await op.step('Look', async (at) => {
    const found = await at.resolveBackup(input);
    op.useSite(found.host.site);
    op.story.tag({ host: found.host.name, vm: input.vm });
    await at.lookForBackup(found, input.vm);
    return found;
  });
  await op.lock(`vm/${resolved.host.name}/${input.vm}`);

  await adoptLeftovers(resolved.host, input.vm, op);
  const held = op.undo('Let go of the VM', (at) => at.letGo(resolved.host, op.id), { last: true });
  const domain = await op.step('Look', async (at) => {
    const looked = await at.lookForBackup(resolved, input.vm);
    await at.takeDomain(resolved, looked, { operation: op.id, workflowId: op.workflowId, type: 'vmBackup' });
    return looked;
  });
  return {
    vm: { ...resolved, domain },
    letGo: async () => {
      await op.beside('Let go of the VM').letGo(resolved.host, op.id);
      held.settle();
    },
  };
}
