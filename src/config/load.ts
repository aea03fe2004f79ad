import { existsSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { TextDecoder } from 'node:util';
import { Fault } from '../contracts/faults.ts';
import { expandHome, parseConfig } from './parse.ts';
import { emptyConfig } from './schema.ts';
import type { Config } from './schema.ts';

export interface ConfigPlaces {
  /** As --config names it. */
  readonly path?: string | undefined;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly home?: string;
}

/**
 * The config and the file it was read from; without any file an empty config. `--config`, STACKHAND_CONFIG,
 * ./stackhand.yaml, then $XDG_CONFIG_HOME/stackhand/config.yaml (~/.config): the first one counts, alone.
 * Throws ConfigInvalid listing every problem at once.
 */
export function loadConfig(places: ConfigPlaces = {}): { readonly config: Config; readonly file?: string } {
  const { path, env = process.env, cwd = process.cwd(), home = homedir() } = places;
  const named = path ?? (env['STACKHAND_CONFIG'] || undefined);
  if (named !== undefined) {
    const file = resolve(cwd, expandHome(named, home));
    if (existsSync(file)) return { config: readConfig(file, home), file };
    throw new Fault('ConfigInvalid', `there is no config file ${file}`, {
      where: path === undefined ? 'STACKHAND_CONFIG' : '--config',
      remedy: 'correct the path, or write a config file there: stackhand init',
    });
  }
  const file = [join(cwd, 'stackhand.yaml'), userConfigFile({ env, home })].find((each) => existsSync(each));
  return file === undefined ? { config: emptyConfig() } : { config: readConfig(file, home), file };
}

/** Where `stackhand init` writes by default: the last of the places that loadConfig looks at. */
export function userConfigFile(places: Pick<ConfigPlaces, 'env' | 'home'> = {}): string {
  const { env = process.env, home = homedir() } = places;
  const base = env['XDG_CONFIG_HOME'];
  // The XDG specification has relative values ignored.
  return join(base !== undefined && isAbsolute(base) ? base : join(home, '.config'), 'stackhand', 'config.yaml');
}

function readConfig(file: string, home: string): Config {
  let text: string;
  let mode: number;
  try {
    mode = statSync(file).mode;
    text = new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'an error';
    throw new Fault('ConfigInvalid', `${file} can't be read: ${reasons[code] ?? code}`, {
      where: file,
      remedy: 'name a readable YAML file; stackhand init writes one',
    });
  }
  if ((mode & 0o002) !== 0)
    throw new Fault('ConfigInvalid', `everybody on this machine can write ${file}, and it names commands to run`, {
      where: file,
      remedy: `chmod o-w ${file}`,
    });
  return parseConfig(text, { file, home, readableByOthers: (mode & 0o044) !== 0 });
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'this user may not read it',
  EISDIR: 'it is a directory',
  ERR_ENCODING_INVALID_ENCODED_DATA: 'it is not UTF-8 text',
};
