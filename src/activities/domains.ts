import { Fault } from '../contracts/faults.ts';
import type { BackupSettings, Resolved } from '../contracts/settings.ts';
import type { HostTarget } from '../contracts/targets.ts';
import type { Domain, DomainState } from '../contracts/vm.ts';
import { backupRefusals } from '../domain/backup-refusals.ts';
import { formatDuration } from '../domain/format.ts';
import type { Host } from '../systems/host/host.ts';
import { disarmGuard, readGuard } from '../systems/jobs/guard.ts';
import { dropDomainLease } from '../systems/jobs/domain-lease.ts';
import { stopChecks } from '../systems/jobs/check.ts';
import { readHostRecord, removeHostRecord, writeHostRecord } from '../systems/jobs/host-record.ts';
import { removeJobs } from '../systems/jobs/job.ts';
import { domainState, dropManagedSave, lookDomain, startDomain } from '../systems/libvirt/index.ts';
import { holdDomain } from './shared/hold-domain.ts';
import { hostClock } from './shared/host-clock.ts';
import { standsOn } from './shared/stands-on.ts';
import type { Deps } from './shared/deps.ts';
import { pathsOf } from './shared/deps.ts';
import { forgetRequest, powerDown, settled } from './shared/power.ts';

type Named = Pick<Domain, 'name' | 'uuid'>;

