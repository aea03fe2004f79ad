import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { execa } from 'execa';
import { scratchDirectory } from '../../support/scratch.ts';
import { cliHere } from '../support/cli.ts';
import { cases, joined, place } from './cases.ts';

let directory = '';
let script = '';

beforeAll(async () => {
  directory = await scratchDirectory('bash');
  script = join(await scratchDirectory('script'), 'completion.bash');
  await Promise.all(Object.entries(place).map(([name, text]) => writeFile(join(directory, name), text)));
  const { stdout } = await cliHere(['completion', 'bash'], {});
  await writeFile(script, stdout);
});

interface Where {
  readonly cwd?: string;
  readonly path?: string | undefined;
}

/** What a real bash has in COMPREPLY, for words as readline hands them over. Nothing of this machine's environment. */
async function offers(words: readonly string[], where: Where = {}): Promise<string[]> {
  const { cwd = directory, path = process.env['PATH'] } = where;
  const line = [
    'source "$1" && shift',
    'COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))',
    '_stackhand 2>&1',
    'for word in "${COMPREPLY[@]}"; do printf "%s\\n" "$word"; done',
  ].join('\n');
  const { stdout } = await execa('bash', ['--norc', '-c', line, 'bash', script, ...words], {
    ...{ cwd, extendEnv: false, env: { PATH: path, HOME: directory } },
  });
  return stdout === '' ? [] : stdout.split('\n');
}

/** With the COMP_WORDBREAKS that bash begins with, of which only `=` matters here. */
const asReadline = (line: string): string[] =>
  line.split(' ').flatMap((word) => (word === '' ? [''] : word.split(/(=)/).filter((part) => part !== '')));

describe('bash offers', () => {
  test.each([...cases, ...joined])('after "%s": %j', async (line, offered) => {
    expect((await offers(asReadline(line))).sort()).toEqual([...offered].sort());
  });

  test('every command of the program, and options of every command', async () => {
    const { stdout } = await cliHere(['--help'], {});
    const commands = (stdout.split('Commands:\n')[1]?.split('\n\n')[0] ?? '').match(/^ {2}[a-z]+/gm) ?? [];
    expect(commands.length).toBeGreaterThan(10);
    expect((await offers(['stackhand', ''])).sort()).toEqual(commands.map((name) => name.trim()).sort());
    expect(await offers(['stackhand', 'operation', 'show', '--'])).toEqual(
      expect.arrayContaining(['--json', '--quiet', '--config', '--address', '--help']),
    );
  });

  test('the whole word, where = does not break words', async () => {
    expect(await offers(['stackhand', 'vm', 'backup', '--after=s'])).toEqual(['--after=start']);
    expect(await offers(['stackhand', '--config=other.yaml', 'vm', 'backup', '--host=e'])).toEqual([
      '--host=elsewhere',
    ]);
  });

  test('file names with blanks as one word', async () => {
    const other = await scratchDirectory('blanks');
    await writeFile(join(other, 'my plan.yaml'), '');
    expect(await offers(['stackhand', 'plan', 'apply', 'my'], { cwd: other })).toEqual(['my plan.yaml']);
  });

  test('nothing where the config cannot be read', async () => {
    expect(await offers(['stackhand', '--config', 'gone.yaml', 'vm', 'list', '--host', ''])).toEqual([]);
  });
});

test('a TAB starts sh and awk at most: Node would take half a second', async () => {
  const path = await scratchDirectory('path');
  for (const program of ['bash', 'sh', 'awk']) {
    const { stdout } = await execa('bash', ['-c', `command -v ${program}`]);
    await symlink(stdout, join(path, program));
  }
  expect(await offers(['stackhand', 'vm', 'list', '--host', ''], { path })).toEqual(['kvm1', 'kvm-2']);
});

test('an unknown shell is an error that names those there are', async () => {
  const { exitCode, stderr } = await cliHere(['completion', 'tcsh'], {});
  expect(exitCode).toBe(2);
  expect(stderr).toContain('bash, zsh, fish');
});
