import type { DomainSummary } from '../../contracts/vm.ts';
import type { Host } from '../host/host.ts';
import { readDomainXml, type DiskXml, type DomainXml } from './domain-xml.ts';
import { readDominfo } from './dominfo.ts';
import { fileFacts, type Found } from './files.ts';
import { archivable } from './refusals.ts';
import { askScript, newMark, splitParts } from './virsh.ts';
import { volumePaths } from './volumes.ts';

/**
 * Every domain with its disks, by name. Sizes are of the image files themselves (what they take up at most, and now),
 * without backing files. Two or three round trips, however many domains.
 */
export async function listDomains(host: Host): Promise<DomainSummary[]> {
  const mark = newMark();
  const parts = splitParts(host, await askScript(host, 'list.sh', [mark]), mark);
  const domains = [];
  for (let at = 1; at + 1 < parts.length; at += 2) {
    const [info, inactive] = [parts[at]!.text.trim(), parts[at + 1]!.text.trim()];
    // One that was undefined meanwhile left its parts empty.
    if (info !== '' && inactive !== '') domains.push({ ...readDominfo(info), xml: readDomainXml(inactive) });
  }
  const disks = domains.flatMap(({ xml }) => archivable(xml));
  const volume = await volumePaths(
    host,
    disks.map(({ place }) => place),
  );
  const pathOf = ({ place }: DiskXml): string | undefined => {
    const found = place.kind === 'volume' ? volume(place) : place;
    return 'path' in found ? found.path : undefined;
  };
  const facts = await fileFacts(
    host,
    disks.flatMap((disk) => pathOf(disk) ?? []),
  );
  return domains
    .map(({ xml, state, autostart }) => ({
      name: xml.name,
      uuid: xml.uuid,
      state,
      autostart,
      ...summariseDisks(xml, (disk) => {
        const path = pathOf(disk);
        return path === undefined ? undefined : { path, found: facts.get(path) ?? { missing: 'not looked at' } };
      }),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function summariseDisks(
  xml: DomainXml,
  look: (disk: DiskXml) => { path: string; found: Found } | undefined,
): Pick<DomainSummary, 'disks' | 'problem'> {
  const problems: string[] = [];
  const disks = archivable(xml).map((disk) => {
    const at = look(disk);
    if (at === undefined) {
      const where = disk.place.kind === 'volume' ? `volume ${disk.place.pool}/${disk.place.volume}` : nowhere(disk);
      problems.push(`${disk.target} can't be looked at (${where})`);
      return { target: disk.target, path: where, size: 0, allocated: 0 };
    }
    if ('missing' in at.found) problems.push(`${disk.target} can't be looked at (${at.path}: ${at.found.missing})`);
    const { size, allocated } = 'missing' in at.found ? { size: 0, allocated: 0 } : at.found;
    return { target: disk.target, path: at.path, size, allocated };
  });
  return { disks, ...(problems.length > 0 && { problem: problems.join('; ') }) };
}

function nowhere({ place }: DiskXml): string {
  return place.kind === 'elsewhere' ? place.what : 'no path';
}
