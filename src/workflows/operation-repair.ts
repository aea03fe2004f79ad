import { isCancellation } from '@temporalio/workflow';
import type { HostRecord } from '../contracts/host-record.ts';
import type { OperationRepair, OperationRepairResult } from '../contracts/operation-repair.ts';
import type { HostTarget } from '../contracts/targets.ts';
import { counted } from '../domain/format.ts';
import { failureText, refuse } from './shared/failure.ts';
import { operate } from './shared/operate.ts';
import type { Op } from './shared/op.ts';
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
        operation === undefined ||
        [record.operation, record.workflowId, shortId(record.workflowId)].includes(operation),
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
    let failed = false;
    for (const { record, state } of chosen) {
      if (state === 'open') leftAlone.push({ operation: record.workflowId, why: 'it is still running' });
      else if (state === 'unknown' && input.force !== true) {
        leftAlone.push({
          operation: record.workflowId,
          why: 'this Temporal does not know it; --force repairs it all the same',
        });
      } else {
        try {
          const now = await underLock(host, record, op);
          if (now === undefined) leftAlone.push({ operation: record.workflowId, why: 'somebody else has repaired it' });
          else repaired.push({ operation: record.workflowId, did: await repairOne(host, now, op) });
        } catch (error) {
          // One VM that can't be started must not keep the others off.
          if (isCancellation(error)) throw error;
          failed = true;
          leftAlone.push({ operation: record.workflowId, why: failureText(error).message });
        }
      }
    }
    for (const lease of unowned) {
      await op.putBack(`Give back the mount of ${lease.source} for ${lease.operation}`, (at) =>
        at.releaseStray(host, lease),
      );
      repaired.push({ operation: lease.operation, did: [`its mount on ${lease.mountPoint} is given back`] });
    }
    return {
      outcome: failed || (leftAlone.length > 0 && operation !== undefined) ? 'partial' : 'done',
      summary: `${counted(repaired.length, 'operation')} repaired, ${String(leftAlone.length)} left alone`,
      result: { repaired, leftAlone },
    };
  },
);

/** The last part of a workflow id, which the CLI prints. The VMs of one run over several have the same. */
const shortId = (workflowId: string): string | undefined => workflowId.split('/').at(-1);

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
