import { Fault } from '../../contracts/faults.ts';
import { parseBackupDirectory, parseBackupName } from '../../domain/names.ts';
import type { Host, RunResult } from '../host/host.ts';
import type { Repository } from './list-backups.ts';
import { fileName } from './manifest.ts';
import { onShare } from './mounts.ts';
import { loadScript, runScript } from './script.ts';

export { listBackups, readManifest } from './list-backups.ts';
export type { Repository } from './list-backups.ts';

const change = loadScript('repository', ['checks', 'call', 'format']);

export interface RepositoryHolder {
  readonly operation: string;
  readonly workflowId: string;
  readonly mode: 'shared' | 'exclusive';
}

function act(
  host: Host,
  { root, ...share }: Repository,
  action: string,
  args: readonly string[],
  options: { input?: string; deadline?: number; maxOutput?: number } = {},
): Promise<RunResult> {
  const all = [action, share.mountPoint, share.mountSource ?? '', root, ...args];
  return onShare(host, share, () => runScript(host, change, all, { deadline: 300, ...options }));
}

/** "vm/backup", in the shapes of domain/names.ts; anything else is a mistake that must not reach a shell. */
function split(path: string): { vm: string; name: string } {
  const [vm, name, ...rest] = path.split('/');
  const base = name?.replace(/\.(partial|removing)$/, '');
  if (vm === undefined || name === undefined || base === undefined || rest.length > 0) throw notOurs(path);
  if (parseBackupDirectory(vm) === undefined || parseBackupName(base) === undefined) throw notOurs(path);
  return { vm, name };
}

const notOurs = (path: string): Fault => new Fault('BackupNotFound', `${path} is not the path of a backup`);

/**
 * Makes the directory of a backup that is to be written, `path` relative to the root.
 *
 * @param again an earlier try of the same operation may have made it; else it must not be there
 * @throws BackupUnusable when it is there; ShareNotWritable when it, or the VM's directory, belongs to somebody else
 */
export async function makePartial(host: Host, repository: Repository, path: string, again: boolean): Promise<void> {
  const { vm, name } = split(path);
  await act(host, repository, 'make', [vm, name, again ? 'again' : '']);
}

/** Writes a small file into a backup, whole and on the disk, with that mode. Replaces a former one. */
export async function writeBackupFile(
  host: Host,
  repository: Repository,
  path: string,
  file: string,
  content: string,
  mode = 0o600,
): Promise<void> {
  const { vm, name } = split(path);
  checkedFile(file);
  const size = Buffer.byteLength(content);
  await act(host, repository, 'write', [vm, name, file, mode.toString(8), String(size)], { input: content });
}

/** The content of a small file of a backup, as the share has it. @throws ArchiveCorrupt when it is not there */
export async function readBackupFile(host: Host, repository: Repository, path: string, file: string): Promise<string> {
  const { vm, name } = split(path);
  const { stdout, truncated } = await act(host, repository, 'read', [vm, name, checkedFile(file)], {
    maxOutput: 64 * 1024 * 1024,
  });
  if (truncated !== true) return stdout;
  throw new Fault('ArchiveCorrupt', `${file} is larger than any such file`, { where: host.name });
}

function checkedFile(file: string): string {
  if (fileName.safeParse(file).success) return file;
  throw new Fault('InvalidInput', `${JSON.stringify(file)} can't be a file's name`);
}

/** Whether a backup has its final name. A look at that path alone: the VM may be off, and a repository is large. */
export async function isFinished(host: Host, repository: Repository, path: string): Promise<boolean> {
  const { vm, name } = split(path);
  const { stdout } = await act(host, repository, 'finished', [vm, `${name}.partial`, name]);
  return stdout !== '';
}

/**
 * Syncs a partial backup and gives it its final name, `path`. Idempotent.
 *
 * @throws BackupUnusable without a manifest, or when the name is taken; ShareLost, ShareFull
 */
export async function finishBackup(host: Host, repository: Repository, path: string): Promise<void> {
  const { vm, name } = split(path);
  await act(host, repository, 'finish', [vm, `${name}.partial`, name]);
}

/**
 * Removes one backup, or a partial one; what hasn't the name of one, or is a link, is never touched. It loses its name
 * before its content. Idempotent.
 */
export async function removeBackup(host: Host, repository: Repository, path: string): Promise<void> {
  const { vm, name } = split(path);
  await act(host, repository, 'remove', [vm, name], { deadline: 1600 });
}

/**
 * Leases a VM's directory of the repository. Shared ones, of who writes a backup there or reads one, stand beside each
 * other; an exclusive one, of who removes, stands alone. One that was not renewed for 30 minutes doesn't count.
 *
 * @param backup what a reader is about to read: the path of a backup in that directory
 * @throws RepositoryBusy, naming the holder; BackupNotFound when the backup has been removed by now
 */
export async function takeRepositoryLease(
  host: Host,
  repository: Repository,
  vmDirectory: string,
  { operation, workflowId, mode }: RepositoryHolder,
  backup?: string,
): Promise<void> {
  const name = backup === undefined ? [] : [split(backup).name];
  await act(host, repository, 'lease', [vmDirectory, operation, mode, workflowId, ...name]);
}

/** Who holds leases of a VM's directory, stale ones too. */
export async function listRepositoryLeases(
  host: Host,
  repository: Repository,
  vmDirectory: string,
): Promise<Pick<RepositoryHolder, 'operation' | 'workflowId'>[]> {
  const { stdout } = await act(host, repository, 'leases', [vmDirectory]);
  return Array.from(stdout.matchAll(/^(\S+) (.+)$/gm), ([, operation = '', workflowId = '']) => ({
    operation,
    workflowId,
  }));
}

export async function renewRepositoryLease(
  host: Host,
  repository: Repository,
  vmDirectory: string,
  operation: string,
): Promise<void> {
  await act(host, repository, 'renew', [vmDirectory, operation], { deadline: 150 });
}

/** Idempotent; nothing is touched where the share isn't mounted. */
export async function dropRepositoryLease(
  host: Host,
  repository: Repository,
  vmDirectory: string,
  operation: string,
): Promise<void> {
  await act(host, repository, 'drop', [vmDirectory, operation]);
}
