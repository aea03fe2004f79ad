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

/** Those of the candidates that this restore made: by inode, whatever the path is called. */
export async function restoredAmong(
  host: Host,
  paths: HostPaths,
  operation: string,
  candidates: readonly string[],
): Promise<string[]> {
  if (candidates.length === 0) return [];
  const args = [restoredList(paths, operation), 'among', ...candidates];
  const { stdout } = await runScript(host, script, args, { deadline: 60 });
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
