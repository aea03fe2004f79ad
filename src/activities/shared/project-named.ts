import { Fault } from '../../contracts/faults.ts';
import { meantOr, nearest } from '../../domain/nearest.ts';
import type { Project } from '../../systems/openstack/index.ts';

/** The one project of that id or name. Throws Fault UnknownProject, with what may have been meant. */
export function projectNamed(wanted: string, all: readonly Project[]): Project {
  const found = all.filter(({ id, name }) => id === wanted || name === wanted);
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  if (only !== undefined)
    throw new Fault('UnknownProject', `several projects are named "${wanted}" (in other domains)`, {
      candidates: found.map(({ id }) => id),
      remedy: 'name it by its id',
    });
  const known = all.map(({ name }) => name);
  const candidates = nearest(wanted, known);
  throw new Fault('UnknownProject', `there is no project "${wanted}"${meantOr(candidates, known)}`, { candidates });
}
