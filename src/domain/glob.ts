import picomatch from 'picomatch';

/** Why a pattern can't be meant as it stands; undefined where it can. */
export function patternProblem(glob: string): string | undefined {
  const count = (character: string): number => glob.split(character).length;
  if (count('[') !== count(']')) return `"${glob}" has a bracket that is not closed`;
  if (count('{') !== count('}')) return `"${glob}" has a brace that is not closed`;
  for (const [, group = ''] of glob.matchAll(/\[[!^]?([^\]]*)\]/g))
    for (const [range, from = '', to = ''] of group.matchAll(/(.)-(.)/g))
      if (from > to) return `"${glob}" has a range that goes backwards: ${range}`;
  return undefined;
}

/** Names that people type, with *, ?, [a-c], [!a-c] and {a,b}; a name itself always matches itself. */
export function nameMatcher(glob: string): (name: string) => boolean {
  // Names are no paths: a slash and a leading dot are characters like any other, and "!" does not turn the meaning round.
  const matches = picomatch(glob, { dot: true, nonegate: true, windows: false, bash: true, posix: true });
  return (name) => name === glob || matches(name);
}
