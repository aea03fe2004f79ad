import { Fault } from '../../contracts/faults.ts';
import type { Host } from '../host/host.ts';
import { readDomainXml } from './domain-xml.ts';
import { commandFailed, isUnknownDomain, runScript, virshMessage } from './virsh.ts';

/**
 * Defines a domain. Its XML goes through a pipe, never through a file. Doing it again does no harm with `replace`.
 *
 * @param replace whether a domain of the same UUID may be there already and gets this definition; libvirt itself
 *   would replace it without a word
 * @throws Fault RestoreRefused where libvirt does not accept it, or one is there and must not be replaced
 */
export async function defineDomain(host: Host, xml: string, { replace = false } = {}): Promise<void> {
  const { name, uuid } = readDomainXml(xml);
  const mode = replace ? 'replace' : 'new';
  const result = await runScript(host, 'define.sh', [uuid, mode], { input: xml });
  if (result.exitCode === 0) return;
  const why = result.exitCode === 77 ? `there is one with the UUID ${uuid} already` : virshMessage(result);
  throw new Fault('RestoreRefused', `The VM "${name}" can't be defined on ${host.name}: ${why}`, {
    where: host.name,
    output: result.stderr.slice(-2000),
  });
}

/**
 * Removes the definition of a VM that is off; its disks, UEFI variables and TPM state stay where they are. None there
 * is fine.
 *
 * @throws Fault VmRefused when it isn't off
 */
export async function undefineDomain(host: Host, uuid: string): Promise<void> {
  const result = await runScript(host, 'undefine.sh', [uuid]);
  if (result.exitCode === 0 || isUnknownDomain(result)) return;
  if (result.exitCode === 77)
    throw new Fault('VmRefused', `The VM ${uuid} on ${host.name} is not off, so it is not undefined.`, {
      where: host.name,
      remedy: 'shut it down first',
    });
  throw commandFailed(host, `the VM ${uuid} could not be undefined`, result);
}
