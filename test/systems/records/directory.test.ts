import { mkdir, readdir, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { directoryRecords, recordsDirectory } from '../../../src/systems/records/directory.ts';
import { builtProgram } from '../../support/built.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import { describeRecords } from './conformance.ts';

let dist: string;
beforeAll(async () => {
  dist = await builtProgram();
}, 120_000);

describeRecords('a directory', async () => {
  const root = join(await scratchDirectory('records'), 'below', 'records');
  return {
    open: () => directoryRecords(root),
    elsewhere: [join(dist, 'systems/records/index.js'), 'directoryRecords', root],
  };
});

describe('the files', () => {
  test('lie below ~/.local/share, which XDG_DATA_HOME moves', () => {
    expect(recordsDirectory({}, '/home/ops')).toBe('/home/ops/.local/share/stackhand/records');
    expect(recordsDirectory({ XDG_DATA_HOME: '/data' }, '/home/ops')).toBe('/data/stackhand/records');
    expect(recordsDirectory({ XDG_DATA_HOME: 'data' }, '/home/ops')).toBe('/home/ops/.local/share/stackhand/records');
  });

  test('are for their owner only: one directory for an operation, one JSON file for a document', async () => {
    const root = join(await scratchDirectory('records'), 'records');
    await directoryRecords(root).put('op-1', 'plan', { a: 1 });
    const mode = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);
    expect([await mode(root), await mode(join(root, 'op-1')), await mode(join(root, 'op-1/plan.json'))]).toEqual([
      '700',
      '700',
      '600',
    ]);
    expect(await readdir(join(root, 'op-1'))).toEqual(['plan.json']);
  });

  test('that killed processes left unfinished are never listed, and go when they are old', async () => {
    const root = await scratchDirectory('records');
    const records = directoryRecords(root);
    await records.put('op-1', 'plan', 1);
    for (const name of ['old', 'new']) await writeFile(join(root, '.writing', name), '{"half":');
    await utimes(join(root, '.writing/old'), 0, 0);
    await mkdir(join(root, '.removing-half/removed'), { recursive: true });
    await mkdir(join(root, 'op-empty'));
    expect(await records.names('op-1')).toEqual(['plan']);
    expect(await records.list()).toEqual(['op-1']);
    await records.put('op-1', 'plan', 2);
    expect(await readdir(join(root, '.writing'))).toEqual(['new']);
    await records.remove('op-2');
    expect((await readdir(root)).sort()).toEqual(['.writing', 'op-1', 'op-empty']);
  });

  test('in a place that can not be used: named, with what to do', async () => {
    const root = await scratchDirectory('records');
    await writeFile(join(root, 'file'), '');
    await expect(directoryRecords(join(root, 'file')).put('op-1', 'plan', 1)).rejects.toThrow(
      expect.objectContaining({ type: 'RecordsUnusable', permanent: false, message: expect.stringContaining(root) }),
    );
    await directoryRecords(root).put('op-1', 'plan', 1);
    await writeFile(join(root, 'op-1/plan.json'), '{"half":');
    await expect(directoryRecords(root).get('op-1', 'plan')).rejects.toThrow(
      expect.objectContaining({
        type: 'RecordDamaged',
        permanent: true,
        message: expect.stringContaining('plan.json'),
      }),
    );
  });
});
