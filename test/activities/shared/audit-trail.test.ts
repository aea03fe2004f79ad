import { readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { AuditTrail } from '../../../src/activities/shared/audit-trail.ts';
import type { AuditEntry, AuditLine } from '../../../src/contracts/audit.ts';
import { directoryRecords } from '../../../src/systems/records/index.ts';
import type { Records } from '../../../src/systems/records/records.ts';
import { scratchDirectory } from '../../support/scratch.ts';

const operation = '0b0e6a3c-0000-4000-8000-000000000001';
const asked: AuditEntry = { at: 1, event: 'asked', by: 'ann@desk', action: 'Stop 2 servers', reason: 'new kernel' };
const stopped = (object: string): AuditEntry => ({ at: 2, event: 'done', action: 'stop', object, before: 'ACTIVE' });
const ended: AuditEntry = { at: 3, event: 'ended', action: 'done' };

describe('an audit trail', () => {
  let directory: string;
  let records: Records;
  let trail: AuditTrail;
  beforeEach(async () => {
    directory = await scratchDirectory('audit');
    records = directoryRecords(directory);
    trail = new AuditTrail(records);
  });

  const whole = async (): Promise<void> => {
    await trail.append(operation, '1', [asked]);
    await trail.append(operation, 'page 0 from 0', [stopped('web01'), stopped('web02')]);
    await trail.append(operation, '2', [ended]);
    await records.put(operation, 'report', { operation, audit: await trail.head(operation) });
  };
  const problems = async (): Promise<readonly string[]> => (await new AuditTrail(records).verify(operation)).problems;

  test('has its lines in their order, each with the digest of the one before it', async () => {
    await whole();
    const lines = await trail.lines(operation);
    expect(lines.map(({ number, event }) => [number, event])).toEqual([
      [1, 'asked'],
      [2, 'done'],
      [3, 'done'],
      [4, 'ended'],
    ]);
    expect(lines.map(({ previous }) => previous)).toEqual(['', ...lines.slice(0, -1).map(({ sha256 }) => sha256)]);
    expect(await trail.verify(operation)).toMatchObject({ lines: 4, ended: true, problems: [] });
  });

  test('takes what is said again once', async () => {
    await whole();
    for (const again of [trail, new AuditTrail(records)]) await again.append(operation, '1', [asked]);
    expect(await trail.lines(operation)).toHaveLength(4);
  });

  test('of many who write at once each has its lines in it, and it is whole', async () => {
    const writers = Array.from({ length: 5 }, () => new AuditTrail(records));
    await Promise.all(
      writers.flatMap((writer, one) =>
        Array.from({ length: 8 }, (_, at) =>
          writer.append(operation, `${String(one)}-${String(at)}`, [stopped(`web${String(at)}`)]),
        ),
      ),
    );
    expect(await trail.verify(operation)).toMatchObject({ lines: 40, problems: [] });
  });

  const change = async (name: string, how: (lines: AuditLine[]) => AuditLine[]): Promise<void> => {
    const file = join(directory, operation, `${name}.json`);
    const chunk = JSON.parse(await readFile(file, 'utf8')) as { key: string; lines: AuditLine[] };
    await writeFile(file, JSON.stringify({ ...chunk, lines: how(chunk.lines) }));
  };

  test.each<[string, () => Promise<void>, RegExp]>([
    [
      'a line that was changed',
      () => change('audit-000002', ([first, second]) => [{ ...first!, object: 'db01' }, second!]),
      /^line 2 was changed$/,
    ],
    ['a line that is missing', () => change('audit-000002', ([, second]) => [second!]), /^line 2 is missing/],
    ['a file that is missing', () => rm(join(directory, operation, 'audit-000002.json')), /^line 2 is missing/],
    ['an end that was cut off', () => rm(join(directory, operation, 'audit-000003.json')), /^its end is missing/],
    [
      'a first line that is another',
      () => change('audit-000001', ([first]) => [{ ...first!, by: 'bob@desk' }]),
      /^line 1 was changed$/,
    ],
    [
      'lines in another order',
      () => change('audit-000002', (lines) => [...lines].reverse()),
      /^line 2 is missing: 3 stands in its place$/,
    ],
    [
      'a file that is damaged',
      () => writeFile(join(directory, operation, 'audit-000002.json'), '{"key"'),
      /audit-000002.json is damaged/,
    ],
    [
      'a file that is something else',
      () => writeFile(join(directory, operation, 'audit-000002.json'), '{"lines": 7}'),
      /audit-000002 is damaged: it is no part of an audit trail/,
    ],
  ])('is broken by %s', async (_, damage, words) => {
    await whole();
    await damage();
    expect(await problems()).toContainEqual(expect.stringMatching(words));
  });

  test('that was made anew as a whole no longer fits what its report says', async () => {
    await whole();
    const report = await records.get(operation, 'report');
    await records.remove(operation);
    const other = new AuditTrail(records);
    await other.append(operation, '1', [{ ...asked, by: 'bob@desk' }]);
    await other.append(operation, '2', [ended]);
    await records.put(operation, 'report', report);
    expect(await problems()).toContainEqual(expect.stringMatching(/^it ends otherwise than its report says: 4 lines/));
  });

  test.each<[string, () => Promise<void>]>([
    ['whose first file is missing', () => rm(join(directory, operation, 'audit-000001.json'))],
    [
      'of which nothing but its report is left',
      async () => {
        for (const file of await readdir(join(directory, operation)))
          if (file.startsWith('audit-')) await rm(join(directory, operation, file));
      },
    ],
    [
      'of which nothing is left but a report that is damaged',
      async () => {
        await rm(join(directory, operation, 'audit-000001.json'));
        await rm(join(directory, operation, 'audit-000002.json'));
        await rm(join(directory, operation, 'audit-000003.json'));
        await writeFile(join(directory, operation, 'report.json'), '{"audit"');
      },
    ],
  ])('%s is among those to verify, and broken', async (_, damage) => {
    await whole();
    await damage();
    expect(await trail.hadOne(operation)).toBe(true);
    expect(await problems()).not.toEqual([]);
  });

  test('is none of an operation that never had one', async () => {
    await records.put(operation, 'report', { operation });
    await records.put('0b0e6a3c-0000-4000-8000-000000000002', 'plan', {});
    expect(await trail.hadOne(operation)).toBe(false);
    expect(await trail.hadOne('0b0e6a3c-0000-4000-8000-000000000002')).toBe(false);
  });

  test('says when it began and of which workflow, for one without an end to be looked up', async () => {
    await trail.append(operation, '1', [{ ...asked, workflowId: 'server-stop/compute1/1f3c9a2e' }]);
    expect(await trail.verify(operation)).toMatchObject({
      ...{ since: 1, workflowId: 'server-stop/compute1/1f3c9a2e', ended: false, problems: [] },
    });
  });

  test('of another operation is told in a few words, however long it is', async () => {
    const other = '0b0e6a3c-0000-4000-8000-000000000002';
    await trail.append(
      other,
      '1',
      Array.from({ length: 500 }, (_, at) => stopped(`web${String(at)}`)),
    );
    await records.put(operation, 'audit-000001', await records.get(other, 'audit-000001'));
    const found = await problems();
    expect(found).toHaveLength(11);
    expect(found[0]).toBe(`line 1 is of operation ${other}`);
    expect(found.at(-1)).toBe('and 490 more');
  });
});
