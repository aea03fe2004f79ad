import { Fault } from '../../contracts/faults.ts';
import type { Host } from '../host/host.ts';
import { commandFailed, virsh } from './virsh.ts';

export interface DomainName {
  readonly name: string;
  readonly uuid: string;
}

/** Every domain of the host, active or not, in virsh's order (active ones first); without transient ones if said. */
export async function domainNames(host: Host, { persistent = false } = {}): Promise<DomainName[]> {
  const result = await virsh(host, ['list', '--all', ...(persistent ? ['--persistent'] : []), '--uuid', '--name']);
  if (result.exitCode !== 0) throw commandFailed(host, 'the VMs could not be listed', result);
  return readNames(result.stdout);
}

/** From "UUID NAME" a line. */
export function readNames(stdout: string): DomainName[] {
  const lines = stdout.split('\n').filter((line) => line.trim() !== '');
  // Versions before 9 fill names up to 30 bytes with blanks; newer ones leave a blank at a name's end as it is.
  const filled = lines.every((line) => Buffer.byteLength(line) >= 36 + 1 + 30);
  return lines.map((line) => {
    const match = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}) (.+)$/.exec(line);
    if (match === null) throw new Fault('CommandFailed', `virsh list printed a line that can't be read: ${line}`);
    return { uuid: match[1]!, name: filled ? match[2]!.trimEnd() : match[2]! };
  });
}
