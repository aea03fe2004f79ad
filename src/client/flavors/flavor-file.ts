import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { stringify } from 'yaml';
import { Fault } from '../../contracts/faults.ts';
import type { FlavorSpec, FlavorWithAccess } from '../../contracts/flavor.ts';
import { rowsOfColumns } from './columns.ts';
import { csvOfFlavors, rowsOfCsv } from './csv.ts';
import type { ExportFormat, ImportFormat } from './formats.ts';
import { flavorsOf } from './rows.ts';
import type { Row } from './rows.ts';
import { rowsOfYaml } from './yaml.ts';

const readers: Readonly<Record<ImportFormat, (text: string) => Row[]>> = {
  columns: rowsOfColumns,
  csv: rowsOfCsv,
  yaml: rowsOfYaml,
  json: rowsOfYaml,
};

const byExtension: Readonly<Record<string, ImportFormat>> = {
  '.csv': 'csv',
  '.yaml': 'yaml',
  '.yml': 'yaml',
  '.json': 'json',
};

/** Lines that one error names; the rest is counted. */
const told = 50;

/**
 * The flavors of a file of this machine; - is stdin. What kind of file it is its name tells, unless it was said.
 * @throws Fault InvalidInput that names every wrong line and what was expected there
 */
export function readFlavorFile(file: string, said?: ImportFormat): FlavorSpec[] {
  const format = said ?? byExtension[extname(file).toLowerCase()] ?? 'columns';
  const { flavors, problems } = flavorsOf(readers[format](textOf(file)));
  if (problems.length > 0) {
    const sorted = [...problems].sort((a, b) => a.line - b.line);
    const lines = sorted.slice(0, told).map(({ line, message }) => `  line ${String(line)}: ${message}`);
    const more = sorted.length > told ? [`  and ${String(sorted.length - told)} more`] : [];
    throw new Fault('InvalidInput', [`${file} has wrong lines, so nothing was begun:`, ...lines, ...more].join('\n'), {
      remedy: 'correct them; docs/operations.md describes the formats',
    });
  }
  if (flavors.length === 0) throw new Fault('InvalidInput', `${file} holds no flavor`);
  return flavors;
}

function textOf(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    const { code = 'an error' } = error as NodeJS.ErrnoException;
    throw new Fault('InvalidInput', `${file} can't be read: ${code}`);
  }
}

/** What an import takes as it is, and finds nothing to do for. */
export function flavorText(flavors: readonly FlavorWithAccess[], format: ExportFormat): string {
  if (format === 'csv') return csvOfFlavors(flavors);
  const plain = flavors.map(({ projects, public: isPublic, ...flavor }) => ({
    ...flavor,
    public: isPublic,
    ...(isPublic ? {} : { projects }),
  }));
  return format === 'json' ? `${JSON.stringify({ flavors: plain }, null, 2)}\n` : stringify({ flavors: plain });
}
