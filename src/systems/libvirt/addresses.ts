import { isIP } from 'node:net';
import type { Host } from '../host/host.ts';
import { readDomainXml } from './domain-xml.ts';
import { commandFailed, isUnknownDomain, runScript, unknownDomain, virsh } from './virsh.ts';

/**
 * The IP addresses a VM is known to have, as the host sees them: DHCP leases, its neighbour table, the guest's agent.
 * None found does not mean that it has none.
 */
export async function domainAddresses(host: Host, uuid: string): Promise<string[]> {
  const xml = await virsh(host, ['dumpxml', '--domain', uuid]);
  if (isUnknownDomain(xml)) throw unknownDomain(host, uuid);
  if (xml.exitCode !== 0) throw commandFailed(host, "the VM's definition could not be read", xml);
  const domain = readDomainXml(xml.stdout);
  // virsh takes a UUID that no domain has for a name.
  if (domain.uuid !== uuid) throw unknownDomain(host, uuid);
  const macs = domain.macs.map((mac) => mac.toLowerCase());
  const { stdout } = await runScript(host, 'addresses.sh', [uuid, ...macs]);
  return readAddresses(stdout);
}

/** From lines of `virsh domifaddr` ("vnet0 52:54:… ipv4 192.0.2.5/24") and `ip neigh` ("192.0.2.5 dev virbr0 …"). */
export function readAddresses(output: string): string[] {
  const words = output.split(/\s+/).map((word) => word.replace(/\/\d+$/, ''));
  const addresses = words.filter((word) => isIP(word) !== 0).map((word) => word.toLowerCase());
  return [...new Set(addresses)].filter((address) => !/^(127\.|::1$)/.test(address));
}
