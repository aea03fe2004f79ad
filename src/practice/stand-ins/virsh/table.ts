/**
 * A table as virsh prints it: columns as wide as their widest cell and three blanks apart, a line of dashes under the
 * header. Quiet, it is the rows alone.
 */
export function table(header: readonly string[], rows: readonly (readonly string[])[], quiet: boolean): string {
  const all = quiet ? rows : [header, ...rows];
  const widths = header.map((_, column) => Math.max(0, ...all.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    ` ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('   ')}`.trimEnd();
  const lines = rows.map(line);
  if (!quiet) {
    const dashes = widths.reduce((sum, width) => sum + width, 3 + 3 * (widths.length - 1));
    lines.unshift(line(header), '-'.repeat(dashes));
  }
  return lines.map((text) => `${text}\n`).join('');
}

/** "Name:           web01", as dominfo and domblkinfo align them. */
export function field(label: string, value: string): string {
  return `${`${label}:`.padEnd(16)}${value}\n`;
}
