import { posix } from 'node:path';
import { Fault, isFault } from '../../contracts/faults.ts';
import type { Backup, Manifest } from '../../contracts/vm.ts';
import { parseBackupDirectory, parseBackupName } from '../../domain/names.ts';
import type { Host } from '../host/host.ts';
import { parseManifest } from './manifest.ts';
import { onShare } from './mounts.ts';
import { loadScript, runScript } from './script.ts';
import type { Share } from './share.ts';

const list = loadScript('backup-list', ['checks', 'call']);

/** A repository within reach: its share, and its directory on it. */
export interface Repository extends Share {
  readonly root: string;
}

/** The manifest of a backup. @throws BackupNotFound, BackupUnusable, NewerFormat */
export async function readManifest(host: Host, repository: Repository, path: string): Promise<Manifest> {
  const found = (await scan(host, repository)).find((entry) => entry.path === path);
  if (found === undefined) throw new Fault('BackupNotFound', `there is no backup ${path}`, { where: host.name });
  if (isFault(found.manifest)) throw found.manifest;
  if (typeof found.manifest === 'object') return found.manifest;
  throw new Fault('BackupUnusable', `${path} has no readable manifest: ${found.manifest ?? 'it is not there'}`, {
    where: host.name,
  });
}

/** Everything that lies in the repository, each with what it is worth. */
export async function listBackups(host: Host, repository: Repository): Promise<Backup[]> {
  return (await scan(host, repository)).map(judge);
}

/** A directory of the repository that may be a backup. */
interface Entry {
  readonly path: string;
  readonly directory: boolean;
  /** By name: bytes, and when it was written (seconds). */
  readonly files: Map<string, { readonly size: number; readonly at: number }>;
  damage?: string;
  /** A sentence instead, where it can't be read; NewerFormat, where a newer release wrote it. */
  manifest?: Manifest | string | Fault;
}

async function scan(host: Host, { root, ...share }: Repository): Promise<Entry[]> {
  const args = [root, share.mountPoint, share.mountSource ?? ''];
  const options = { deadline: 300, maxOutput: 256 * 1024 * 1024 };
  const { stdout } = await onShare(host, share, () => runScript(host, list, args, options));
  const fields = stdout.split('\0');
  const end = fields.indexOf('');
  const entries = new Map<string, Entry>();
  for (const line of fields.slice(0, end).sort(byPath)) {
    const match = /^(\w) (\d+) ([\d.]+) (.+)$/s.exec(line);
    if (match === null) throw new Fault('CommandFailed', `the list of ${root} holds ${JSON.stringify(line)}`);
    const [, type, size, at, path = ''] = match;
    const [vm = '', name, file] = path.split('/');
    const directory = type === 'd';
    if (file !== undefined) {
      if (type === 'f') entries.get(`${vm}/${name}`)?.files.set(file, { size: Number(size), at: Number(at) });
    } else if (name !== undefined) entries.set(path, { path, directory, files: new Map() });
    else if (directory && parseBackupDirectory(vm) === undefined)
      entries.set(path, { path, directory, files: new Map() });
  }
  for (let index = end + 1; index + 1 < fields.length; index += 2) {
    const path = fields[index]!;
    const entry = entries.get(posix.dirname(path));
    if (entry === undefined) continue;
    if (posix.basename(path) === 'damaged') entry.damage = fields[index + 1]!.trim().slice(0, 500);
    else entry.manifest = manifestOf(fields[index + 1]!, `${root}/${path}`);
  }
  return [...entries.values()];
}

function manifestOf(text: string, where: string): Manifest | string | Fault {
  try {
    return parseManifest(text, where);
  } catch (error) {
    if (isFault(error)) return error;
    throw error;
  }
}

const byPath = (one: string, other: string): number => (pathOf(one) < pathOf(other) ? -1 : 1);
const pathOf = (line: string): string => line.split(' ').slice(3).join(' ');

function judge(entry: Entry): Backup {
  const { path, manifest, files } = entry;
  const [vm = '', name = ''] = path.split('/');
  const partial = /\.(partial|removing)$/.test(name);
  const taken = parseBackupName(name.replace(/\.(partial|removing)$/, ''));
  const named = parseBackupDirectory(vm);
  if (!entry.directory || taken === undefined || named === undefined) {
    return { path, status: 'foreign', why: 'not a backup of this program' };
  }
  const bytes = [...files.values()].reduce((sum, { size }) => sum + size, 0);
  const about = { path, takenAt: taken.toISOString(), vm: named.vm, bytes };
  if (partial) return { ...about, status: 'incomplete', why: 'never finished, or being written or removed now' };
  if (manifest === undefined) return { ...about, status: 'incomplete', why: 'it has no manifest' };
  // Not ours to judge, and so never to remove.
  if (isFault(manifest)) return { ...about, status: 'foreign', why: manifest.message };
  if (typeof manifest === 'string')
    return { ...about, status: 'damaged', why: `its manifest can't be read: ${manifest}` };
  const whole = { ...about, takenAt: manifest.takenAt, vm: manifest.vm.name, uuid: manifest.vm.uuid };
  const why = damageOf(entry, manifest);
  if (why !== undefined) return { ...whole, status: 'damaged', why };
  if (manifest.verified === 'none' && !files.has('verified')) return { ...whole, status: 'unverified' };
  return { ...whole, status: 'good' };
}

function damageOf({ files, damage }: Entry, manifest: Manifest): string | undefined {
  const found = files.get('damaged');
  // A later verification that found nothing wrong counts more.
  if (found !== undefined && found.at >= (files.get('verified')?.at ?? 0)) return damage ?? 'a verification failed';
  for (const { file, archiveBytes } of manifest.archives) {
    const size = files.get(file)?.size;
    if (size === undefined) return `${file} is missing`;
    if (size !== archiveBytes) return `${file} has ${size} bytes instead of ${archiveBytes}`;
  }
  const missing = Object.keys(manifest.files).find((file) => !files.has(file));
  return missing === undefined ? undefined : `${missing} is missing`;
}
