import type { HostTarget } from '../../contracts/targets.ts';
import type { Op } from '../shared/op.ts';
import type { HostRecord } from '../../contracts/host-record.ts';

/**
 * The undo of an operation that ended without one, from the record it left on the host: in the same order, the VM
 * first. Says what was done.
 */
export async function repairOne(host: HostTarget, record: HostRecord, op: Op): Promise<string[]> {
  const did: string[] = [];
  const { operation, domain, repository, partial } = record;
  const of = `of ${record.workflowId}`;
  // Switched and started, and ended before that was settled: since then the VM may have been at work for days.
  const kept =
    domain !== undefined &&
    record.restore !== undefined &&
    (await op.beside(`See what ${domain.name} runs on`).runsOnRestored(host, domain, operation));
  if (kept) {
    await op.beside(`Keep what was restored ${of}`).settleDomain(host, operation);
    did.push(`${domain.name} runs on its restored disks, and is left so`);
  } else if (domain !== undefined && record.restore !== undefined) {
    await op.putBack(`Put back the definition of ${domain.name} ${of}`, (at) => at.undoDefine(host, domain, operation));
    did.push(`${domain.name} is defined as before`);
  }
  if (!kept && domain !== undefined && record.wasRunning === true && record.broughtDown === true) {
    // What the guard has started is back already: if it is off now, somebody wants it so.
    const { guard } = await op.beside(`See what the guard of ${domain.name} did`).stateNow(host, domain, operation);
    if (guard === 'acted') did.push(`${domain.name} was started by the guard on its host`);
    else {
      await op.putBack(`Bring back ${domain.name} ${of}`, (at) => at.bringBack(host, domain, operation));
      did.push(`${domain.name} runs`);
    }
  }
  await op.putBack(`Disarm the guard and end the jobs ${of}`, async (at) => {
    await at.disarmGuard(host, operation);
    await at.stopJobs(host, operation);
  });
  did.push('no guard and no job is left');
  if (!kept && record.restore !== undefined) {
    await op.putBack(`Remove what a restore made ${of}`, (at) => at.removeRestored(host, operation));
    did.push('what its restore had made is gone');
  }
  if (repository !== undefined) {
    await op.putBack(`Clear the repository ${of}`, async (at) => {
      // Mounted again under the ended operation's own name: after a reboot it isn't, and its partial backup is there.
      const share = await at.mount(host, repository, operation);
      if (partial !== undefined) {
        const path = partial.slice(share.root.length + 1).replace(/\.partial$/, '');
        await at.dropPartial(host, { ...share, path, partial }, operation, false);
      }
      await at.dropLeases(host, share, operation);
      await at.unmount(host, repository, operation);
    });
    did.push(partial === undefined ? 'its mount is given back' : 'its partial backup is gone, its mount given back');
  }
  await op.putBack(`Let go ${of}`, (at) => at.letGo(host, operation));
  return did;
}
