import { beforeEach, describe, expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { reportActivities } from '../../src/activities/reports.ts';
import type { Deps } from '../../src/activities/shared/deps.ts';
import type { Report } from '../../src/contracts/operation.ts';
import { directoryRecords } from '../../src/systems/records/directory.ts';
import type { Records } from '../../src/systems/records/records.ts';
import { scratchDirectory } from '../support/scratch.ts';

const report: Report = {
  ...{ operation: 'op-1', title: 'Back up web01', outcome: 'done', summary: 'it is done', items: [] },
  ...{ startedAt: 1, endedAt: 2 },
};

describe('keeping a report', () => {
  let records: Records;
  const told: [string, string][] = [];
  const keep = (kept: Report, on: Records = records): Promise<void> => {
    const deps = { records: on, reported: (kind: string, { operation }: Report) => told.push([kind, operation]) };
    const { keepReport } = reportActivities(deps as unknown as Deps);
    return new MockActivityEnvironment({ workflowType: 'vmBackup' }, { logger: new DefaultLogger('ERROR') }).run(() =>
      keepReport(kept),
    );
  };
  beforeEach(async () => {
    records = directoryRecords(await scratchDirectory('records'));
    told.length = 0;
  });

  test('tells of each operation once, however often it is kept', async () => {
    await keep(report);
    await keep(report);
    await keep({ ...report, operation: 'op-2' });
    expect(told).toEqual([
      ['vmBackup', 'op-1'],
      ['vmBackup', 'op-2'],
    ]);
  });

  test('the last one kept is what stays', async () => {
    await keep(report);
    await keep({ ...report, summary: 'it is done, and said better' });
    expect(await records.get('op-1', 'report')).toMatchObject({ summary: 'it is done, and said better' });
  });

  test('that could not be kept is told of when it is', async () => {
    const full: Records = { ...records, create: () => Promise.reject(new Error('no space')) };
    await expect(keep(report, full)).rejects.toThrow('no space');
    expect(told).toEqual([]);
    await keep(report);
    expect(told).toEqual([['vmBackup', 'op-1']]);
  });
});
