import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import type { HostRecord } from '../../../src/contracts/host-record.ts';
import {
  listHostRecords,
  readHostRecord,
  removeHostRecord,
  writeHostRecord,
} from '../../../src/systems/jobs/host-record.ts';
import { localHost, scratch } from './support/local.ts';

const host = localHost();
const { paths, remove } = scratch();
afterAll(remove);

const record = (): HostRecord => ({
  operation: randomUUID(),
  workflowId: 'vm-backup/kvm1/wéb "01"/x',
  type: 'vmBackup',
  startedAt: '2026-11-22T01:02:03Z',
  domain: { name: '$(touch /tmp/no)\n', uuid: randomUUID() },
  wasRunning: true,
  repository: { name: 'nas', type: 'nfs', source: 's:/x', options: '', mountPoint: '/mnt', keep: { last: 3 } },
  shutdown: { bootId: randomUUID(), until: 12.5 },
  restore: { moved: [{ from: '/a', to: '/b' }] },
});

test('a record reads as it was written, replaces itself, and goes', async () => {
  const one = record();
  expect(await readHostRecord(host, paths, one.operation)).toBeUndefined();
  expect(await listHostRecords(host, paths)).toEqual([]);
  await writeHostRecord(host, paths, { ...one, wasRunning: false });
  await writeHostRecord(host, paths, one);
  const other = record();
  await writeHostRecord(host, paths, other);
  expect(await readHostRecord(host, paths, one.operation)).toEqual(one);
  const listed = await listHostRecords(host, paths);
  expect(listed).toHaveLength(2);
  expect(listed).toEqual(expect.arrayContaining([one, other]));
  await removeHostRecord(host, paths, one.operation);
  await removeHostRecord(host, paths, one.operation);
  expect(await listHostRecords(host, paths)).toEqual([other]);
});

test('only its owner can read it, and a write leaves nothing beside it', async () => {
  const one = record();
  await Promise.all(Array.from({ length: 5 }, () => writeHostRecord(host, paths, one)));
  const directory = join(paths.state, 'operations');
  expect(statSync(join(directory, `${one.operation}.json`)).mode & 0o777).toBe(0o600);
  expect(readdirSync(directory).filter((name) => !name.endsWith('.json'))).toEqual([]);
});

test('a record that can’t be understood is a finding that names the file', async () => {
  const elsewhere = { ...paths, state: join(paths.state, 'broken') };
  mkdirSync(join(elsewhere.state, 'operations'), { recursive: true });
  for (const content of ['', '{"operation":"x"', '{"operation":5}']) {
    writeFileSync(join(elsewhere.state, 'operations', 'x.json'), content);
    await expect(readHostRecord(host, elsewhere, 'x')).rejects.toMatchObject({ type: 'Leftover', message: /x\.json/ });
    await expect(listHostRecords(host, elsewhere)).rejects.toMatchObject({ type: 'Leftover' });
  }
  await expect(readHostRecord(host, paths, '../x')).rejects.toMatchObject({ type: 'InvalidInput' });
});
