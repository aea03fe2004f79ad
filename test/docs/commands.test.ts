import { readFile } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import { existsSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { blocksOf, commandsOf, english, koreanOf, markdownIn, translated, wordsOf } from './support/pages.ts';
import { parses } from './support/parses.ts';

const pages = await english();
const korean = (await translated()).map(koreanOf);

test('a command that the program would not take is told', () => {
  expect(() => parses(['vm', 'backup', 'web01', '--shutdown'])).not.toThrow();
  expect(() => parses(['vm', 'backup', '--shutdwon'])).toThrow('--shutdwon');
  expect(() => parses(['vm', 'bakcup'])).toThrow('bakcup');
  expect(() => parses(['schedule', 'create', 'x', '--cron', '0 2 * * *', '--', 'vm', 'list', '--no'])).toThrow('--no');
});

test.each([...pages, ...korean])('%s: the program takes every command', async (page) => {
  for (const block of await blocksOf(page)) {
    for (const command of commandsOf(block)) {
      const words = wordsOf(command);
      if (words?.[0] !== 'stackhand') continue;
      try {
        parses(words.slice(1));
      } catch (error) {
        throw new Error(`${page}:${String(block.line)}: ${command}`, { cause: error });
      }
    }
  }
});

test.each([...pages, ...korean])('%s: no command hides from these tests', async (page) => {
  const others = (await blocksOf(page)).filter(({ language }) => language !== 'sh' && language !== 'console');
  expect(others.flatMap(({ lines }) => lines.filter((line) => /^(\$ )?stackhand /.test(line)))).toEqual([]);
  // Only blocks at the beginning of a line are found.
  expect(await readFile(page, 'utf8')).not.toMatch(/^([ \t]+```|~~~| {4}stackhand )/m);
});

test.each(await translated())('%s: the Korean page has the same commands, in the same order', async (page) => {
  const all = async (of: string): Promise<string[]> => (await blocksOf(of)).flatMap(commandsOf);
  expect(await all(koreanOf(page))).toEqual(await all(page));
});

test('there is no Korean page without an English one', async () => {
  expect(await markdownIn('docs/ko/guide')).toEqual(korean.filter((page) => page.startsWith('docs/ko/guide/')));
});

test.each([...pages, ...korean, 'docs/architecture.md'])('%s: its links lead somewhere', async (page) => {
  const text = await readFile(page, 'utf8');
  const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
  const missing = [];
  for (const link of links) {
    if (/^https?:/.test(link)) continue;
    const [path = '', anchor] = link.split('#');
    const file = path === '' ? page : normalize(join(dirname(page), path));
    if (!existsSync(file)) missing.push(link);
    else if (anchor !== undefined && !(await anchorsOf(file)).includes(anchor)) missing.push(link);
  }
  expect(missing).toEqual([]);
});

/** As GitHub makes them of headings. */
async function anchorsOf(page: string): Promise<string[]> {
  const text = await readFile(page, 'utf8');
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replace(/\s/g, '-'),
  );
}
