import { existsSync, lstatSync, readlinkSync, realpathSync, renameSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { processesOf } from './processes.ts';
import { exportPath, nasName, type Scratch } from './scratch.ts';
import type { Mount, SiteState } from './state.ts';

/**
 * Mounts of practice. An ordinary user may not mount, so what is "mounted" becomes a symbolic link to the share's
 * directory, and what lay there before is put aside; commands that go through the path, their working directory and
 * their open files then behave as on a share. What differs: device numbers and /proc/self/mountinfo.
 */
export function mountOn(state: SiteState, directory: string, target: string, mount: Mount): void {
  state.update(({ mounts }) => {
    mounts[directory] = mount;
  });
  renameSync(directory, putAside(directory));
  symlinkSync(target, directory);
}

/** True for a source that the practice file server exports, or might. */
export function isOurs(source: string | undefined): source is string {
  return source?.startsWith(`${nasName}:`) === true;
}

/** The directory behind "practice-nas:/export/backup", if the file server exports it. */
export function exportedDirectory(scratch: Scratch, source: string): string | undefined {
  const path = join('/', source.slice(nasName.length + 1));
  const exported = path === exportPath || path.startsWith(`${exportPath}/`);
  const directory = join(scratch.nas, path);
  return exported && existsSync(directory) && statSync(directory).isDirectory() ? directory : undefined;
}

/** The file server is away: its directory goes by another name, so that no path reaches it. */
export function setShareGone(scratch: Scratch, gone: boolean): void {
  const here = join(scratch.nas, 'export');
  const away = join(scratch.nas, 'away');
  if (gone && existsSync(here)) renameSync(here, away);
  if (!gone && existsSync(away)) renameSync(away, here);
}

export const isShareGone = (scratch: Scratch): boolean => existsSync(join(scratch.nas, 'away'));

/** As mount(8) knows a mount point: its parent resolved, so that two spellings are one. */
export function mountPointOf(path: string): string {
  const absolute = resolve(path);
  try {
    return join(realpathSync(dirname(absolute)), basename(absolute));
  } catch {
    return absolute;
  }
}

export function unmount(state: SiteState, directory: string): void {
  const aside = putAside(directory);
  if (isLink(directory)) rmSync(directory);
  if (existsSync(aside) && !existsSync(directory)) renameSync(aside, directory);
  state.update(({ mounts }) => {
    delete mounts[directory];
  });
}

/** What is mounted there, if it is one of ours and the link is really there. */
export function mountedOn(state: SiteState, directory: string): Mount | undefined {
  const mount = state.read().mounts[directory];
  return mount !== undefined && isLink(directory) ? mount : undefined;
}

/** Processes of the site that work on the share: they keep a real one from being unmounted. */
export function usersOf(scratch: Scratch, directory: string): number[] {
  if (!isLink(directory)) return [];
  const inside = readlinkSync(directory);
  const away = inside.replace(join(scratch.nas, 'export'), join(scratch.nas, 'away'));
  return processesOf(scratch.directory)
    .filter(({ files }) => files().some((file) => isBelow(file, inside) || isBelow(file, away)))
    .map(({ pid }) => pid);
}

const isBelow = (path: string, directory: string): boolean => path === directory || path.startsWith(`${directory}/`);
const isLink = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
// Beside it: moving a directory elsewhere takes the right to write into it, and mount points often are read-only.
const putAside = (directory: string): string => join(dirname(directory), `.${basename(directory)}.below`);
