import type { Backup } from '../contracts/vm.ts';
import { nearest } from './nearest.ts';

export interface Chosen {
  readonly backups: readonly Backup[];
  readonly unknown: readonly string[];
  readonly nearest: readonly string[];
  /** Names that more than one VM has, each with their UUIDs: which is meant, nobody can say. */
  readonly ambiguous: readonly { readonly name: string; readonly uuids: readonly string[] }[];
}

const readable = (backup: Backup): boolean => ['good', 'unverified', 'damaged'].includes(backup.status);

/** Whether it is a backup of the VM of that name or UUID. */
export const isOf = (wanted: string, { vm, uuid }: Backup): boolean => wanted === vm || wanted === uuid;

/** The backups that were meant: by path, or by a VM's name or UUID for its newest; all that can be read otherwise. */
export function chooseBackups(all: readonly Backup[], wanted: readonly string[] | undefined): Chosen {
  const candidates = all.filter(readable);
  if (wanted === undefined) return { backups: candidates, unknown: [], nearest: [], ambiguous: [] };
  const found = new Map<string, Backup>();
  const unknown: string[] = [];
  const ambiguous: { name: string; uuids: string[] }[] = [];
  for (const word of wanted) {
    const backup = candidates.find(({ path }) => path === word);
    const byUuid = candidates.filter(({ uuid }) => uuid === word.toLowerCase());
    const meant = byUuid.length > 0 ? byUuid : candidates.filter(({ vm }) => vm === word);
    const uuids = [...new Set(meant.flatMap(({ uuid }) => uuid ?? []))];
    const chosen = backup ?? newest(meant);
    if (chosen === undefined) unknown.push(word);
    else if (backup === undefined && uuids.length > 1) ambiguous.push({ name: word, uuids });
    else found.set(chosen.path, chosen);
  }
  const names = [...new Set(candidates.flatMap(({ path, vm }) => [path, ...(vm === undefined ? [] : [vm])]))];
  return {
    backups: [...found.values()],
    unknown,
    ambiguous,
    nearest: [...new Set(unknown.flatMap((word) => nearest(word, names)))],
  };
}

/** For a person who has to say which one is meant. */
export const ambiguity = ({ name, uuids }: Chosen['ambiguous'][number]): string =>
  `${String(uuids.length)} VMs called ${name} have backups there: say a path, or which UUID: ${uuids.join(', ')}`;

/** The newest of them, good ones first. */
export function newest(backups: readonly Backup[]): Backup | undefined {
  const order = (backup: Backup): string => `${backup.status === 'good' ? '1' : '0'}${backup.takenAt ?? ''}`;
  return [...backups].sort((a, b) => order(b).localeCompare(order(a)))[0];
}
