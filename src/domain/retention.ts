import { Fault } from '../contracts/faults.ts';
import type { KeepRules } from '../contracts/targets.ts';
import type { Backup } from '../contracts/vm.ts';

export interface PruneItem extends Pick<Backup, 'path' | 'status' | 'vm' | 'uuid' | 'takenAt' | 'bytes'> {
  readonly keep: boolean;
  /** For a person: "newest good, daily 2026-11-22", "no rule keeps it". */
  readonly why: string;
}

/** A backup may be this far ahead of `now` before its date is distrusted: clocks differ a little. */
const clockSkew = 60 * 60 * 1000;

/**
 * What a repository's rules keep and remove. Each rule counts by itself, as restic's do: `daily: 7` keeps the newest
 * backup of each of the seven newest days that have one, whether another rule keeps it too or not. Days, ISO weeks
 * and months are UTC. Backups are grouped by the VM's UUID, so that a renamed VM stays one.
 *
 * Only good backups count and only they are ever removed; the newest good one of a VM never is. Everything else is
 * listed as kept, with its reason. Order: by VM, each with its newest first; what belongs to no VM comes last.
 *
 * @throws Fault InvalidInput for rules that keep nothing, or that aren't whole numbers
 */
export function prunePlan(backups: readonly Backup[], keep: KeepRules, now: Date): PruneItem[] {
  const rules = checkedRules(keep);
  return groupedByVm(backups).flatMap((group) => {
    const untouched = new Map(group.map((backup) => [backup, whyUntouched(backup, now)]));
    const kept = keptBy(
      rules,
      group.filter((backup) => untouched.get(backup) === undefined),
    );
    return group.map((backup) => {
      const why = untouched.get(backup) ?? kept.get(backup)?.join(', ');
      return item(backup, why !== undefined, why ?? 'no rule keeps it');
    });
  });
}

type Rule = readonly [name: string, count: number, bucket: (backup: Backup) => string];

function checkedRules(keep: KeepRules): Rule[] {
  const rules: Rule[] = [
    ['last', keep.last ?? 0, ({ path }) => path],
    ['daily', keep.daily ?? 0, day],
    ['weekly', keep.weekly ?? 0, (backup) => isoWeek(new Date(backup.takenAt!))],
    ['monthly', keep.monthly ?? 0, (backup) => day(backup).slice(0, 7)],
  ];
  for (const [name, count] of rules) {
    if (!Number.isSafeInteger(count) || count < 0)
      throw new Fault('InvalidInput', `keep ${name} is ${count}: it must be a whole number, 0 or more.`);
  }
  if (rules.every(([, count]) => count === 0))
    throw new Fault('InvalidInput', 'The keep rules are empty, so every backup would be removed: nothing is.', {
      remedy: 'give at least one of last, daily, weekly, monthly',
    });
  return rules;
}

/** Reasons per kept backup, of good ones of one VM, newest first. */
function keptBy(rules: readonly Rule[], group: readonly Backup[]): Map<Backup, string[]> {
  const kept = new Map<Backup, string[]>();
  const note = (backup: Backup, why: string) => kept.set(backup, [...(kept.get(backup) ?? []), why]);
  if (group[0] !== undefined) note(group[0], 'newest good');
  for (const [name, count, bucket] of rules) {
    const seen = new Set<string>();
    for (const backup of group) {
      const key = bucket(backup);
      if (seen.has(key)) continue;
      if (seen.size >= count) break;
      seen.add(key);
      note(backup, name === 'last' ? `last ${seen.size} of ${count}` : `${name} ${key}`);
    }
  }
  return kept;
}

function whyUntouched({ status, uuid, takenAt, why }: Backup, now: Date): string | undefined {
  if (status !== 'good') return `${status}${why === undefined ? '' : ` (${why})`}: never removed by rules`;
  const at = takenAt === undefined ? Number.NaN : Date.parse(takenAt);
  if (uuid === undefined || Number.isNaN(at)) return 'its manifest has no UUID or date: never removed by rules';
  if (at > now.getTime() + clockSkew) return 'dated in the future: never removed by rules';
  return undefined;
}

function item({ path, status, vm, uuid, takenAt, bytes }: Backup, keep: boolean, why: string): PruneItem {
  const known = { ...(vm !== undefined && { vm }), ...(uuid !== undefined && { uuid }) };
  return { path, status, ...known, ...(takenAt && { takenAt }), ...(bytes !== undefined && { bytes }), keep, why };
}

/** Newest first within a VM. VMs by the name of their newest backup. */
function groupedByVm(backups: readonly Backup[]): Backup[][] {
  const groups = new Map<string, Backup[]>();
  for (const backup of backups) {
    const uuid = backup.uuid?.toLowerCase() ?? '';
    groups.set(uuid, [...(groups.get(uuid) ?? []), backup]);
  }
  for (const group of groups.values()) {
    group.sort((a, b) => time(b) - time(a) || compare(b.path, a.path));
  }
  return [...groups]
    .sort(([a, [first]], [b, [second]]) => {
      if (a === '' || b === '') return a === '' ? 1 : -1;
      return compare(first!.vm ?? '', second!.vm ?? '') || compare(a, b);
    })
    .map(([, group]) => group);
}

/** Milliseconds; what has no date is older than everything. */
function time({ takenAt }: Backup): number {
  const at = takenAt === undefined ? Number.NaN : Date.parse(takenAt);
  return Number.isNaN(at) ? 0 : at;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function day({ takenAt }: Backup): string {
  return new Date(takenAt!).toISOString().slice(0, 10);
}

/** "2026-W47". ISO 8601: weeks begin on Monday and belong to the year of their Thursday. */
function isoWeek(at: Date): string {
  const thursday = new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate()));
  thursday.setUTCDate(thursday.getUTCDate() + 4 - (thursday.getUTCDay() || 7));
  const year = thursday.getUTCFullYear();
  const week = Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / (7 * 86_400_000)) + 1;
  return `${year}-W${String(week).padStart(2, '0')}`;
}
