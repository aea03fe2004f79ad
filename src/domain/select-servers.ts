import type { Server } from '../contracts/server.ts';
import type { ServerSelection } from '../contracts/server-operation.ts';
import { Fault } from '../contracts/faults.ts';
import { nameMatcher, patternProblem } from './glob.ts';
import { nearest } from './nearest.ts';

export interface SelectedServers {
  readonly chosen: readonly Server[];
  /** Patterns that excluded nothing: worth a warning, since a mistyped one leaves in what should be left out. */
  readonly unusedExcludes: readonly string[];
}

/**
 * Those of the servers of a cloud (of a host, of a project) that a selection means. `host` and `project` were filtered
 * by Nova already.
 *
 * @throws Fault NothingSelected: for an id that is not among them, a name that none has, and where nothing is left
 */
export function selectServers(servers: readonly Server[], selection: ServerSelection): SelectedServers {
  const { names, ids, status, tags, metadata, exclude = [] } = selection;
  checkIds(servers, ids);
  checkNames(servers, names);
  checkPatterns(servers, [...(names ?? []), ...exclude]);
  const byName = names?.map(nameMatcher);
  const wanted = new Set(ids);
  const matching = servers.filter(
    (server) =>
      (ids === undefined || wanted.has(server.id)) &&
      (byName === undefined || byName.some((matches) => matches(server.name))) &&
      (status === undefined || status.some((each) => each.toUpperCase() === server.status)) &&
      (tags ?? []).every((tag) => server.tags.includes(tag)) &&
      Object.entries(metadata ?? {}).every(([key, value]) => server.metadata[key] === value),
  );
  const excludes = exclude.map((glob) => ({ glob, matches: nameMatcher(glob) }));
  const isExcluded = ({ matches }: (typeof excludes)[number], server: Server): boolean =>
    matches(server.name) || matches(server.id);
  const chosen = matching.filter((server) => !excludes.some((each) => isExcluded(each, server)));
  if (chosen.length === 0) throw nothingSelected(servers.length, matching.length, selection);
  return {
    chosen,
    unusedExcludes: excludes
      .filter((each) => !matching.some((server) => isExcluded(each, server)))
      .map(({ glob }) => glob),
  };
}

function checkIds(servers: readonly Server[], ids: readonly string[] | undefined): void {
  const known = new Set(servers.map(({ id }) => id));
  const missing = (ids ?? []).filter((id) => !known.has(id));
  if (missing.length === 0) return;
  const list = `${missing.slice(0, 5).join(', ')}${missing.length > 5 ? ` and ${String(missing.length - 5)} more` : ''}`;
  throw new Fault('NothingSelected', `there is no server ${list}`, {
    remedy: 'ids are exact; stackhand server list shows them. What is gone must not be on the list',
  });
}

/** One that is not closed would mean nothing, or too little; a server may be called so all the same. */
function checkPatterns(servers: readonly Server[], globs: readonly string[]): void {
  for (const glob of globs) {
    const problem = patternProblem(glob);
    if (problem !== undefined && !servers.some(({ name }) => name === glob))
      throw new Fault('NothingSelected', problem, { remedy: 'patterns have *, ?, [a-c], [!a-c] and {a,b}' });
  }
}

/** A pattern may match nothing; a name that nobody has is mistyped. */
function checkNames(servers: readonly Server[], names: readonly string[] | undefined): void {
  const known = new Set(servers.map(({ name }) => name));
  const missing = (names ?? []).filter((name) => !known.has(name) && !/[*?[{]/.test(name));
  if (missing.length === 0) return;
  const candidates = missing.flatMap((name) => nearest(name, [...known]));
  throw new Fault('NothingSelected', `there is no server named ${missing.join(', ')}`, {
    candidates,
    remedy: 'names are exact, or patterns with *; stackhand server list shows them',
  });
}

function nothingSelected(seen: number, matching: number, { host, project, exclude = [] }: ServerSelection): Fault {
  const where = host === undefined ? (project === undefined ? 'the cloud' : `project ${project}`) : `host ${host}`;
  const message =
    seen === 0
      ? `${where} has no server that this user sees`
      : matching === 0
        ? `none of the ${String(seen)} servers of ${where} is meant by that`
        : `all ${String(matching)} servers that are meant are excluded by ${exclude.join(', ')}`;
  return new Fault('NothingSelected', message, { remedy: 'stackhand server list shows them; look at the selection' });
}
