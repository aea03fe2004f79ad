import type { Host } from '../host/host.ts';
import { below, type HostPaths } from './paths.ts';
import { loadScript, runScript } from './script.ts';

const script = loadScript('restored');

/** The list that the extracting jobs of an operation keep: what they are about to make, before it is there. */
export const restoredList = (paths: HostPaths, operation: string): string =>
  below(paths.state, 'operations', `${operation}.made`);

/** The definition that a restore replaces. It may hold secrets: it stays on the host, readable by root alone. */
export const formerDefinition = (paths: HostPaths, operation: string): string =>
  below(paths.state, 'operations', `${operation}.former.xml`);

/** Files that this restore made and a process has open, by their canonical paths: a VM runs on them. */
export async function restoredInUse(host: Host, paths: HostPaths, operation: string): Promise<string[]> {
  const { stdout } = await runScript(host, script, [restoredList(paths, operation), 'used'], { deadline: 90 });
  return stdout.split('\0').filter((path) => path !== '');
}

/**
 * Removes what this restore made, by inode: a file that took the place of one is left alone. Idempotent.
 *
 * @throws RestoreRefused while a process has one of them open; then none is removed
 */
export async function removeRestoredFiles(host: Host, paths: HostPaths, operation: string): Promise<void> {
  await runScript(host, script, [restoredList(paths, operation), 'remove'], { deadline: 300 });
}
