import { existsSync, readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { z } from 'zod';
import { Fault } from '../../contracts/faults.ts';
import { parseYaml } from '../yaml-file.ts';
import type { CloudSettings } from './cloud-settings.ts';

export interface CloudPlaces {
  readonly env: NodeJS.ProcessEnv;
  readonly home: string;
  readonly cwd: string;
}

export interface CloudsFile {
  readonly file: string;
  /** By name, `auth` laid flat. */
  readonly clouds: Readonly<Record<string, CloudSettings>>;
}

const document = z.looseObject({
  clouds: z.record(
    z.string(),
    z.looseObject(
      { auth: z.record(z.string(), z.unknown()).nullish() },
      { error: 'keys such as auth, indented below' },
    ),
    { error: 'clouds by name, indented below' },
  ),
});

/**
 * clouds.yaml with secure.yaml laid over it; undefined where there is none. The first of OS_CLIENT_CONFIG_FILE, the
 * working directory, ~/.config/openstack and /etc/openstack counts, as openstacksdk searches.
 * @throws Fault ConfigInvalid naming the line, and no value
 */
export function readCloudsFile(places: CloudPlaces): CloudsFile | undefined {
  const file = findFile('clouds', places.env['OS_CLIENT_CONFIG_FILE'], places);
  if (file === undefined) return undefined;
  const secure = findFile('secure', places.env['OS_CLIENT_SECURE_FILE'], places);
  const clouds = readClouds(file);
  if (secure === undefined) return { file, clouds };
  const secrets = readClouds(secure);
  return {
    file,
    clouds: Object.fromEntries(
      Object.entries(clouds).map(([name, settings]) => [
        name,
        { ...settings, ...(Object.hasOwn(secrets, name) ? secrets[name] : {}) },
      ]),
    ),
  };
}

function findFile(kind: 'clouds' | 'secure', named: string | undefined, places: CloudPlaces): string | undefined {
  if (named !== undefined && named !== '') {
    if (existsSync(named)) return named;
    throw new Fault('ConfigInvalid', `there is no file ${named}`, {
      where: `OS_CLIENT_${kind === 'clouds' ? 'CONFIG' : 'SECURE'}_FILE`,
      remedy: 'correct the path in the environment of the worker',
    });
  }
  const base = places.env['XDG_CONFIG_HOME'];
  const config = base !== undefined && isAbsolute(base) ? base : join(places.home, '.config');
  return [places.cwd, join(config, 'openstack'), '/etc/openstack']
    .flatMap((directory) => ['yaml', 'yml', 'json'].map((suffix) => join(directory, `${kind}.${suffix}`)))
    .find((file) => existsSync(file));
}

function readClouds(file: string): Record<string, CloudSettings> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const { code = 'an error' } = error as NodeJS.ErrnoException;
    throw new Fault('ConfigInvalid', `${file} can't be read: ${code}`, {
      where: file,
      remedy: 'let the user of the worker read it',
    });
  }
  const yaml = parseYaml(text);
  const parsed = document.safeParse(yaml.value);
  const problems = [
    ...yaml.problems.map(({ line, message }) => `${file}:${String(line)} ${message}`),
    ...(parsed.success || yaml.problems.length > 0 ? [] : parsed.error.issues).map(
      ({ path, message }) => `${file}:${String(yaml.place(path, 'key').line)} ${path.join('.')}: ${message}`,
    ),
  ];
  if (!parsed.success || problems.length > 0)
    throw new Fault('ConfigInvalid', `the clouds can't be read:\n  ${problems.join('\n  ')}`, {
      where: file,
      remedy: 'correct the named line',
    });
  return Object.fromEntries(
    Object.entries(parsed.data.clouds).map(([name, { auth, ...entry }]) => [name, { ...entry, ...(auth ?? {}) }]),
  );
}
