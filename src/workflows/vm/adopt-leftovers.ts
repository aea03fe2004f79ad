import type { HostTarget } from '../../contracts/targets.ts';
import type { Op } from '../shared/op.ts';
import { repairOne } from './repair.ts';

/**
 * An operation on this VM that was terminated may have left it off: that is not the state to go back to. What it
 * left is put back first, and the VM is in its former state again. Call it under the VM's lock.
 */
export async function adoptLeftovers(host: HostTarget, vm: string, op: Op): Promise<void> {
  const leftovers = await op.beside('See what ended operations left').leftovers(host);
  for (const { record, state } of leftovers) {
    if (state === 'closed' && record.domain?.name === vm) await repairOne(host, record, op);
  }
}
