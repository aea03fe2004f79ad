import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { NewestBackups } from '../../../src/activities/shared/newest-backups.ts';
import { emptyConfig } from '../../../src/config/schema.ts';
import { directoryRecords } from '../../../src/systems/records/index.ts';
import type { Records } from '../../../src/systems/records/index.ts';
import { scratchDirectory } from '../../support/scratch.ts';

describe('what is kept of the newest backups', () => {
  let directory: string;
  let records: Records;
  const seen = { at: 1, vms: [{ name: 'web01' }] };
  const of = async (...hosts: string[]): Promise<string[]> => [
    ...(await new NewestBackups({ records, config: emptyConfig() }).of(hosts)).keys(),
  ];
  beforeEach(async () => {
    directory = await scratchDirectory('records');
    records = directoryRecords(directory);
    await records.put('newest-backups', 'host-kvm1', seen);
    await records.put('newest-backups', 'host-kvm2', seen);
  });
  const damage = (text: string): Promise<void> => writeFile(join(directory, 'newest-backups', 'host-kvm1.json'), text);

  test('is of the hosts that are asked for and that somebody has looked at', async () => {
    expect(await of('kvm2', 'kvm3')).toEqual(['kvm2']);
  });

  test.each([
    ['is damaged', '{"at":'],
    ['a newer release wrote', '{"format":999,"at":1,"vms":[]}'],
    ['is something else', '{"vms":"none"}'],
  ])('of one whose document %s nothing is known, and of the others all the same', async (_, text) => {
    await damage(text);
    expect(await of('kvm1', 'kvm2')).toEqual(['kvm2']);
  });

  test('can’t be told while the records can’t be read', async () => {
    records = { ...records, get: () => Promise.reject(new Error('no database')) };
    await expect(of('kvm1')).rejects.toThrow('no database');
  });
});
