import { Fault } from '../../contracts/faults.ts';
import type { HostRecord } from '../../contracts/host-record.ts';
import type { Host } from '../../systems/host/host.ts';
import { takeDomainLease } from '../../systems/jobs/domain-lease.ts';
import { readHostRecord, writeHostRecord } from '../../systems/jobs/host-record.ts';
import type { HostPaths } from '../../systems/jobs/paths.ts';
import { domainState } from '../../systems/libvirt/index.ts';

/** A record with what a repair needs to put a VM back. */
type DomainRecord = HostRecord & Required<Pick<HostRecord, 'domain' | 'wasRunning'>>;

/**
 * Leases a VM on its host. The record says which VM before the lease is taken, so that a repair drops it; and the VM's
 * former state only after that: until then the VM is another operation's, and no repair may start it or define it.
 *
 * @throws VmRefused, naming who holds the VM; also when its state isn't the one that the operation looked at before
 */
export async function holdDomain(on: Host, paths: HostPaths, record: DomainRecord): Promise<void> {
  const { wasRunning, restore, ...identity } = record;
  const { operation, workflowId, domain } = record;
  const before = await readHostRecord(on, paths, operation);
  // An earlier try held it, and the VM may be in this operation's hands since.
  if (before?.wasRunning !== undefined) return;
  const known = { ...before, ...identity, startedAt: before?.startedAt ?? identity.startedAt };
  await writeHostRecord(on, paths, known);
  await takeDomainLease(on, paths, domain.uuid, { operation, workflowId });
  // Whoever held the VM until now may have had it off, or have started it, when this operation looked at it.
  const state = (await domainState(on, domain.uuid)) ?? 'shut off';
  if ((state !== 'shut off') !== wasRunning) {
    throw new Fault(
      'VmRefused',
      `${domain.name} is ${state} now, and was ${wasRunning ? 'running' : 'off'} just before`,
      {
        where: on.name,
        remedy: 'somebody else is at work on it: run this again when they are done',
      },
    );
  }
  await writeHostRecord(on, paths, { ...known, wasRunning, ...(restore === undefined ? {} : { restore }) });
}
