import type { Row } from './rows.ts';

const columns = ['name', 'vcpus', 'ram', 'disk', 'ephemeral'] as const;

/**
 * The file that operators have: `name vcpus ram disk ephemeral`, separated by spaces; # begins a remark, and a first
 * line that names the columns is passed over.
 */
export function rowsOfColumns(text: string): Row[] {
  return text
    .split(/\r?\n/)
    .map((line, at) => ({
      line: at + 1,
      words: line
        .replace(/(^|\s)#.*/, '')
        .trim()
        .split(/\s+/),
    }))
    .filter(({ words }) => words[0] !== '' && !isHeader(words))
    .map(({ line, words }): Row => {
      if (words.length !== columns.length) {
        const what = words.length < columns.length ? 'a column is missing' : 'there are too many columns';
        return {
          line,
          fields: { name: words[0] },
          problem: `${what}: expected ${columns.join(' ')}, found ${String(words.length)}: ${words.join(' ')}`,
        };
      }
      return { line, fields: Object.fromEntries(columns.map((column, at) => [column, words[at]])) };
    });
}

const isHeader = (words: readonly string[]): boolean =>
  columns.every((column, at) => words[at]?.toLowerCase() === column);
