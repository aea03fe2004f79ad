import { CsvError, parse } from 'csv-parse/sync';
import type { FlavorWithAccess } from '../../contracts/flavor.ts';
import type { Row } from './rows.ts';

/** A column of its own for each property, so that no value needs a second kind of quotes. */
const propertyColumn = 'property:';

/** The first line names the columns. `projects` are separated by spaces; `property:KEY` is a property. */
export function rowsOfCsv(text: string): Row[] {
  let records: { record: Record<string, string>; info: { lines: number } }[];
  try {
    records = parse(text, { columns: true, info: true, skip_empty_lines: true, trim: true, bom: true, comment: '#' });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    return [{ line: Number(error['lines'] ?? 1), fields: {}, problem: error.message }];
  }
  return records.map(({ record, info }): Row => {
    const said = Object.entries(record).filter(([, value]) => value !== '');
    const properties = said
      .filter(([column]) => column.startsWith(propertyColumn))
      .map(([column, value]) => [column.slice(propertyColumn.length), value]);
    const hasProperties = Object.keys(record).some((column) => column.startsWith(propertyColumn));
    const projects = record['projects'];
    return {
      line: info.lines,
      fields: Object.fromEntries(
        said.filter(([column]) => !column.startsWith(propertyColumn) && column !== 'projects'),
      ),
      ...(projects === undefined ? {} : { projects: projects.split(/\s+/).filter((project) => project !== '') }),
      ...(hasProperties ? { properties: Object.fromEntries(properties) as Record<string, string> } : {}),
    };
  });
}

const fixed = ['name', 'vcpus', 'ram', 'disk', 'ephemeral', 'swap', 'id', 'public', 'description'] as const;

export function csvOfFlavors(flavors: readonly FlavorWithAccess[]): string {
  const keys = [...new Set(flavors.flatMap(({ properties }) => Object.keys(properties)))].sort();
  const header = [...fixed, 'projects', ...keys.map((key) => `${propertyColumn}${key}`)];
  const rows = flavors.map((flavor) => [
    ...fixed.map((field) => String(flavor[field] ?? '')),
    flavor.projects.join(' '),
    ...keys.map((key) => flavor.properties[key] ?? ''),
  ]);
  return [header, ...rows].map((row) => `${row.map(cell).join(',')}\n`).join('');
}

const cell = (text: string): string => (/[",\r\n#]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
