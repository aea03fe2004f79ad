/**
 * Names in a repository: `<vm>-<first 8 of the UUID>/backup_YYYYMMDDTHHMMSSZ`.
 *
 * libvirt allows any character but '/' and newline in a VM's name. It is kept as it is (spaces, quotes, `$()`, a
 * leading dash or dot, any script), since a person looks for it with `ls`; only what a file name can't hold is
 * replaced. The UUID's part keeps apart what two VMs of one name, or a shortened name, would merge.
 */

/** Bytes left for the VM's name: 255, less "-1b2c3d4e" and a suffix such as ".removing". */
const nameBytes = 230;

/** The directory of one VM's backups. `uuid` in libvirt's canonical form, any case. */
export function backupDirectory(vm: string, uuid: string): string {
  const safe = vm.replace(/[/\p{Cc}]/gu, '_');
  return `${shorten(safe, nameBytes)}-${uuid.slice(0, 8).toLowerCase()}`;
}

/** `vm` is as `backupDirectory` wrote it: shortened where it was very long. Undefined: not a name of that shape. */
export function parseBackupDirectory(name: string): { readonly vm: string; readonly uuidStart: string } | undefined {
  const match = /^([^/\p{Cc}]+)-([0-9a-f]{8})$/u.exec(name);
  return match === null ? undefined : { vm: match[1]!, uuidStart: match[2]! };
}

/** The directory of one backup, named by the second it was taken at (UTC), so that names sort by time. */
export function backupName(at: Date): string {
  const iso = at.toISOString();
  if (iso.length !== 24) throw new RangeError(`a backup can't be named by the year of ${iso}`);
  return `backup_${iso.slice(0, 19).replace(/[-:]/g, '')}Z`;
}

/** The moment in a backup's name; undefined for any other name, also for one with a suffix such as ".partial". */
export function parseBackupName(name: string): Date | undefined {
  const match = /^backup_(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(name);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second] = match;
  const at = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  // Date turns 30 February into 1 March, and refuses month 13: both are not names of ours.
  return Number.isNaN(at.getTime()) || backupName(at) !== name ? undefined : at;
}

/** The longest start of `text` that fits in so many bytes of UTF-8, not splitting a character. */
function shorten(text: string, bytes: number): string {
  let used = 0;
  let end = 0;
  for (const character of text) {
    used += new TextEncoder().encode(character).length;
    if (used > bytes) break;
    end += character.length;
  }
  return text.slice(0, end);
}
