import type { Backup } from '../contracts/vm.ts';
import { nearest } from './nearest.ts';

export interface Chosen {
  readonly backups: readonly Backup[];
  readonly unknown: readonly string[];
  readonly nearest: readonly string[];
}

const readable = (backup: Backup): boolean => ['good', 'unverified', 'damaged'].includes(backup.status);

/** The backups that were meant: by path, or by a VM's name or UUID for its newest; all that can be read otherwise. */
export function chooseBackups(all: readonly Backup[], wanted: readonly string[] | undefined): Chosen {
  const candidates = all.filter(readable);
  if (wanted === undefined) return { backups: candidates, unknown: [], nearest: [] };
  const found = new Map<string, Backup>();
  const unknown: string[] = [];
  for (const word of wanted) {
    const backup =
      candidates.find(({ path }) => path === word) ??
      newest(candidates.filter(({ vm, uuid }) => vm === word || uuid === word));
    if (backup === undefined) unknown.push(word);
    else found.set(backup.path, backup);
  }
  const names = [...new Set(candidates.flatMap(({ path, vm }) => [path, ...(vm === undefined ? [] : [vm])]))];
  return {
    backups: [...found.values()],
    unknown,
    nearest: [...new Set(unknown.flatMap((word) => nearest(word, names)))],
  };
}

/** The newest of them, good ones first. */
export function newest(backups: readonly Backup[]): Backup | undefined {
  const order = (backup: Backup): string => `${backup.status === 'good' ? '1' : '0'}${backup.takenAt ?? ''}`;
  return [...backups].sort((a, b) => order(b).localeCompare(order(a)))[0];
}
