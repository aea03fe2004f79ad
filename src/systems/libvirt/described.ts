import { readDomainXml } from './domain-xml.ts';
import { archivable } from './refusals.ts';

/** What a definition says that a backup of the VM must hold: `disks` are targets, "vda". */
export function describedVm(xml: string): {
  readonly name: string;
  readonly uuid: string;
  readonly disks: readonly string[];
} {
  const described = readDomainXml(xml);
  const disks = archivable(described).map(({ target }) => target);
  return { name: described.name, uuid: described.uuid, disks };
}
