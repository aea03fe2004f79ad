import { Fault } from '../../contracts/faults.ts';
import type { Host } from '../host/host.ts';
import { readDomainXml } from './domain-xml.ts';
import { commandFailed, isUnknownDomain, runScript, unknownDomain } from './virsh.ts';

export interface DomainDump {
  /** `dumpxml --inactive --security-info`: holds secrets (VNC passwords). */
  readonly xml: string;
  readonly snapshots: Readonly<Record<string, string>>;
  readonly checkpoints: Readonly<Record<string, string>>;
}

/** What libvirt keeps of a domain, to be put beside its archives. */
export async function dumpDomain(host: Host, uuid: string): Promise<DomainDump> {
  const result = await runScript(host, 'dump.sh', [uuid], { maxOutput: 64 * 1024 * 1024, deadline: 300 });
  if (result.exitCode !== 0) {
    if (isUnknownDomain(result)) throw unknownDomain(host, uuid);
    throw commandFailed(host, "the VM's definition could not be read", result);
  }
  const [xml = '', ...rest] = result.stdout.split('\0');
  if (rest.length % 3 !== 1)
    throw new Fault('CommandFailed', `The VM's definition on ${host.name} ends in the middle.`, { where: host.name });
  // virsh takes a UUID that no domain has for a name.
  if (readDomainXml(xml).uuid !== uuid) throw unknownDomain(host, uuid);
  const of = (kind: string) => {
    const found = new Map<string, string>();
    for (let at = 0; at + 2 < rest.length; at += 3)
      if (rest[at] === kind) found.set(rest[at + 1]!, `${rest[at + 2]}\n`);
    return Object.fromEntries(found);
  };
  return { xml: `${xml}\n`, snapshots: of('snapshot'), checkpoints: of('checkpoint') };
}
