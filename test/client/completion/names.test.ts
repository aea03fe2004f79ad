import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { execa } from 'execa';
import { namesScript } from '../../../src/client/completion/names.ts';
import { configTemplate, loadConfig } from '../../../src/config/index.ts';
import { scratchDirectory } from '../../support/scratch.ts';

const sections = ['hosts', 'repositories', 'clouds'] as const;

async function names(
  section: string,
  cwd: string,
  env: NodeJS.ProcessEnv = {},
  ...config: string[]
): Promise<string[]> {
  const { stdout } = await execa('bash', ['--norc', '-c', `sh -c ${namesScript} sh "$@"`, 'bash', section, ...config], {
    ...{ cwd, extendEnv: false, env: { PATH: process.env['PATH'], HOME: cwd, ...env } },
  });
  return stdout === '' ? [] : stdout.split('\n');
}

test('the names that a completion reads are those that the program reads', async () => {
  const directory = await scratchDirectory('names');
  const file = join(directory, 'stackhand.yaml');
  // With every example of the template; its files are read as far as their names go.
  await writeFile(file, configTemplate().replace(/^( *)#(?! |$)/gm, '$1'), { mode: 0o600 });
  const { config } = loadConfig({ path: file, home: directory });
  for (const section of sections) {
    const known = Object.keys(config[section]);
    expect(known.length).toBeGreaterThan(0);
    expect((await names(section, directory)).sort()).toEqual(known.sort());
  }
});

test('they come from the file that the program would read', async () => {
  const home = await scratchDirectory('places');
  const put = async (name: string, host: string): Promise<string> => {
    await execa('mkdir', ['-p', join(home, name, '..')]);
    await writeFile(join(home, name), `hosts:\r\n  ${host}: root@${host}\r\n`);
    return join(home, name);
  };
  expect(await names('hosts', home)).toEqual([]);
  await put('.config/stackhand/config.yaml', 'usual');
  expect(await names('hosts', home)).toEqual(['usual']);
  await put('xdg/stackhand/config.yaml', 'xdg');
  expect(await names('hosts', home, { XDG_CONFIG_HOME: join(home, 'xdg') })).toEqual(['xdg']);
  await put('stackhand.yaml', 'here');
  expect(await names('hosts', home)).toEqual(['here']);
  const env = { STACKHAND_CONFIG: await put('env.yaml', 'environment') };
  expect(await names('hosts', home, env)).toEqual(['environment']);
  await put('said.yaml', 'said');
  expect(await names('hosts', home, env, '~/said.yaml')).toEqual(['said']);
});

test('a name that no config may have is not offered: shells would read it', async () => {
  const directory = await scratchDirectory('wrong');
  const wrong = ['$(touch ran)', '`touch ran`', "it's", 'a b', '-rf'];
  await writeFile(join(directory, 'stackhand.yaml'), ['hosts:', ...wrong.map((name) => `  ${name}: x`), ''].join('\n'));
  expect(await names('hosts', directory)).toEqual([]);
});
