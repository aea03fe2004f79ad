import { describe, expect, test } from '@jest/globals';
import { execa } from 'execa';
import { quote, quoteAll } from '../../src/domain/quote.ts';

const words = [
  'plain',
  '/a/path-1.2_3:4,5@6+7',
  '',
  "'",
  "''",
  "it's",
  '\\',
  "\\'",
  "'\\''",
  'a\\b\\\\c',
  'trailing\\',
  '"$HOME" `id` $(id)',
  'new\nline\n',
  '-n',
  '=x',
  '~root',
  '*',
  '{a,b}',
  '!1',
  '%1',
  '#',
  '名前 🐢',
];

describe('quoted words', () => {
  test.each(['sh', 'bash', 'dash'])('are read back by %s as they were', async (shell) => {
    const { stdout } = await execa(shell, ['-c', `printf '%s\\0' ${quoteAll(words)}`], { stripFinalNewline: false });
    expect(stdout.split('\0').slice(0, -1)).toEqual(words);
  });

  test('never have a backslash inside quotes, where fish would read it otherwise', () => {
    expect(quote("a\\b'c")).toBe("'a'\\\\'b'\\''c'");
  });

  test('stay readable where they can', () => {
    expect(quoteAll(['timeout', '-s', 'KILL', '60', 'env', 'LC_ALL=C', '/usr/bin/virsh'])).toBe(
      'timeout -s KILL 60 env LC_ALL=C /usr/bin/virsh',
    );
  });
});
