import type { ArchiveEntry, Compression, Domain, Source } from '../../contracts/vm.ts';
import type { Op } from '../shared/op.ts';
import { faultType, refuse } from '../shared/failure.ts';
import { checkImages } from './check-images.ts';
import type { LaidOut } from './lay-out.ts';
import { guardActed } from './power.ts';
import type { Power } from './power.ts';
import type { MountedRepository } from './repository.ts';
import type { TakenVm } from './take-vm.ts';

/** Rounds a set may take: a host that reboots three times during a backup has another problem. */
const rounds = 3;
/** Times a job that vanished is begun again within a round. */
const tries = 3;

/** Faults after which the disks archived so far may not belong together any more. */
const notOneMoment: readonly string[] = ['PreconditionLost', 'SourceChanged', 'VmRanDuringBackup'];

/**
 * Archives every disk. A set is of one moment: it is valid only if the VM has not run since its shutdown, so host
 * boot, VM state and each source are compared around every disk, and one change discards them all.
 */
export async function archiveSet(
  vm: TakenVm,
  share: MountedRepository,
  place: LaidOut,
  compression: Compression,
  power: Power,
  op: Op,
): Promise<readonly ArchiveEntry[]> {
  // The host's boot on which this operation last saw the VM off.
  let bootId = vm.domain.bootId;
  for (let round = 1; ; round += 1) {
    try {
      const moment = await op.beside('Look at the disks').lookAtMoment(vm.host, vm.domain);
      bootId = moment.bootId;
      return await oneRound(vm, share, place, compression, power, moment, op, round);
    } catch (error) {
      if (place.hold.outcome === 'acted') throw guardActed(vm);
      if (power.restored || round === rounds || !notOneMoment.includes(faultType(error))) throw error;
      bootId = await beginAgain(vm, share, place, power, bootId, op);
    }
  }
}

async function oneRound(
  vm: TakenVm,
  share: MountedRepository,
  place: LaidOut,
  compression: Compression,
  power: Power,
  moment: Domain,
  op: Op,
  round: number,
): Promise<readonly ArchiveEntry[]> {
  const checking = checkImages(vm, moment, round, op);
  try {
    const archives: ArchiveEntry[] = [];
    const last = moment.sources.length - 1;
    for (const [index, source] of moment.sources.entries()) {
      const startEarly = index === last && vm.settings.startEarly;
      archives.push(
        await oneSource(vm, share, place, compression, power, moment, source, op, round, async () => {
          if (!startEarly) return;
          await checking.done;
          await op.beside('See that nothing ran').confirmMoment(vm.host, moment);
          await power.restore();
        }),
      );
    }
    await checking.done;
    if (!power.restored) await op.beside('See that nothing ran').confirmMoment(vm.host, moment);
    return archives;
  } catch (error) {
    // Before the undo or the next round: it would begin another job in an undo, and two of its name can't be pending.
    await checking.stop();
    throw error;
  }
}

async function oneSource(
  vm: TakenVm,
  share: MountedRepository,
  place: LaidOut,
  compression: Compression,
  power: Power,
  moment: Domain,
  source: Source,
  op: Op,
  round: number,
  whenRead: () => Promise<void>,
): Promise<ArchiveEntry> {
  const spec = { source, compression, bootId: moment.bootId, uuid: moment.uuid, settings: vm.settings };
  for (let attempt = 1; ; attempt += 1) {
    const job = { operation: op.id, step: `archive-${source.archive}-${String(round)}-${String(attempt)}` };
    try {
      if (vm.settings.startEarly) {
        await op.step(`Read ${source.archive}`, (at) => at.archive(vm.host, place, job, spec, 'read'));
        await whenRead();
      }
      const entry = await op.step(`Archive ${source.archive}`, (at) => at.archive(vm.host, place, job, spec, 'end'));
      if (entry === undefined) throw refuse('JobFailed', `the archive of ${source.path} ended without a result`);
      return entry;
    } catch (error) {
      // Once the VM runs again, the source isn't what it was any more.
      if (power.restored) throw error;
      // Killed by somebody, or by a reboot, which the next try's own check of the boot id tells apart.
      if (faultType(error) === 'JobLost' && attempt < tries) continue;
      await share.regain(error);
      // What is archived so far stays good, if nothing ran while the share was away.
      await op.beside('See that nothing ran').confirmMoment(vm.host, moment);
    }
  }
}

/**
 * After a reboot the share is gone and libvirt may have started the VM; what was archived so far is worthless.
 * The round's archive jobs have ended: they ran one after another, and the last one said so, or went with the boot. A
 * check of the images may go on beside them, and keeps the next one from its images. Returns the host's boot on which the
 * VM is off now.
 */
async function beginAgain(
  vm: TakenVm,
  share: MountedRepository,
  place: LaidOut,
  power: Power,
  bootId: string,
  op: Op,
): Promise<string> {
  const at = op.beside('Begin the set again');
  await at.endChecks(vm.host, op.id);
  const now = await at.stateNow(vm.host, vm.domain, op.id);
  if (now.guard === 'acted') throw guardActed(vm);
  if (now.state !== 'shut off' && now.bootId === bootId) {
    // On the same boot only a person can have started it, and a person is not shut down twice.
    throw refuse('VmRanDuringBackup', `${vm.domain.name} was started while it was backed up`, { where: vm.host.name });
  }
  await share.again('the set is taken anew');
  if (now.state !== 'shut off') await power.offAgain();
  await at.emptyPartial(vm.host, place);
  return now.bootId;
}
