import type { HostRecord } from '../contracts/host-record.ts';
import type { OperationRepair, OperationRepairResult } from '../contracts/operation-repair.ts';
import type { HostTarget } from '../contracts/targets.ts';
import { refuse } from './shared/failure.ts';
import { operate } from './shared/operate.ts';
import type { Op } from './shared/operate.ts';
import { repairOne } from './vm/repair.ts';

/**
 * Puts back what ended operations left on a host. A `terminate` runs no undo, and a host that was away may have come
 * back after somebody said `abandon`: the record that each operation leaves on the host says what there was.
 */
export const operationRepair = operate<OperationRepair, OperationRepairResult>(
  ({ host, operation }) => `Repair what ${operation ?? 'ended operations'} left on ${host}`,
  async (input, op) => {
    const { host, leftovers, strays } = await op.step('Look', async (at) => {
      const target = await at.resolveHost(input.host);
      op.useSite(target.site);
      op.story.tag({ host: target.name });
      return { host: target, strays: await at.strayMounts(target), leftovers: await at.leftovers(target) };
    });
    const { operation } = input;
    const chosen = leftovers.filter(
      ({ record }) =>
        operation === undefined || record.operation === operation || record.workflowId.endsWith(operation),
    );
    const unowned = strays.filter((lease) => operation === undefined || lease.operation === operation);
    if (operation !== undefined && chosen.length + unowned.length === 0) {
      throw refuse('InvalidInput', `${operation} left nothing on ${host.name}`, {
        where: host.name,
        candidates: leftovers.map(({ record }) => record.workflowId),
      });
    }
    const repaired: { operation: string; did: readonly string[] }[] = [];
    const leftAlone: { operation: string; why: string }[] = [];
    for (const { record, state } of chosen) {
      if (state === 'open') leftAlone.push({ operation: record.workflowId, why: 'it is still running' });
      else if (state === 'unknown' && input.force !== true) {
        leftAlone.push({
          operation: record.workflowId,
          why: 'this Temporal does not know it; --force repairs it all the same',
        });
      } else {
        const now = await underLock(host, record, op);
        if (now === undefined) leftAlone.push({ operation: record.workflowId, why: 'somebody else has repaired it' });
        else repaired.push({ operation: record.workflowId, did: await repairOne(host, now, op) });
      }
    }
    for (const lease of unowned) {
      await op.step(`Give back the mount of ${lease.source} for ${lease.operation}`, (at) =>
        at.releaseStray(host, lease),
      );
      repaired.push({ operation: lease.operation, did: [`its mount on ${lease.mountPoint} is given back`] });
    }
    return {
      outcome: leftAlone.length > 0 && operation !== undefined ? 'partial' : 'done',
      summary: `${String(repaired.length)} operations were repaired, ${String(leftAlone.length)} left alone`,
      result: { repaired, leftAlone },
    };
  },
);

/**
 * The record as it is once nobody else works on its VM. Whoever held the VM until now has put back what it found, and
 * may have left the VM in another state: that must not be undone by an old record.
 */
async function underLock(host: HostTarget, record: HostRecord, op: Op): Promise<HostRecord | undefined> {
  if (record.domain === undefined) return record;
  await op.lock(`vm/${host.name}/${record.domain.name}`);
  const left = await op.beside(`Look again at ${record.workflowId}`).leftovers(host, record.domain.uuid);
  return left.find(({ record: { operation } }) => operation === record.operation)?.record;
}
