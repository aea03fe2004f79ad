import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { execa } from 'execa';
import { cases, joined, place } from '../../client/completion/cases.ts';
import { cliHere } from '../../client/support/cli.ts';
import { scratchDirectory } from '../../support/scratch.ts';

/** Real shells, which scripts/lib/lab-packages.mjs installs. Bash has its tests in the default suite. */
const lines = [...cases, ...joined].map(([line]) => line);
let directory = '';
let offered: Record<'zsh' | 'fish', ReadonlyMap<string, readonly string[]>>;

beforeAll(async () => {
  directory = await scratchDirectory('shells');
  await Promise.all(Object.entries(place).map(([name, text]) => writeFile(join(directory, name), text)));
  offered = { zsh: await ofZsh(), fish: await ofFish() };
});

async function scriptOf(shell: string, name: string): Promise<string> {
  const file = join(await scratchDirectory('script'), name);
  await writeFile(file, (await cliHere(['completion', shell], {})).stdout);
  return file;
}

const surroundings = () => ({
  ...{ cwd: directory, extendEnv: false, timeout: 60_000, stdin: 'ignore' as const },
  env: { PATH: process.env['PATH'], HOME: directory, XDG_CONFIG_HOME: join(directory, '.config'), LANG: 'C.UTF-8' },
});

async function ofZsh(): Promise<ReadonlyMap<string, readonly string[]>> {
  const notes = join(await scratchDirectory('notes'), 'offered');
  const list = fileURLToPath(new URL('./list.zsh', import.meta.url));
  await execa('zsh', ['-f', list, await scriptOf('zsh', '_stackhand'), notes, ...lines], surroundings());
  return byLine(await readFile(notes, 'utf8'));
}

async function ofFish(): Promise<ReadonlyMap<string, readonly string[]>> {
  const each = 'source $argv[1]; for line in $argv[2..]; echo "=== $line"; complete -C $line; end';
  const { stdout } = await execa(
    'fish',
    ['--no-config', '-c', each, await scriptOf('fish', 'stackhand.fish'), ...lines],
    surroundings(),
  );
  // A word, and what it means after a tab.
  return byLine(stdout.replace(/\t.*$/gm, ''));
}

function byLine(notes: string): ReadonlyMap<string, readonly string[]> {
  const parts = notes.split(/^=== /m).slice(1);
  return new Map(
    parts.map((part) => {
      const [line = '', ...words] = part.split('\n');
      return [line, [...new Set(words.filter((word) => word !== ''))].sort()];
    }),
  );
}

// Hidden files are there by now: fish and zsh keep things at home.
const seen = (words: readonly string[] | undefined) => words?.filter((word) => !word.startsWith('.'));

describe.each(['zsh', 'fish'] as const)('%s offers', (shell) => {
  test.each(cases)('after "%s": %j', (line, words) => {
    expect(seen(offered[shell].get(line))).toEqual([...words].sort());
  });

  test.each(joined)('after "%s": %j', (line, words) => {
    const values = offered[shell].get(line)?.map((word) => word.replace(/^--[a-z-]+=/, ''));
    expect(values).toEqual([...words].sort());
  });
});
