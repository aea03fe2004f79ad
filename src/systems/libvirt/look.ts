import type { Domain } from '../../contracts/vm.ts';
import { exactVm } from '../../domain/select.ts';
import type { Host } from '../host/host.ts';
import { readDomainXml, type DomainXml } from './domain-xml.ts';
import { readDominfo } from './dominfo.ts';
import { gatherFindings } from './findings.ts';
import { domainNames } from './names.ts';
import {
  archivable,
  configRefusals,
  jobRefusals,
  sharedRefusals,
  stateRefusals,
  writable,
  type OtherDomain,
} from './refusals.ts';
import { diskSources, firmwareSources } from './sources.ts';
import { askScript, newMark, splitParts, unknownDomain } from './virsh.ts';

/**
 * Everything a backup has to know of a VM: state, what to archive, what not, and every reason why it must be left
 * alone. `wanted` is its UUID, or its exact name. Three to
 * six round trips, however many disks; nothing is changed.
 *
 * Fingerprints are of this moment: libvirt changes an image's owner, and so its ctime, at each start and shutdown.
 *
 * @throws Fault UnknownVm with the nearest names; InvalidInput where `wanted` is one VM's UUID and another's name;
 *   ToolMissing without virsh, or without qemu-img where one disk
 *   isn't raw
 */
export async function lookDomain(host: Host, wanted: string): Promise<Domain> {
  const { info, xml, live, others, job, blockJobs, bootId } = await find(host, wanted);

  const disks = archivable(xml);
  const found = await gatherFindings(
    host,
    disks,
    xml,
    others.flatMap((other) => writable(other).map(({ place }) => place)),
  );
  const { sources, refusals, byIdentity } = diskSources(found.disks, found);
  const firmware = firmwareSources(xml, found.facts);
  return {
    name: xml.name,
    uuid: xml.uuid,
    ...info,
    sources: [...sources, ...firmware.sources],
    skipped: [...skippedDisks(xml), ...firmware.skipped, ...xml.outside],
    refusals: [
      ...stateRefusals(info),
      ...configRefusals(xml, live),
      ...jobRefusals(job, blockJobs, live),
      ...found.refusals,
      ...refusals,
      ...firmware.refusals,
      ...sharedRefusals(byIdentity, others, found.at),
    ],
    bootId,
  };
}

interface Answers {
  readonly info: ReturnType<typeof readDominfo>;
  /** As it will be after a shutdown. */
  readonly xml: DomainXml;
  /** As it is now, if it is active. */
  readonly live: DomainXml | undefined;
  readonly others: readonly OtherDomain[];
  readonly job: string;
  readonly blockJobs: readonly string[];
  readonly bootId: string;
}

async function find(host: Host, wanted: string): Promise<Answers> {
  const { uuid } = exactVm(await domainNames(host), wanted, host.name);
  const found = await askLibvirt(host, uuid);
  if (found === undefined) throw unknownDomain(host, uuid);
  return found;
}

/** Undefined: there is no domain of this UUID. */
async function askLibvirt(host: Host, uuid: string): Promise<Answers | undefined> {
  const mark = newMark();
  const parts = splitParts(host, await askScript(host, 'look.sh', [uuid, mark]), mark);
  const texts = (name: string) => parts.filter((part) => part.name === name).map((part) => part.text.trim());
  const [dominfo = '', inactive = '', live = ''] = ['dominfo', 'inactive', 'live'].map((name) => texts(name)[0] ?? '');
  // virsh takes a UUID that no domain has for a name.
  const xml = inactive === '' ? undefined : readDomainXml(inactive);
  if (dominfo === '' || xml?.uuid !== uuid) return undefined;
  return {
    info: readDominfo(dominfo),
    xml,
    live: live === '' ? undefined : readDomainXml(live),
    // One that ended meanwhile left its part empty.
    others: texts('other')
      .filter((text) => text !== '')
      .map(readDomainXml),
    job: texts('job')[0] ?? '',
    blockJobs: texts('blockjob'),
    bootId: texts('boot')[0] ?? '',
  };
}

function skippedDisks({ disks }: DomainXml): { target: string; why: string }[] {
  return disks.flatMap(({ target, device, place }) => {
    if (device === 'cdrom') return [{ target, why: place.kind === 'empty' ? 'an empty CD-ROM drive' : 'a CD-ROM' }];
    if (device === 'floppy') return [{ target, why: 'a floppy' }];
    return place.kind === 'empty' ? [{ target, why: 'empty' }] : [];
  });
}
