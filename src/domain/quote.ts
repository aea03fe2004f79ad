/**
 * The one place where words become shell text. It holds for whatever login shell the far side has: sh, bash, dash,
 * ksh, zsh and fish read single quotes alike, except that fish takes a backslash in them for an escape; so a backslash
 * stands outside of them, where every one of these shells reads `\\` as one.
 */
export function quote(word: string): string {
  if (plain.test(word)) return word;
  return word
    .split(/(['\\])/)
    .map((part) => (part === "'" || part === '\\' ? `\\${part}` : part === '' ? '' : `'${part}'`))
    .join('')
    .replace(/^$/, "''");
}

/** No shell gives these a meaning anywhere in a word; a leading `=` or `-` has none after the first word either. */
const plain = /^[A-Za-z0-9_/.,:@+-][A-Za-z0-9_/.,:@+=-]*$/;

export function quoteAll(words: readonly string[]): string {
  return words.map(quote).join(' ');
}
