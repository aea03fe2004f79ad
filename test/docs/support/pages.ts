import { readFile, readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** The commands of a page run in another directory. */
const root = fileURLToPath(new URL('../../..', import.meta.url));

/** A fenced block of a page. */
export interface Block {
  readonly page: string;
  readonly line: number;
  /** The first word behind the fence: sh, text, console, yaml. */
  readonly language: string;
  /** The second: the name of the file that the block shows. */
  readonly file: string | undefined;
  readonly lines: readonly string[];
  /** What comments above it say: `<!-- exit: 3 -->` is exit → 3. Kinds are those of `kinds`. */
  readonly said: ReadonlyMap<string, string>;
}

/** What a comment above a block may say: why nobody runs it, what has to be the case before, how its last command ends. */
const kinds = ['not run', 'before', 'exit'];

/** They take as long as all others together, so they have a test file of their own. */
export const pagesOfBackups: readonly string[] = ['docs/guide/vm-backup.md', 'docs/guide/at-night.md'];

export const english = async (): Promise<string[]> => [
  ...(await markdownIn('docs/guide')),
  'docs/recipes.md',
  'docs/upgrading.md',
  'README.md',
];

export const koreanOf = (page: string): string =>
  page === 'README.md' ? 'README.ko.md' : page.replace(/^docs\/(guide\/)?/, 'docs/ko/$1');

/** Pages of which there is a Korean one. */
export const translated = async (): Promise<string[]> => ['README.md', ...(await markdownIn('docs/guide'))];

export async function markdownIn(directory: string): Promise<string[]> {
  const names = await readdir(root + directory);
  return names
    .filter((name) => name.endsWith('.md'))
    .sort()
    .map((name) => `${directory}/${name}`);
}

export async function blocksOf(page: string): Promise<Block[]> {
  const lines = (await readFile(root + page, 'utf8')).split('\n');
  const blocks: Block[] = [];
  let said = new Map<string, string>();
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    const remark = /^<!-- ([a-z ]+): (.+) -->$/.exec(line);
    if (remark !== null) {
      const [, kind = '', text = ''] = remark;
      if (!kinds.includes(kind)) throw new Error(`${page}:${String(at + 1)}: nobody knows "${kind}"`);
      said.set(kind, text);
      continue;
    }
    const fence = /^```(\S*) ?(\S*)$/.exec(line);
    if (fence === null) {
      if (line.trim() !== '') said = new Map<string, string>();
      continue;
    }
    const end = lines.indexOf('```', at + 1);
    if (end < 0) throw new Error(`${page}:${String(at + 1)}: a block without an end`);
    const [, language = '', file = ''] = fence;
    const text = lines.slice(at + 1, end);
    blocks.push({ page, line: at + 1, language, file: file === '' ? undefined : file, lines: text, said });
    said = new Map<string, string>();
    at = end;
  }
  return blocks;
}

/** The commands of a block as they are typed: one a line, without remarks, continued lines joined. */
export function commandsOf({ language, lines }: Block): string[] {
  if (language === 'console')
    return lines.filter((line) => line.startsWith('$ ')).map((line) => withoutRemark(line.slice(2)));
  if (language !== 'sh') return [];
  return lines
    .join('\n')
    .replace(/\\\n\s*/g, '')
    .split('\n')
    .map(withoutRemark)
    .filter((line) => line !== '');
}

const withoutRemark = (line: string): string => line.replace(/(^|\s)#\s.*$/, '').trim();

/** The words of a command without pipes or the like; undefined where only a shell can tell. */
export function wordsOf(command: string): string[] | undefined {
  const words: string[] = [];
  for (const [, single, double, plain] of command.matchAll(/'([^']*)'|"([^"$`\\]*)"|([^\s'"]+)/g)) {
    if (plain !== undefined && /[|&;<>$`(){}*?~]/.test(plain)) return undefined;
    words.push(single ?? double ?? plain ?? '');
  }
  return words;
}
