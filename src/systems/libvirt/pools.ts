import { posix } from 'node:path';
import type { Host } from '../host/host.ts';
import { askScript, commandFailed, newMark, splitParts, virsh } from './virsh.ts';
import { child, parseXml, text } from './xml.ts';

/**
 * Lets libvirt see what was put into, or taken from, the directory of a path: refreshes each active storage pool
 * over exactly that directory (pools don't look into directories below). Returns their names.
 */
export async function poolRefreshFor(host: Host, path: string): Promise<string[]> {
  const mark = newMark();
  const [directory, ...pools] = splitParts(host, await askScript(host, 'pools.sh', [path, mark]), mark);
  const holding = [posix.dirname(path), directory!.text];
  const refreshed: string[] = [];
  for (const part of pools.filter(({ text }) => text.trim() !== '')) {
    const pool = parseXml(part.text, 'pool', "The pool's description");
    const target = text(child(pool, 'target', 'path'))?.trim();
    const uuid = text(child(pool, 'uuid'))?.trim();
    if (target === undefined || uuid === undefined || !holding.includes(posix.resolve(target))) continue;
    const name = text(child(pool, 'name')) ?? uuid;
    const result = await virsh(host, ['pool-refresh', '--pool', uuid], { deadline: 300 });
    if (result.exitCode !== 0) throw commandFailed(host, `the storage pool "${name}" could not be refreshed`, result);
    refreshed.push(name);
  }
  return refreshed;
}
