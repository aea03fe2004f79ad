import { stripVTControlCharacters } from 'node:util';

/**
 * Names and messages come from hosts, and a VM may be called anything: what would drive the terminal (escape
 * sequences, carriage returns, direction marks) is shown, not obeyed.
 */
export function printable(text: string): string {
  return text.replace(
    /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g,
    (character) => (character === '\t' ? '  ' : `\\x${character.codePointAt(0)?.toString(16).padStart(2, '0') ?? ''}`),
  );
}

/** On one line. */
export function oneLine(text: string): string {
  return printable(text.replace(/\s*\n\s*/g, ' '));
}

/** Columns it takes on a terminal, near enough: East Asian wide characters count twice. */
export function width(text: string): number {
  let columns = 0;
  for (const character of stripVTControlCharacters(text)) columns += wide.test(character) ? 2 : 1;
  return columns;
}

const wide =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}]/u;

/** Cut to that many columns. For text without colours. */
export function cut(text: string, columns: number): string {
  if (width(text) <= columns) return text;
  let kept = '';
  let used = 0;
  for (const character of text) {
    used += wide.test(character) ? 2 : 1;
    if (used > columns - 1) break;
    kept += character;
  }
  return columns < 1 ? '' : `${kept}…`;
}

/** The same, keeping both ends: of a path the last part counts. */
export function cutMiddle(text: string, columns: number): string {
  if (width(text) <= columns) return text;
  const characters = [...text];
  const head = cut(text, Math.ceil(columns / 3)).replace(/…$/, '');
  let tail = '';
  for (const character of characters.reverse()) {
    if (width(head) + 1 + width(character + tail) > columns) break;
    tail = character + tail;
  }
  return columns < 1 ? '' : `${head}…${tail}`;
}

export function pad(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - width(text)));
}

/** Rows under a header, columns as wide as their widest cell, the last one ragged. */
export function columns(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const all = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...all.map((row) => width(row[column] ?? ''))));
  return all.map((row) =>
    row
      .map((cell, column) => (column === row.length - 1 ? cell : pad(cell, widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}
