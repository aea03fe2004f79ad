import { CsvError, parse } from 'csv-parse/sync';
import type { FlavorWithAccess } from '../../contracts/flavor.ts';
import type { Row } from './rows.ts';

/** A column of its own for each property, so that no value needs a second kind of quotes. */
const propertyColumn = 'property:';

/** A property whose value is empty: an empty cell is one that is not set. */
const emptyValue = '""';

/** The first line names the columns. `projects` are separated by spaces; `property:KEY` is a property. */
export function rowsOfCsv(text: string): Row[] {
  let lines: { record: string[]; info: { lines: number } }[];
  try {
    lines = parse(text, {
      ...{ columns: false, info: true, trim: true, bom: true, comment: '#', comment_no_infix: true },
      ...{ skip_empty_lines: true, relax_column_count: true },
    }) as unknown as typeof lines;
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    return [{ line: Number(error['lines'] ?? 1), fields: {}, problem: error.message }];
  }
  const [header, ...rows] = lines;
  return rows.map(({ record, info }) => rowOf(header?.record ?? [], record, info.lines));
}

function rowOf(header: readonly string[], cells: readonly string[], line: number): Row {
  if (cells.length !== header.length)
    return {
      line,
      fields: { name: cells[0] },
      problem: `expected ${String(header.length)} columns as in the first line, found ${String(cells.length)}`,
    };
  const said = header.map((column, at) => [column, cells[at] ?? ''] as const);
  const isProperty = (column: string): boolean => column.startsWith(propertyColumn);
  const projects = said.find(([column]) => column === 'projects')?.[1];
  const properties = said
    .filter(([column, value]) => isProperty(column) && value !== '')
    .map(([column, value]) => [column.slice(propertyColumn.length), value === emptyValue ? '' : value]);
  const fields = said.filter(([column, value]) => value !== '' && column !== 'projects' && !isProperty(column));
  return {
    line,
    fields: Object.fromEntries(fields),
    ...(projects === undefined ? {} : { projects: projects.split(/\s+/).filter((project) => project !== '') }),
    ...(header.some(isProperty) ? { properties: Object.fromEntries(properties) as Record<string, string> } : {}),
  };
}

const fixed = ['name', 'vcpus', 'ram', 'disk', 'ephemeral', 'swap', 'id', 'public', 'description'] as const;

export function csvOfFlavors(flavors: readonly FlavorWithAccess[]): string {
  const keys = [...new Set(flavors.flatMap(({ properties }) => Object.keys(properties)))].sort();
  const header = [...fixed, 'projects', ...keys.map((key) => `${propertyColumn}${key}`)];
  const rows = flavors.map((flavor) => [
    ...fixed.map((field) => String(flavor[field] ?? '')),
    flavor.projects.join(' '),
    ...keys.map((key) => (flavor.properties[key] === '' ? emptyValue : (flavor.properties[key] ?? ''))),
  ]);
  return [header, ...rows].map((row) => `${row.map(cell).join(',')}\n`).join('');
}

const cell = (text: string): string => (/[",\r\n#]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
