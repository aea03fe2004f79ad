import type { Op } from '../shared/op.ts';
import { refuse } from '../shared/failure.ts';
import type { LaidOut } from './lay-out.ts';
import type { TakenVm } from './take-vm.ts';

/** The VM's power in the hands of this operation. */
export interface Power {
  readonly wasRunning: boolean;
  /** Seconds from the shutdown's request until it was seen running again. */
  readonly downtime: number | undefined;
  /** True once it was started again: nothing may shut it down any more. */
  readonly restored: boolean;
  /** Shuts it down again, after a reboot of its host had started it. */
  offAgain(): Promise<void>;
  /** Its state after the backup: as before, or as `--after` says. Once. */
  restore(): Promise<void>;
}

/**
 * Shuts the VM down, if it runs. The guard is armed first: should worker and Temporal be gone for good, the host
 * itself starts the VM. Registered last, so that in an undo the VM comes before anything else.
 */
export async function powerOff(vm: TakenVm, place: LaidOut, op: Op): Promise<Power> {
  const { host, domain, settings } = vm;
  const wasRunning = domain.state !== 'shut off';
  const offSince = Date.now();
  let downtime: number | undefined;
  let restored = false;

  const back = op.undo(
    'Start the VM',
    async (at) => {
      if (wasRunning) await at.bringBack(host, domain, op.id);
      await at.disarmGuard(host, op.id);
    },
    { event: 'vm not back' },
  );
  const off = async (): Promise<void> => {
    await op.step('Shut down', async (at, item) => {
      if (domain.managedSave) await at.discardManagedSave(host, domain);
      await at.armGuard(host, domain, op.id, settings.guardAfter);
      item.why = (await at.shutDown(host, domain, op.id, settings)).how;
    });
  };

  if (wasRunning) await off();
  else {
    if (domain.managedSave) await op.beside('Discard the saved state').discardManagedSave(host, domain);
    op.leaveAlone('Shut down', 'the VM was off');
  }

  return {
    wasRunning,
    get downtime() {
      return downtime;
    },
    get restored() {
      return restored;
    },
    async offAgain() {
      if (place.hold.outcome === 'acted') throw guardActed(vm);
      if (!wasRunning)
        throw refuse('VmRanDuringBackup', `${domain.name} was off, and somebody started it`, { where: host.name });
      await off();
    },
    async restore() {
      if (restored) return;
      const wanted = settings.after === 'as before' ? wasRunning : settings.after === 'start';
      if (wanted) {
        await op.step('Start', async (at) => {
          await at.start(host, domain);
          await at.disarmGuard(host, op.id);
          await at.settleDomain(host, op.id);
        });
        if (wasRunning) downtime = Math.round((Date.now() - offSince) / 1000);
      } else {
        op.leaveAlone('Start', wasRunning ? 'left off, as asked for' : 'the VM was off before');
        const at = op.beside('Disarm the guard');
        await at.disarmGuard(host, op.id);
        await at.settleDomain(host, op.id);
      }
      restored = true;
      back.settle();
    },
  };
}

export const guardActed = (vm: TakenVm) =>
  refuse(
    'GuardActed',
    `no worker was there for ${String(vm.settings.guardAfter)} s, so ${vm.host.name} started ${vm.domain.name} by itself; the backup was ended`,
    {
      where: vm.host.name,
    },
  );
