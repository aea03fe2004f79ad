import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseDocument } from 'yaml';
import { Fault } from '../../contracts/faults.ts';
import { parseConfig } from '../parse.ts';
import { entryName } from '../pieces.ts';
import { cloudAccess } from './cloud-settings.ts';
import { environmentSettings } from './environment.ts';

export interface ImportedCloud {
  readonly name: string;
  readonly config: string;
  /** The adminrc that holds the credentials, which only its owner can read. */
  readonly rc: string;
}

/**
 * Writes OS_* as an adminrc beside the config file (mode 0600), and names it there as a cloud. Comments of the config
 * stay. Values are checked first: what would not do as a cloud is not written.
 * @throws Fault InvalidInput for a name that is taken, ConfigInvalid for variables that describe no cloud
 */
export async function importCloud(
  name: string,
  variables: Readonly<Record<string, string | undefined>>,
  { config, home, source }: { readonly config: string; readonly home: string; readonly source: string },
): Promise<ImportedCloud> {
  if (!entryName.safeParse(name).success)
    throw new Fault('InvalidInput', `${JSON.stringify(name)} is no name for a cloud`, {
      remedy: 'letters, digits, dots, dashes and underscores, 63 at most',
    });
  cloudAccess(environmentSettings(variables), { name, source, path: (path) => path });
  const text = existsSync(config) ? await readFile(config, 'utf8') : '';
  const document = parseDocument(text);
  if (document.hasIn(['clouds', name]))
    throw new Fault('InvalidInput', `${config} has a cloud ${name} already`, { remedy: 'say another --name' });
  // An empty section reads as null, into which nothing can be put.
  if (document.get('clouds') == null) document.set('clouds', document.createNode({}));
  const rc = join(dirname(config), `${name}.rc`);
  document.setIn(['clouds', name], document.createNode({ rc: `./${name}.rc` }));
  const written = document.toString();
  parseConfig(written, { file: config, home });
  await mkdir(dirname(config), { recursive: true });
  await writePrivate(rc, rcText(variables));
  await writePrivate(config, written);
  return { name, config, rc };
}

const rcText = (variables: Readonly<Record<string, string | undefined>>): string =>
  Object.entries(variables)
    .filter(([name, value]) => name.startsWith('OS_') && value !== undefined)
    .map(([name, value = '']) => `export ${name}='${value.replaceAll("'", `'\\''`)}'\n`)
    .join('');

/** Whole or not at all, and never readable by others in between. */
async function writePrivate(file: string, text: string): Promise<void> {
  const unfinished = `${file}.${String(process.pid)}.tmp`;
  await writeFile(unfinished, text, { mode: 0o600 });
  await rename(unfinished, file);
}
