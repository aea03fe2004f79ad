import type { ZodType } from 'zod';
import { Fault } from '../../contracts/faults.ts';
import { checkFormat, stamped, type Format } from '../../contracts/format.ts';
import { readFile, writeFile } from '../host/files.ts';
import type { Host } from '../host/host.ts';
import { below, type HostPaths } from './paths.ts';
import { loadScript, runScript } from './script.ts';

const list = loadScript('state-list');
const change = loadScript('state-change', ['call', 'format']);

/** One kind of small JSON files below the state directory of a host: `<state>/<folder>/<name>.json`, mode 0600. */
export interface StateFiles<T> {
  /** Written whole and to the disk, or not at all. */
  put(host: Host, paths: HostPaths, name: string, value: T): Promise<void>;
  get(host: Host, paths: HostPaths, name: string): Promise<T | undefined>;
  /** `before`: absolute paths of what goes first. */
  remove(host: Host, paths: HostPaths, name: string, before?: readonly string[]): Promise<void>;
  all(host: Host, paths: HostPaths): Promise<T[]>;
}

/**
 * @throws Leftover, naming the file, for one that can't be understood; NewerFormat for one of a newer release, which is
 * neither replaced nor removed
 */
export function stateFiles<T extends object>(folder: string, format: Format, schema: ZodType<T>): StateFiles<T> {
  const directoryOf = (paths: HostPaths): string => below(paths.state, folder);
  return {
    async put(host, paths, name, value) {
      const path = below(directoryOf(paths), fileOf(name));
      await runScript(host, change, ['prepare', format, path, paths.state]);
      await writeFile(host, path, `${JSON.stringify(stamped(format, value))}\n`, { mode: 0o600 });
    },
    async get(host, paths, name) {
      const path = below(directoryOf(paths), fileOf(name));
      const content = await readFile(host, path);
      return content === undefined ? undefined : parseState(host, path, content, format, schema);
    },
    async remove(host, paths, name, before = []) {
      const path = below(directoryOf(paths), fileOf(name));
      await runScript(host, change, ['remove', format, path, ...before]);
    },
    async all(host, paths) {
      const directory = directoryOf(paths);
      const { stdout } = await runScript(host, list, [directory]);
      const fields = stdout.split('\0');
      return Array.from({ length: Math.floor(fields.length / 2) }, (_, index) => {
        const [name = '', content = ''] = fields.slice(index * 2);
        return parseState(host, `${directory}/${name}`, content, format, schema);
      });
    },
  };
}

export function parseState<T>(host: Host, path: string, content: string, format: Format, schema: ZodType<T>): T {
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch {
    value = undefined;
  }
  checkFormat(format, value, `${path} on ${host.name}`);
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new Fault(
    'Leftover',
    `${path} on ${host.name} can't be understood: ${[issue?.path.join('.'), issue?.message].filter(Boolean).join(': ')}`,
    { where: host.name, remedy: 'look at the file, and remove it when no operation needs it' },
  );
}

const fileOf = (name: string): string => `${name}.json`;
