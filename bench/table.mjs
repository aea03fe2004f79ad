import { median } from './measure.mjs';

/** Rows of cells as a Markdown table; the first row is its head. */
export function table(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const line = (row) => `| ${row.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`;
  const rule = `| ${widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  return [line(rows[0]), rule, ...rows.slice(1).map(line)].join('\n');
}

/** What was measured of the ways, `baseline` being the one that the last column compares with. */
export function resultTable(ways, results, { data, baseline }) {
  const seconds = (way, key) => median(results.get(way).map((result) => result[key]));
  const reference = seconds(baseline, 'onDisk');
  const head = ['way', 'on the disk, s', 'spread, s', 'program ended, s', 'data, MB/s', 'output, MB', 'throughput'];
  const rows = ways.map((way) => {
    if (way.missing !== undefined) return [`${way.name}: not run, ${way.missing}`, ...Array(6).fill('')];
    const times = results.get(way).map(({ onDisk }) => onDisk);
    const onDisk = median(times);
    return [
      way.name,
      onDisk.toFixed(2),
      `${Math.min(...times).toFixed(1)}–${Math.max(...times).toFixed(1)}`,
      seconds(way, 'ended').toFixed(2),
      (data / onDisk / 1e6).toFixed(0),
      (seconds(way, 'bytes') / 1e6).toFixed(0),
      (reference / onDisk).toFixed(2),
    ];
  });
  return table([head, ...rows]);
}
