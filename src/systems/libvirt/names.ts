import { Fault } from '../../contracts/faults.ts';
import type { Host } from '../host/host.ts';
import { commandFailed, virsh } from './virsh.ts';

/** Every domain of the host, active or not, in virsh's order (active ones first). */
export async function domainNames(host: Host): Promise<{ name: string; uuid: string }[]> {
  const result = await virsh(host, ['list', '--all', '--uuid', '--name']);
  if (result.exitCode !== 0) throw commandFailed(host, 'the VMs could not be listed', result);
  return result.stdout
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      // Older versions fill the columns up with blanks.
      const match = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}) +(.*\S) *$/.exec(line);
      if (match === null)
        throw new Fault('CommandFailed', `virsh list on ${host.name} printed a line that can't be read: ${line}`, {
          where: host.name,
        });
      return { uuid: match[1]!, name: match[2]! };
    });
}
