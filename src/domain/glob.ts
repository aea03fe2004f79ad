import picomatch from 'picomatch';

/** Names that people type, with *, ?, [a-c] and {a,b}; a name itself always matches itself. */
export function nameMatcher(glob: string): (name: string) => boolean {
  // Names are no paths: a leading dot is a character like any other, and "!" does not turn the meaning round.
  const matches = picomatch(glob, { dot: true, nonegate: true, windows: false });
  return (name) => name === glob || matches(name);
}
