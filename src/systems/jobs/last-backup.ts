import { z } from 'zod';
import type { DomainSummary } from '../../contracts/vm.ts';
import type { Host } from '../host/host.ts';
import type { HostPaths } from './paths.ts';
import { stateFiles } from './state-files.ts';

export type LastBackup = NonNullable<DomainSummary['lastBackup']>;

const schema: z.ZodType<LastBackup & { readonly uuid: string }> = z.object({
  uuid: z.string(),
  at: z.string(),
  repository: z.string(),
  path: z.string(),
});
const files = stateFiles('backups', 'last backup', schema);

/** Notes a VM's newest good backup at `<state>/backups/<uuid>.json`, so that a list needs no mounted share. */
export function noteLastBackup(host: Host, paths: HostPaths, uuid: string, last: LastBackup): Promise<void> {
  return files.put(host, paths, uuid, { uuid, ...last });
}

/** By UUID. */
export async function readLastBackups(host: Host, paths: HostPaths): Promise<Readonly<Record<string, LastBackup>>> {
  const all = await files.all(host, paths);
  return Object.fromEntries(all.map(({ uuid, ...last }) => [uuid, last]));
}

export function forgetLastBackup(host: Host, paths: HostPaths, uuid: string): Promise<void> {
  return files.remove(host, paths, uuid);
}