export const domainActivities = (deps: Deps) => {
  const { host } = deps;
  return {
    /**
     * Looks at a VM and refuses what must not be backed up, with every reason.
     * Effect: none. Permanent: UnknownVm (with the nearest names), VmRefused, ShutdownNotAgreed.
     */
    async lookForBackup(resolved: Resolved, vm: string): Promise<Domain> {
      const on = host(resolved.host);
      const domain = await lookDomain(on, vm);
      const refusals = [...backupRefusals(domain, resolved.settings), ...(await standsOn(on, domain, resolved, deps))];
      if (refusals.length > 0) {
        throw new Fault('VmRefused', `${domain.name} is not backed up: ${refusals.join('; ')}`, { where: on.name });
      }
      if (domain.state !== 'shut off' && !resolved.settings.shutdown) {
        throw new Fault('ShutdownNotAgreed', `${domain.name} is ${domain.state}, and its shutdown was not agreed to`, {
          where: on.name,
        });
      }
      return domain;
    },

    /**
     * Takes the lease of a VM on its host, and leaves a record of the former state there.
     * Effect: two files. Key: the operation. A retry finds its own. Cancel: takes it all the same; letGo undoes.
     * Permanent: VmRefused, naming an operation (of another Temporal, or ended without undo) that holds the VM, or
     * because the VM is in another state than it was looked at.
     */
    async takeDomain(
      resolved: Resolved,
      domain: Domain,
      holder: { operation: string; workflowId: string; type: string },
    ): Promise<void> {
      const { name, uuid } = domain;
      await holdDomain(host(resolved.host), pathsOf(resolved.host), {
        ...holder,
        domain: { name, uuid },
        wasRunning: domain.state !== 'shut off',
        repository: resolved.repository,
        startedAt: new Date().toISOString(),
      });
    },

    /**
     * Removes what an operation left of itself on a host: job directories, lease, record, the guard's mark. The last
     * thing it does. Key: the operation. A retry finds less. Cancel: none. Permanent: none.
     */
    async letGo(target: HostTarget, operation: string): Promise<void> {
      const on = host(target);
      const paths = pathsOf(target);
      const record = await readHostRecord(on, paths, operation);
      await removeJobs(on, paths, operation);
      if (record?.domain !== undefined) await dropDomainLease(on, paths, record.domain.uuid, operation);
      await removeHostRecord(on, paths, operation);
      // After the record, without which nothing can be armed: so the mark against that can go too.
      await disarmGuard(on, paths, operation);
    },

    /** Effect: the saved state is gone, as agreed. Key: the VM. A retry finds none. Cancel: all the same. Permanent: UnknownVm. */
    async discardManagedSave(target: HostTarget, domain: Named): Promise<void> {
      await dropManagedSave(host(target), domain.uuid);
    },

    /**
     * Shuts a VM down: ACPI, asked again now and then, until it is off or the time is over.
     * Effect: the VM is off. Key: the VM's state and the time of the first request, kept on the host: a retry goes on
     * waiting, and asks again. Cancel: a request can't be recalled, so it waits for the outcome first. Permanent:
     * ShutdownTimedOut, unless forceOff was said: then the power is cut, which the answer says; GuardActed, when the
     * host has started the VM by itself since; VmRefused for an attempt that comes when others have gone on.
     */
    async shutDown(
      target: HostTarget,
      domain: Named,
      operation: string,
      settings: Pick<BackupSettings, 'shutdownTimeout' | 'forceOff'>,
    ): Promise<{ how: string }> {
      const began = Date.now();
      const forced = await powerDown(host(target), pathsOf(target), domain, operation, settings);
      return { how: `${forced ? 'power cut' : 'powered off'} after ${formatDuration(Date.now() - began)}` };
    },

    /**
     * Starts a VM and sees it running.
     * Effect: one start. Key: the VM's state: a running one is left alone. Cancel: starts all the same.
     * VmStartFailed is tried again. Permanent: UnknownVm.
     */
    async start(target: HostTarget, domain: Named): Promise<void> {
      const on = host(target);
      await startAndSee(on, domain);
    },

    /**
     * Brings a VM back in an undo: waits for the outcome of a shutdown that is still under way, then starts it if it
     * is off. Without the wait it would be seen running, and go off half a minute later. The request is forgotten before
     * the start, so that a suspended attempt of that shutdown can't power the VM off again. A check of its images, which
     * locks them, is ended first; should that fail, the start says so.
     * Effect: the VM runs. Key: the VM's state. A retry waits on, and finds it running. Cancel: only by abandon.
     * VmStartFailed is tried again. Permanent: UnknownVm.
     */
    async bringBack(target: HostTarget, domain: Named, operation: string): Promise<void> {
      const on = host(target);
      await settled(on, pathsOf(target), domain, operation);
      await forgetRequest(on, pathsOf(target), operation);
      await stopChecks(on, pathsOf(target), operation).catch(() => undefined);
      await startAndSee(on, domain);
    },

    /**
     * Says in the operation's record that the VM is in the state in which it is to be left: no repair brings it back, or
     * takes its disks away, from here on.
     * Effect: the record without the former state. Key: the operation. A retry finds it so. Cancel: goes on to its end.
     */
    async settleDomain(target: HostTarget, operation: string): Promise<void> {
      const on = host(target);
      const paths = pathsOf(target);
      const record = await readHostRecord(on, paths, operation);
      if (record === undefined) return;
      const { wasRunning: _was, broughtDown: _down, restore: _restore, shutdown: _shutdown, ...rest } = record;
      await writeHostRecord(on, paths, rest);
    },

    /**
     * The set's moment: the VM is off, on this boot of the host, with these files in this state.
     * Effect: none. Permanent: PreconditionLost when it is not off.
     */
    async lookAtMoment(target: HostTarget, domain: Named): Promise<Domain> {
      const on = host(target);
      const now = await lookDomain(on, domain.uuid);
      if (now.state !== 'shut off') {
        throw new Fault('PreconditionLost', `${now.name} is ${now.state}, and should be off`, { where: on.name });
      }
      return now;
    },

    /** Effect: none. Permanent: VmRanDuringBackup when the VM, the host's boot or a disk is not as at that moment. */
    async confirmMoment(target: HostTarget, moment: Domain): Promise<void> {
      const on = host(target);
      const now = await lookDomain(on, moment.uuid);
      const changed = moment.sources.filter(
        ({ path, fingerprint }) => now.sources.find((source) => source.path === path)?.fingerprint !== fingerprint,
      );
      const reason =
        now.bootId !== moment.bootId
          ? 'the host was rebooted'
          : now.state !== 'shut off'
            ? `the VM is ${now.state}`
            : changed.length > 0
              ? `${changed.map(({ path }) => path).join(', ')} changed`
              : undefined;
      if (reason === undefined) return;
      throw new Fault('VmRanDuringBackup', `the disks of ${moment.name} are not of one moment: ${reason}`, {
        where: on.name,
      });
    },

    /** State, boot and guard, for a decision after something went wrong. Effect: none. */
    async stateNow(
      target: HostTarget,
      domain: Named,
      operation: string,
    ): Promise<{ state: DomainState | 'gone'; bootId: string; guard: 'armed' | 'acted' | 'absent' }> {
      const on = host(target);
      const { bootId } = await hostClock(on);
      const guard = await readGuard(on, pathsOf(target), operation);
      return { state: (await domainState(on, domain.uuid)) ?? 'gone', bootId, guard };
    },
  };
};

async function startAndSee(on: Host, domain: Named): Promise<void> {
  if (await isRunning(on, domain)) return;
  await startDomain(on, domain.uuid);
  if (await isRunning(on, domain)) return;
  throw new Fault('VmStartFailed', `${domain.name} was started, but does not run`, { where: on.name });
}

async function isRunning(on: Host, domain: Named): Promise<boolean> {
  const state = await domainState(on, domain.uuid);
  if (state === undefined) {
    throw new Fault('VmStartFailed', `${domain.name} is not defined any more`, { where: on.name });
  }
  return state === 'running' || state === 'idle' || state === 'paused';
}
