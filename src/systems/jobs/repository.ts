import { posix } from 'node:path';
import { z } from 'zod';
import { Fault } from '../../contracts/faults.ts';
import type { Backup, Manifest } from '../../contracts/vm.ts';
import { parseBackupDirectory, parseBackupName } from '../../domain/names.ts';
import type { Host } from '../host/host.ts';
import { manifestSchema } from './manifest.ts';
import { loadScript, runScript } from './script.ts';
import type { Share } from './share.ts';

const list = loadScript('backup-list', ['checks', 'call']);
const change = loadScript('repository', ['checks', 'call']);

/** A repository within reach: its share, and its directory on it. */
export interface Repository extends Share {
  readonly root: string;
}

export interface RepositoryHolder {
  readonly operation: string;
  readonly workflowId: string;
  readonly mode: 'shared' | 'exclusive';
}

async function act(
  host: Host,
  share: Share,
  action: string,
  args: readonly string[],
  options: { input?: string; deadline?: number } = {},
): Promise<void> {
  const all = [action, share.mountPoint, share.mountSource ?? '', ...args];
  await runScript(host, change, all, { deadline: 180, ...options });
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

/** Makes the directory of a backup that is to be written, `path` relative to the root. Idempotent. */
export async function makePartial(host: Host, repository: Repository, path: string): Promise<void> {
  const { vm, name } = split(path);
  await act(host, repository, 'make', [repository.root, vm, name]);
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
  split(path);
  await act(host, repository, 'write', [posix.join(repository.root, path), file, mode.toString(8)], { input: content });
}

/** Syncs a partial backup and gives it its final name, `path`. Idempotent. @throws ShareLost, ShareFull */
export async function finishBackup(host: Host, repository: Repository, path: string): Promise<void> {
  const { vm, name } = split(path);
  await act(host, repository, 'finish', [posix.join(repository.root, vm), `${name}.partial`, name], { deadline: 300 });
}

/** Removes one backup, or a partial one: nothing else than what has the shape of one. Idempotent. */
export async function removeBackup(host: Host, repository: Repository, path: string): Promise<void> {
  const { vm, name } = split(path);
  await act(host, repository, 'remove', [repository.root, vm, name], { deadline: 900 });
}

/**
 * Leases a VM's directory of the repository. Shared ones stand beside each other; an exclusive one stands alone. One
 * that was not renewed for 30 minutes doesn't count.
 *
 * @throws RepositoryBusy, naming the holder
 */
export async function takeRepositoryLease(
  host: Host,
  repository: Repository,
  vmDirectory: string,
  { operation, workflowId, mode }: RepositoryHolder,
): Promise<void> {
  await act(host, repository, 'lease', [repository.root, vmDirectory, operation, mode, workflowId]);
}

export async function renewRepositoryLease(
  host: Host,
  repository: Repository,
  vmDirectory: string,
  operation: string,
): Promise<void> {
  await act(host, repository, 'renew', [repository.root, vmDirectory, operation], { deadline: 60 });
}

/** Idempotent; nothing is touched where the share isn't mounted. */
export async function dropRepositoryLease(
  host: Host,
  repository: Repository,
  vmDirectory: string,
  operation: string,
): Promise<void> {
  await act(host, repository, 'drop', [repository.root, vmDirectory, operation]);
}

/** The manifest of a backup. @throws BackupNotFound, BackupUnusable */
export async function readManifest(host: Host, repository: Repository, path: string): Promise<Manifest> {
  const found = (await scan(host, repository)).find((entry) => entry.path === path);
  if (found === undefined) throw new Fault('BackupNotFound', `there is no backup ${path}`, { where: host.name });
  if (typeof found.manifest === 'object') return found.manifest;
  throw new Fault('BackupUnusable', `${path} has no readable manifest: ${found.manifest ?? 'it is not there'}`, {
    where: host.name,
  });
}

/** Everything that lies in the repository, each with what it is worth. */
export async function listBackups(host: Host, repository: Repository): Promise<Backup[]> {
  return (await scan(host, repository)).map(judge);
}

interface Entry {
  readonly path: string;
  directory: boolean;
  damaged?: string;
  verified?: boolean;
  /** A sentence instead, where it can't be read. */
  manifest?: Manifest | string;
  readonly files: Map<string, number>;
}

async function scan(host: Host, repository: Repository): Promise<Entry[]> {
  const { stdout } = await runScript(host, list, [repository.root], { deadline: 300, maxOutput: 256 * 1024 * 1024 });
  const entries: Entry[] = [];
  for (const line of stdout.split('\n')) {
    const [kind, first = '', second = ''] = line.split('\t');
    const entry = entries.at(-1);
    if (kind === 'entry') entries.push({ path: decode(first), directory: second === 'directory', files: new Map() });
    else if (entry === undefined) continue;
    else if (kind === 'damaged') entry.damaged = decode(first);
    else if (kind === 'verified') entry.verified = true;
    else if (kind === 'manifest') entry.manifest = parseManifest(decode(first));
    else if (kind === 'file') entry.files.set(decode(first), Number(second));
  }
  return entries;
}

const decode = (base64: string): string => Buffer.from(base64, 'base64').toString('utf8');

function parseManifest(text: string): Manifest | string {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return 'it is not JSON';
  }
  const parsed = manifestSchema.safeParse(json);
  return parsed.success ? parsed.data : z.prettifyError(parsed.error).split('\n').slice(0, 3).join(' ');
}

function judge(entry: Entry): Backup {
  const { path, manifest, files } = entry;
  const [vm = '', name = ''] = path.split('/');
  const partial = /\.(partial|removing)$/.test(name);
  const taken = parseBackupName(name.replace(/\.(partial|removing)$/, ''));
  const named = parseBackupDirectory(vm);
  if (!entry.directory || taken === undefined || named === undefined) {
    return { path, status: 'foreign', why: 'not a backup of this program' };
  }
  const bytes = [...files.values()].reduce((sum, size) => sum + size, 0);
  const about = { path, takenAt: taken.toISOString(), vm: named.vm, bytes };
  if (partial) return { ...about, status: 'incomplete', why: 'never finished, or being written or removed now' };
  if (manifest === undefined) return { ...about, status: 'incomplete', why: 'it has no manifest' };
  if (typeof manifest === 'string')
    return { ...about, status: 'damaged', why: `its manifest can't be read: ${manifest}` };
  const whole = { ...about, takenAt: manifest.takenAt, vm: manifest.vm.name, uuid: manifest.vm.uuid };
  if (entry.damaged !== undefined) return { ...whole, status: 'damaged', why: entry.damaged };
  for (const { file, archiveBytes } of manifest.archives) {
    const size = files.get(file);
    if (size === undefined) return { ...whole, status: 'damaged', why: `${file} is missing` };
    if (size !== archiveBytes) {
      return {
        ...whole,
        status: 'damaged',
        why: `${file} has ${String(size)} bytes instead of ${String(archiveBytes)}`,
      };
    }
  }
  if (manifest.verified === 'none' && entry.verified !== true) return { ...whole, status: 'unverified' };
  return { ...whole, status: 'good' };
}
