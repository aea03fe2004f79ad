import { describe, expect, test } from '@jest/globals';
import { columns, cut, cutMiddle, oneLine, printable, width } from '../../../src/client/render/text.ts';

describe('what came from outside is shown, not obeyed', () => {
  test.each([
    ['\u001b[31mred', '\\x1b[31mred'],
    ['a\rb', 'a\\x0db'],
    ['\u202egnp.exe', '\\x202egnp.exe'],
    ['\u0007bell', '\\x07bell'],
    ['tab\there', 'tab  here'],
    ['größe 日本 🎉 $(rm -rf /)', 'größe 日本 🎉 $(rm -rf /)'],
  ])('%j', (text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  test('a newline stays one where lines are shown, and goes where one is', () => {
    expect(printable('a\nb')).toBe('a\nb');
    expect(oneLine('a\n  b\n')).toBe('a b ');
  });
});

describe('columns of a terminal', () => {
  test('are counted without colours, wide characters twice', () => {
    expect(width('\u001b[31mabc\u001b[39m')).toBe(3);
    expect(width('日本')).toBe(4);
  });

  test('are never more than asked for', () => {
    expect(cut('abcdef', 6)).toBe('abcdef');
    expect(cut('abcdef', 4)).toBe('abc…');
    expect(cut('日本語', 4)).toBe('日…');
    expect(cut('abc', 0)).toBe('');
  });

  test('keep both ends of a path where they are few', () => {
    expect(cutMiddle('Verify app01/backup_2026/vda.tar', 20)).toBe('Verify…_2026/vda.tar');
    expect(cutMiddle('日本語日本語', 7)).toBe('日…本語');
    expect(cutMiddle('abc', 3)).toBe('abc');
  });

  test('line up under their header', () => {
    expect(
      columns(
        ['NAME', 'STATE'],
        [
          ['a', 'running'],
          ['web01', 'off'],
        ],
      ),
    ).toEqual(['NAME   STATE', 'a      running', 'web01  off']);
  });
});
