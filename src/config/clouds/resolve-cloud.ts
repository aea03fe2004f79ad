import { basename, resolve } from 'node:path';
import type { CloudAccess } from '../../contracts/cloud-access.ts';
import { Fault } from '../../contracts/faults.ts';
import { meantOr, nearest } from '../../domain/nearest.ts';
import { expandHome } from '../parse.ts';
import type { Config } from '../schema.ts';
import type { CloudEntry } from './cloud-entry.ts';
import { cloudAccess } from './cloud-settings.ts';
import type { AccessOptions, CloudSettings } from './cloud-settings.ts';
import { readCloudsFile } from './clouds-files.ts';
import type { CloudPlaces } from './clouds-files.ts';
import { environmentSettings } from './environment.ts';
import { readRcFile } from './rc-file.ts';

/** The name of the cloud that OS_* of the worker's environment is. */
const environmentName = 'environment';

/**
 * What `--cloud` means to this worker: an entry of the config, a name in its clouds.yaml, or the path of an adminrc
 * (with a slash). Without it: OS_CLOUD of the worker, the only cloud of the config, then OS_* of the worker.
 * Contains secrets: for the moment they are used, never for a payload.
 * @throws Fault UnknownCloud with the candidates, ConfigInvalid
 */
export function resolveCloud(config: Config, asked: string | undefined, places: CloudPlaces): CloudAccess {
  const name = asked ?? impliedName(config, places.env);
  const entry = name === undefined ? undefined : cloudEntry(config, name);
  // What was resolved without a name is found again by the name that it got.
  if (name === undefined || (name === environmentName && entry === undefined)) {
    const settings = environmentSettings(places.env);
    if (settings['auth_url'] === undefined) throw nothingSaid(config, places);
    return cloudAccess(settings, options(environmentName, "OS_* of the worker's environment", places));
  }
  if (entry !== undefined) return ofEntry(name, entry, places);
  if (name.includes('/')) return ofRcFile(basename(name), resolve(places.cwd, expandHome(name, places.home)), places);
  return ofCloudsFile(name, name, places, {}, Object.keys(config.clouds));
}

/** What the config says of that cloud beside how to reach it: what it protects, its limits. */
export const cloudEntry = (config: Config, name: string): CloudEntry | undefined =>
  Object.hasOwn(config.clouds, name) ? config.clouds[name] : undefined;

function impliedName(config: Config, env: NodeJS.ProcessEnv): string | undefined {
  if (env['OS_CLOUD'] !== undefined && env['OS_CLOUD'] !== '') return env['OS_CLOUD'];
  const names = Object.keys(config.clouds);
  return names.length === 1 ? names[0] : undefined;
}

function ofEntry(name: string, entry: CloudEntry, places: CloudPlaces): CloudAccess {
  const more = entry.microversions === undefined ? {} : { microversionCaps: entry.microversions };
  return 'rc' in entry ? ofRcFile(name, entry.rc, places, more) : ofCloudsFile(name, entry.cloud, places, more);
}

type More = Pick<AccessOptions, 'microversionCaps'>;

const ofRcFile = (name: string, file: string, places: CloudPlaces, more: More = {}): CloudAccess =>
  cloudAccess(environmentSettings(readRcFile(file)), { ...options(name, file, places), ...more });

function ofCloudsFile(
  name: string,
  entry: string,
  places: CloudPlaces,
  more: More = {},
  others: readonly string[] = [],
): CloudAccess {
  const found = readCloudsFile(places);
  const settings: CloudSettings | undefined =
    found !== undefined && Object.hasOwn(found.clouds, entry) ? found.clouds[entry] : undefined;
  if (found !== undefined && settings !== undefined)
    return cloudAccess(settings, { ...options(name, `${found.file}, clouds.${entry}`, places), ...more });
  const known = [...others, ...Object.keys(found?.clouds ?? {})];
  const candidates = nearest(entry, known);
  const where = found === undefined ? 'the worker has no clouds.yaml' : `${found.file} has no cloud of that name`;
  throw new Fault('UnknownCloud', `there is no cloud ${JSON.stringify(entry)}: ${where}${meantOr(candidates, known)}`, {
    candidates,
  });
}

function nothingSaid(config: Config, places: CloudPlaces): Fault {
  const known = [...Object.keys(config.clouds), ...Object.keys(readCloudsFile(places)?.clouds ?? {})];
  return new Fault('UnknownCloud', `nothing says which cloud is meant${meantOr([], known)}`, {
    candidates: known.slice(0, 8),
    remedy: 'say it with --cloud NAME (of the config or of clouds.yaml), or --cloud PATH of an adminrc on the worker',
  });
}

const options = (name: string, source: string, places: CloudPlaces): AccessOptions => ({
  name,
  source,
  path: (path) => resolve(places.cwd, expandHome(path, places.home)),
});
