import { describe, expect, test } from '@jest/globals';
import { backupDirectory, backupName, parseBackupDirectory, parseBackupName } from '../../src/domain/names.ts';

const uuid = '1ECBB2FC-12f0-42ff-85b0-74c668e27163';
const bytes = (text: string) => new TextEncoder().encode(text).length;

describe("the directory of a VM's backups", () => {
  test.each([
    ['web01', 'web01-1ecbb2fc'],
    ['a b "c" \'d\'', 'a b "c" \'d\'-1ecbb2fc'],
    ['$(touch /tmp/x); rm', '$(touch _tmp_x); rm-1ecbb2fc'],
    ['-rf', '-rf-1ecbb2fc'],
    ['..', '..-1ecbb2fc'],
    ['.hidden', '.hidden-1ecbb2fc'],
    ['Übung-日本', 'Übung-日本-1ecbb2fc'],
    ['two\nlines\tand\u007f', 'two_lines_and_-1ecbb2fc'],
  ])('of %j is %j', (vm, directory) => {
    expect(backupDirectory(vm, uuid)).toBe(directory);
  });

  test.each(['x'.repeat(400), '日'.repeat(200), '😀'.repeat(100), `${'x'.repeat(229)}é`])(
    'of a very long name is a file name: %s',
    (vm) => {
      const directory = backupDirectory(vm, uuid);
      expect(bytes(`${directory}.removing`)).toBeLessThan(255);
      expect(vm.startsWith(parseBackupDirectory(directory)!.vm)).toBe(true);
      expect(directory).not.toContain('\uFFFD');
    },
  );

  test('is read back', () => {
    expect(parseBackupDirectory('web-01-1ecbb2fc')).toEqual({ vm: 'web-01', uuidStart: '1ecbb2fc' });
  });

  test.each(['lost+found', 'web01', '-1ecbb2fc', 'web01-1ECBB2FC', 'a/b-1ecbb2fc', 'web01-1ecbb2fc.removing', ''])(
    'is not what %j is',
    (name) => {
      expect(parseBackupDirectory(name)).toBeUndefined();
    },
  );
});

describe("a backup's name", () => {
  test('is its second, UTC', () => {
    expect(backupName(new Date('2026-11-22T01:02:03.999Z'))).toBe('backup_20261122T010203Z');
    expect(backupName(new Date('2026-11-22T01:02:03+09:00'))).toBe('backup_20261121T160203Z');
  });

  test('gives back its second, and sorts by it, for any moment of this century', () => {
    const start = Date.UTC(2000, 0, 1);
    let before = '';
    for (let second = start / 1000; second < start / 1000 + 100 * 365 * 86_400; second += 12_345_679) {
      const at = new Date(second * 1000);
      expect(parseBackupName(backupName(at))).toEqual(at);
      expect(backupName(at) > before).toBe(true);
      before = backupName(at);
    }
  });

  test.each([
    'backup_20261122T010203Z.partial',
    'backup_20261122T010203',
    'backup_20261322T010203Z',
    'backup_20260230T010203Z',
    'backup_20261122T250203Z',
    'backup_2026-11-22T01:02:03Z',
    'backup_',
  ])('is not %j', (name) => {
    expect(parseBackupName(name)).toBeUndefined();
  });
});
