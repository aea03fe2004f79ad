import { expect, test } from '@jest/globals';
import { noopMetricMeter } from '@temporalio/common';
import { directoryRecords } from '../../../src/systems/records/index.ts';
import type { Records } from '../../../src/systems/records/index.ts';
import { healthGauges } from '../../../src/worker/metrics/health.ts';
import { scratchDirectory } from '../../support/scratch.ts';

test('what health checks know is read once for each of them, not each time that it is told', async () => {
  const kept = directoryRecords(await scratchDirectory('records'));
  let reads = 0;
  const records: Records = {
    ...kept,
    get: (operation, name) => {
      reads += 1;
      return kept.get(operation, name);
    },
  };
  const publish = healthGauges(noopMetricMeter, records);
  const check = async (number: number): Promise<void> => {
    const counts = { new: 0, stillThere: 0, resolved: 0 };
    const run = { operation: 'op-1', at: number, verdict: 'ok', scope: 'all', checks: ['hosts'], counts };
    const memory = {
      operation: 'op-1',
      at: number,
      hosts: {},
      services: {},
      telling: [],
      findings: [],
      history: [run],
    };
    await kept.put('health', `memory-0000000${String(number)}`, memory);
  };
  await publish();
  expect(reads).toBe(0);
  await check(1);
  await publish();
  const once = reads;
  expect(once).toBeGreaterThan(0);
  await publish();
  expect(reads).toBe(once);
  await check(2);
  await publish();
  expect(reads).toBe(2 * once);
});
