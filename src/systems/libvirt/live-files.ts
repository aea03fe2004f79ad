import type { Element } from '@xmldom/xmldom';
import { Fault } from '../../contracts/faults.ts';
import type { Host } from '../host/host.ts';
import { readDomainXml } from './domain-xml.ts';
import { domainState } from './power.ts';
import { commandFailed, isUnknownDomain, runScript } from './virsh.ts';
import { attribute, child, children, parseXml } from './xml.ts';

/**
 * Paths of what a VM has open right now, as its live definition says: disks with their whole backing chains, UEFI
 * variables, TPM state. None while it is off or not defined. Facts of https://libvirt.org/formatdomain.html: an active
 * domain's `<disk>` has its chain in nested `<backingStore>` elements.
 */
export async function liveFiles(host: Host, uuid: string): Promise<string[]> {
  const state = await domainState(host, uuid);
  if (state === undefined || state === 'shut off') return [];
  const result = await runScript(host, 'act.sh', [uuid, 'dumpxml'], { maxOutput: 16 * 1024 * 1024, deadline: 60 });
  if (result.exitCode !== 0) {
    if (isUnknownDomain(result)) return [];
    throw commandFailed(host, "the VM's definition could not be read", result);
  }
  const { uuid: found, nvram, tpm } = readDomainXml(result.stdout);
  if (found !== uuid) throw new Fault('CommandFailed', `libvirt on ${host.name} told of another VM than ${uuid}`);
  const devices = child(parseXml(result.stdout, 'domain', "The domain's definition"), 'devices');
  const firmware = [nvram, tpm].flatMap((place) => (place?.kind === 'path' ? [place.path] : []));
  return [...children(devices, 'disk').flatMap(chainOf), ...firmware];
}

function chainOf(element: Element): string[] {
  const source = child(element, 'source');
  const path = attribute(source, 'file') ?? attribute(source, 'dev');
  const backing = child(element, 'backingStore');
  return [...(path === undefined ? [] : [path]), ...(backing === undefined ? [] : chainOf(backing))];
}
