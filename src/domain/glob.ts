import picomatch from 'picomatch';

/** Names that people type, with *, ?, [a-c] and {a,b}; a name itself always matches itself. */
export function nameMatcher(glob: string): (name: string) => boolean {
  // Names are no paths: a slash and a leading dot are characters like any other, and "!" does not turn the meaning round.
  const matches = picomatch(glob, { dot: true, nonegate: true, windows: false, bash: true });
  return (name) => name === glob || matches(name);
}
