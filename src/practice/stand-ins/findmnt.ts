/** The `findmnt` of a practice site: answers for the mounts of practice, and lets the real one answer for the rest. */
import { realpathSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { isOurs, mountPointOf, mountedOn } from '../shares.ts';
import { delegate, main, openSite, out, withFaults } from './stand-in.ts';

const site = openSite();
const argv = process.argv.slice(2);

type Row = Record<'TARGET' | 'SOURCE' | 'FSTYPE' | 'OPTIONS', string>;

interface Question {
  readonly point: string | undefined;
  readonly path: string | undefined;
  readonly source: string | undefined;
  readonly columns: (keyof Row)[];
  readonly raw: boolean;
  readonly headings: boolean;
}

await main(async () => {
  await withFaults(site, ['findmnt'], () => {
    const question = understand();
    const found = question === undefined ? [] : rows().filter((row) => answers(row, question));
    if (question === undefined || found.length === 0) delegate(site, 'findmnt', argv);
    print(found, question);
  });
});

function understand(): Question | undefined {
  try {
    const { values, positionals } = parseArgs({
      args: argv,
      allowPositionals: true,
      options: {
        raw: { type: 'boolean', short: 'r' },
        noheadings: { type: 'boolean', short: 'n' },
        output: { type: 'string', short: 'o' },
        mountpoint: { type: 'string', short: 'M' },
        target: { type: 'string', short: 'T' },
        source: { type: 'string', short: 'S' },
        types: { type: 'string', short: 't' },
        'first-only': { type: 'boolean', short: 'f' },
        notruncate: { type: 'boolean', short: 'u' },
      },
    });
    const [word, second] = positionals;
    return {
      point: values.mountpoint ?? (isOurs(word) ? second : word),
      path: values.target,
      source: values.source ?? (isOurs(word) ? word : undefined),
      columns: (values.output ?? 'TARGET,SOURCE,FSTYPE,OPTIONS').toUpperCase().split(',') as (keyof Row)[],
      raw: values.raw === true,
      headings: values.noheadings !== true,
    };
  } catch {
    return undefined;
  }
}

function rows(): Row[] {
  return Object.entries(site.state.read().mounts)
    .filter(([directory]) => mountedOn(site.state, directory) !== undefined)
    .map(([directory, mount]) => ({
      TARGET: directory,
      SOURCE: mount.source,
      FSTYPE: mount.type,
      OPTIONS: mount.options,
    }));
}

/** A question without any criterion is for all mounts, which are the real one's to list. */
function answers(row: Row, { point, path, source }: Question): boolean {
  if (point === undefined && path === undefined && source === undefined) return false;
  if (point !== undefined && mountPointOf(point) !== row.TARGET) return false;
  if (source !== undefined && source !== row.SOURCE) return false;
  return path === undefined || isBelow(path, row.TARGET);
}

function isBelow(path: string, directory: string): boolean {
  try {
    return `${realpathSync(path)}/`.startsWith(`${realpathSync(directory)}/`);
  } catch {
    return false;
  }
}

function print(found: readonly Row[], { columns, raw, headings }: Question): void {
  const lines = [...(headings ? [columns] : []), ...found.map((row) => columns.map((column) => row[column] ?? ''))];
  const widths = columns.map((_, index) => Math.max(...lines.map((line) => line[index]?.length ?? 0)));
  for (const line of lines) {
    const cells = line.map((cell, index) =>
      raw || index === line.length - 1 ? cell : cell.padEnd(widths[index] ?? 0),
    );
    out(`${cells.join(' ')}\n`);
  }
}
