import { expect, test } from '@jest/globals';
import type { Backup } from '../../src/contracts/vm.ts';
import { chooseBackups, newest } from '../../src/domain/choose-backups.ts';

const backup = (vm: string, day: number, status: Backup['status'] = 'good'): Backup => ({
  path: `${vm}-11111111/backup_2026110${String(day)}T000000Z`,
  status,
  vm,
  uuid: `uuid-${vm}`,
  takenAt: `2026-11-0${String(day)}T00:00:00.000Z`,
});
const all = [
  backup('web01', 1),
  backup('web01', 2),
  backup('web01', 3, 'damaged'),
  backup('db01', 1),
  backup('db01', 4, 'incomplete'),
];

test('a path means itself; a name or UUID the newest of that VM, a good one before any other', () => {
  const paths = (...wanted: string[]): string[] => chooseBackups(all, wanted).backups.map(({ path }) => path);
  expect(paths('web01')).toEqual(['web01-11111111/backup_20261102T000000Z']);
  expect(paths('uuid-db01')).toEqual(['db01-11111111/backup_20261101T000000Z']);
  expect(paths('web01-11111111/backup_20261103T000000Z', 'web01')).toHaveLength(2);
});

test('all that can be read is meant when nothing was named, and nothing that was never finished', () => {
  expect(chooseBackups(all, undefined).backups).toHaveLength(4);
});

test('what is not there is said, with the nearest names', () => {
  const chosen = chooseBackups(all, ['web02']);
  expect(chosen).toMatchObject({ backups: [], unknown: ['web02'] });
  expect(chosen.nearest).toContain('web01');
});

test('an unfinished backup can not be chosen by its path', () => {
  expect(chooseBackups(all, ['db01-11111111/backup_20261104T000000Z']).unknown).toHaveLength(1);
});

test('without any there is no newest', () => {
  expect(newest([])).toBeUndefined();
});

test('a name that two VMs have means neither, until a UUID or a path says which', () => {
  const other = { ...backup('web01', 5), uuid: 'uuid-other', path: 'web01-22222222/backup_20261105T000000Z' };
  const both = [...all, other];
  expect(chooseBackups(both, ['web01'])).toMatchObject({
    backups: [],
    ambiguous: [{ name: 'web01', uuids: ['uuid-web01', 'uuid-other'] }],
  });
  expect(chooseBackups(both, ['uuid-other']).backups).toEqual([other]);
  expect(chooseBackups(both, [other.path]).backups).toEqual([other]);
});
