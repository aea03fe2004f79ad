import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { checkRecords } from '../../../src/activities/shared/check-records.ts';
import { directoryRecords } from '../../../src/systems/records/index.ts';
import { scratchDirectory } from '../../support/scratch.ts';

test('records that can be used are named, and nothing of the check stays', async () => {
  const records = directoryRecords(await scratchDirectory('records'));
  expect(await checkRecords(records, 'op-1')).toEqual({
    name: 'records',
    status: 'ok',
    detail: `${records.place} keeps plans and reports`,
  });
  expect(await records.list()).toEqual([]);
  expect((await readdir(records.place)).filter((entry) => !entry.startsWith('.'))).toEqual([]);
});

test('records that can not be used are a finding with its remedy', async () => {
  const file = join(await scratchDirectory('records'), 'file');
  await writeFile(file, '');
  expect(await checkRecords(directoryRecords(file), 'op-1')).toMatchObject({
    status: 'failed',
    detail: expect.stringContaining(`the records in ${file} can't be used`),
    remedy: expect.stringContaining('free space'),
  });
});

test('records that give back something else are no good ones', async () => {
  const records = { ...directoryRecords(await scratchDirectory('records')), get: () => Promise.resolve(undefined) };
  expect(await checkRecords(records, 'op-1')).toMatchObject({ status: 'failed' });
});
