import type { Source } from '../../contracts/vm.ts';
import type { DiskXml, DomainXml, Place } from './domain-xml.ts';
import type { Dominfo } from './dominfo.ts';
import type { Found } from './files.ts';

/**
 * Why a VM must be left alone, a clause each, to stand after the VM's name or in a list.
 *
 * Snapshots are no reason. Internal ones are inside the image. After external ones the VM runs on an overlay, and
 * the overlay is archived with everything below it, so that what the VM sees is whole. What only another branch of
 * the snapshots needs (other overlays, files of saved memory) is not archived.
 */

/** A shutdown under way is none: it is awaited. A managed-save image is for the operation to judge. */
export function stateRefusals({ state, persistent }: Dominfo): string[] {
  const refusals: string[] = [];
  if (!persistent) refusals.push('it is transient: a shutdown would make libvirt forget it');
  if (state === 'paused') refusals.push('it is paused: resume it, or shut it down, first');
  if (state === 'pmsuspended') refusals.push('it is suspended: wake it up, or shut it down, first');
  if (state === 'crashed') refusals.push('it has crashed: look at it, then start it, or power it off, first');
  if (state === 'no state') refusals.push('libvirt does not know its state');
  return refusals;
}

/** `live`: the definition of the running domain, if it runs. */
export function configRefusals(saved: DomainXml, live: DomainXml | undefined): string[] {
  const refusals: string[] = [];
  if (saved.nova) refusals.push('it belongs to OpenStack (Nova), which would stop it again: back it up with OpenStack');
  if (saved.onPoweroff !== 'destroy')
    refusals.push(`its on_poweroff is "${saved.onPoweroff}": it would not stay off after a shutdown`);
  if (live === undefined) return refusals;
  const after = new Map(archivable(saved).map((disk) => [disk.target, JSON.stringify(disk.place)]));
  const now = archivable(live);
  for (const { target, place } of now) {
    if (after.get(target) === undefined)
      refusals.push(`${target} is attached to the running VM only, and would be gone after a shutdown`);
    else if (after.get(target) !== JSON.stringify(place))
      refusals.push(`${target} has another image in the running VM than in its definition`);
  }
  for (const target of after.keys()) {
    if (!now.some((disk) => disk.target === target))
      refusals.push(`${target} stands in its definition, but the running VM does not have it`);
  }
  return refusals;
}

/**
 * Work of libvirt's that a shutdown would break off; none for a VM that is off.
 *
 * @param job as `virsh domjobinfo` prints it
 * @param blockJobs for each disk its target, a comma, and what `virsh blockjob --raw` prints
 */
export function jobRefusals(job: string, blockJobs: readonly string[], live: DomainXml | undefined): string[] {
  const refusals: string[] = [];
  const value = (key: string): string => new RegExp(`^${key}: +(.*?) *$`, 'm').exec(job)?.[1] ?? '';
  const type = value('Job type');
  if (!['', 'None', 'Completed'].includes(type))
    refusals.push(`libvirt is at work on it (${value('Operation') || type}): let that end first`);
  for (const text of blockJobs) {
    const running = /^(.*?),\s*type=(.*)/.exec(text);
    if (running !== null) refusals.push(`a block job runs on ${running[1]} (${running[2]}): let it end first`);
  }
  for (const { target } of (live?.disks ?? []).filter(({ mirrored }) => mirrored))
    refusals.push(`${target} is being copied or committed by a block job: let it end, or abort it, first`);
  return refusals;
}

export interface OtherDomain {
  readonly name: string;
  readonly disks: readonly DiskXml[];
}

/**
 * Files that another active VM writes to while this one is archived: shared disks, and backing files that are in
 * use as disks. Backing files in common are fine, since nobody writes to them.
 */
export function sharedRefusals(
  ours: ReadonlyMap<string, Source>,
  others: readonly OtherDomain[],
  at: (place: Place) => Found | undefined,
): string[] {
  return others.flatMap((other) =>
    writable(other).flatMap(({ target, place }) => {
      const found = at(place);
      const source = found === undefined || 'missing' in found ? undefined : ours.get(found.identity);
      if (source === undefined) return [];
      return [`another VM, "${other.name}", is active and uses ${source.path} too (as its ${target})`];
    }),
  );
}

export function writable({ disks }: OtherDomain): DiskXml[] {
  return disks.filter(({ readonly }) => !readonly);
}

/** Disks that hold data of the VM; media are not. */
export function archivable({ disks }: DomainXml): DiskXml[] {
  return disks.filter(({ device, place }) => (device === 'disk' || device === 'lun') && place.kind !== 'empty');
}
