import { distance } from 'fastest-levenshtein';

/**
 * The candidates a person most likely meant by `name`, best first: at most three, none when nothing is near. Case,
 * and a part of a name ("web" for "prod-web01"), count as near.
 */
export function nearest(name: string, candidates: readonly string[]): string[] {
  const wanted = name.toLowerCase();
  return [...new Set(candidates)]
    .map((candidate) => ({ candidate, ...closeness(wanted, candidate.toLowerCase()) }))
    .filter(({ far }) => far <= Math.ceil(wanted.length / 3))
    .sort((a, b) => a.far - b.far || b.shared - a.shared || (a.candidate < b.candidate ? -1 : 1))
    .slice(0, 3)
    .map(({ candidate }) => candidate);
}

/** The end of "there is no …": what was meant perhaps, else what there is, where that is not much. */
export function meantOr(meant: readonly string[], known: readonly string[]): string {
  if (meant.length > 0) return `; did you mean ${meant.join(' or ')}?`;
  return known.length > 0 && known.length <= 8 ? `; there is ${known.join(', ')}` : '';
}

/** Edits from one to the other, a part of a name counting as one; and among equals, how much they begin alike. */
function closeness(wanted: string, candidate: string): { far: number; shared: number } {
  const steps = distance(wanted, candidate);
  const part = wanted.length >= 2 && candidate.includes(wanted);
  let shared = 0;
  while (shared < wanted.length && wanted[shared] === candidate[shared]) shared += 1;
  return { far: part ? Math.min(steps, 1) : steps, shared };
}
