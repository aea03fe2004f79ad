import type { Item, Ledger } from '../../../src/contracts/operation.ts';
import type { Sight } from '../../../src/client/watch.ts';

export const item = (action: string, more: Partial<Item> = {}): Item => ({
  ...{ id: action, name: action, action, state: 'planned' },
  ...more,
});

/** An operation that began at 0, with these items. */
export function sight(items: Item[], more: Partial<Sight> = {}, ledger: Partial<Ledger> = {}): Sight {
  return {
    ...{ workflowId: 'vm-backup/kvm1/web01/1f3c9a2e', status: 'RUNNING', startedAt: 0, pending: [], children: [] },
    ledger: { operation: 'op', title: 'Back up web01 on kvm1', phase: 'working', items, ...ledger },
    ...more,
  };
}
