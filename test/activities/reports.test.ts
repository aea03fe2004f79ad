import { beforeEach, describe, expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { reportActivities } from '../../src/activities/reports.ts';
import { AuditTrail } from '../../src/activities/shared/audit-trail.ts';
import type { Deps } from '../../src/activities/shared/deps.ts';
import { pages } from '../../src/client/pages.ts';
import type { Report } from '../../src/contracts/operation.ts';
import { directoryRecords } from '../../src/systems/records/directory.ts';
import type { Records } from '../../src/systems/records/records.ts';
import { scratchDirectory } from '../support/scratch.ts';

const report: Report = {
  ...{ operation: 'op-1', title: 'Back up web01', outcome: 'done', summary: 'it is done', items: [] },
  ...{ startedAt: 1, endedAt: 2 },
};

describe('verifying all trails', () => {
  test('looks at a part of all operations at a time, however many have one', async () => {
    const kept = directoryRecords(await scratchDirectory('records'));
    const operations = Array.from({ length: 450 }, (_, at) => `op-${String(at).padStart(3, '0')}`);
    await Promise.all(operations.map((operation) => kept.put(operation, 'plan', {})));
    const trail = new AuditTrail(kept);
    const asked = { at: 1, event: 'asked', by: 'kim', action: 'Back up web01' } as const;
    for (const operation of ['op-001', 'op-449']) await trail.append(operation, '1', [asked]);
    let looks = 0;
    const records: Records = {
      ...kept,
      names: (operation) => {
        looks += 1;
        return kept.names(operation);
      },
    };
    const { verifyAudit } = reportActivities({ records } as unknown as Deps);
    const found: string[] = [];
    const ask = (from: number) =>
      new MockActivityEnvironment().run<
        [undefined, number],
        Awaited<ReturnType<typeof verifyAudit>>,
        typeof verifyAudit
      >(verifyAudit, undefined, from);
    for await (const { verdicts } of pages(ask)) {
      found.push(...verdicts.map(({ operation }) => operation));
      expect(looks).toBeLessThan(210);
      looks = 0;
    }
    expect(found).toEqual(['op-001', 'op-449']);
  });
});

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
