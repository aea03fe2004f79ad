import { readFile } from 'node:fs/promises';
import { lookup } from 'node:dns/promises';
import type { Resolved } from '../../contracts/settings.ts';
import type { Domain } from '../../contracts/vm.ts';
import type { Host } from '../../systems/host/host.ts';
import { domainAddresses } from '../../systems/libvirt/index.ts';
import type { Deps } from './deps.ts';

/**
 * Reasons why this operation would saw off the branch it sits on: the VM is the worker's own machine, or the machine
 * that serves the share, the jump host, or Temporal. Told by product UUID, and by the VM's addresses as the host's
 * leases and neighbour table know them; a machine with an address nobody has seen can't be told.
 */
export async function standsOn(
  host: Host,
  domain: Domain,
  { host: target, repository }: Resolved,
  deps: Deps,
): Promise<string[]> {
  const reasons: string[] = [];
  if ((await ownUuid()) === domain.uuid.toLowerCase()) reasons.push('this worker runs in it');
  if (domain.state === 'shut off') return reasons;
  const addresses = new Set(await domainAddresses(host, domain.uuid));
  if (addresses.size === 0) return reasons;
  const candidates: readonly (readonly [string | undefined, string])[] = [
    [shareServer(repository.type, repository.source), 'it serves the share that the backup would go to'],
    [target.proxyJump?.replace(/^.*@/, '').replace(/:\d+$/, ''), 'it is the jump host on the way to this host'],
    [deps.env['TEMPORAL_ADDRESS']?.replace(/:\d+$/, ''), 'the Temporal server runs in it'],
  ];
  for (const [name, reason] of candidates) {
    if (name === undefined || name === '') continue;
    const found = [...(await resolvedByHost(host, name)), ...(await resolvedHere(name))];
    if (found.some((address) => addresses.has(address))) reasons.push(reason);
  }
  return reasons;
}

async function ownUuid(): Promise<string | undefined> {
  // Readable by root only; elsewhere the check is left to the addresses.
  const text = await readFile('/sys/class/dmi/id/product_uuid', 'utf8').catch(() => undefined);
  return text?.trim().toLowerCase();
}

function shareServer(type: string, source: string): string | undefined {
  if (type === 'none') return undefined;
  if (type === 'cifs') return /^\/\/([^/]+)/.exec(source)?.[1];
  return /^(?:[^@/]*@)?\[?([^/\]]+?)\]?:/.exec(source)?.[1];
}

async function resolvedByHost(host: Host, name: string): Promise<string[]> {
  const { stdout, exitCode } = await host.run(['getent', 'ahosts', name], { deadline: 15 });
  if (exitCode !== 0) return [name];
  return [name, ...stdout.split('\n').flatMap((line) => line.split(/\s+/)[0] ?? [])].filter((word) => word !== '');
}

async function resolvedHere(name: string): Promise<string[]> {
  const found = await lookup(name, { all: true }).catch(() => []);
  return found.map(({ address }) => address);
}
