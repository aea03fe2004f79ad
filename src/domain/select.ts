import { Fault } from '../contracts/faults.ts';
import { nameMatcher } from './glob.ts';
import { nearest } from './nearest.ts';

export interface Selection {
  /** Exact names or UUIDs. */
  readonly names: readonly string[];
  readonly all: boolean;
  /** Globs over names (`*`, `?`, `[a-c]`, `{a,b}`); a name itself always matches itself. */
  readonly exclude: readonly string[];
}

export interface Selected<T> {
  /** In the order they were named; for `all` in the order of `known`. Each once. */
  readonly chosen: readonly T[];
  /** Globs that excluded nothing: worth a warning, since a mistyped one leaves in what should be left out. */
  readonly unusedExcludes: readonly string[];
}

/**
 * Which of the known VMs are meant. A name is exact: "com1" never means "com10".
 *
 * @throws Fault UnknownVm for a name that isn't there (with the nearest), NothingSelected for an empty selection,
 *   InvalidInput for names together with `all`
 */
export function selectVms<T extends { readonly name: string; readonly uuid: string }>(
  known: readonly T[],
  { names, all, exclude }: Selection,
): Selected<T> {
  if (all && names.length > 0) throw new Fault('InvalidInput', 'Name VMs, or say --all, not both.');
  const wanted = all ? known : [...new Set(names.map((name) => exactVm(known, name)))];
  const excludes = exclude.map((glob) => ({ glob, matches: nameMatcher(glob) }));
  const chosen = wanted.filter(({ name }) => !excludes.some(({ matches }) => matches(name)));
  if (chosen.length === 0) throw new Fault('NothingSelected', emptyReason(wanted.length, exclude));
  const unused = excludes.filter(({ matches }) => !wanted.some(({ name }) => matches(name)));
  return { chosen, unusedExcludes: unused.map(({ glob }) => glob) };
}

/**
 * The VM of exactly this UUID or exactly this name. `where` is the host, for the failure.
 *
 * @throws Fault UnknownVm with the nearest names; InvalidInput where it is one VM's UUID and another's name
 */
export function exactVm<T extends { readonly name: string; readonly uuid: string }>(
  known: readonly T[],
  wanted: string,
  where?: string,
): T {
  const uuid = wanted.toLowerCase();
  const [byUuid, byName] = [known.find((vm) => vm.uuid.toLowerCase() === uuid), known.find((vm) => vm.name === wanted)];
  if (byUuid !== undefined && byName !== undefined && byUuid.uuid !== byName.uuid) {
    throw new Fault('InvalidInput', `"${wanted}" is the UUID of the VM "${byUuid.name}", and the name of another one`, {
      remedy: `name the first by its name, the other by its UUID: ${byName.uuid}`,
      ...(where && { where }),
    });
  }
  const found = byUuid ?? byName;
  if (found !== undefined) return found;
  const candidates = nearest(
    wanted,
    known.map((vm) => vm.name),
  );
  const hint = candidates.length === 0 ? '' : ` Did you mean ${candidates.map((name) => `"${name}"`).join(' or ')}?`;
  const on = where === undefined ? '' : ` on ${where}`;
  throw new Fault('UnknownVm', `There is no VM "${wanted}"${on}.${hint}`, { candidates, ...(where && { where }) });
}

function emptyReason(wanted: number, exclude: readonly string[]): string {
  return wanted === 0
    ? 'No VM is selected: the host has none, or none was named.'
    : `No VM is left: all ${wanted} are excluded by ${exclude.join(', ')}.`;
}
