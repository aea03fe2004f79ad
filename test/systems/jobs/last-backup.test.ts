import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { forgetLastBackup, noteLastBackup, readLastBackups } from '../../../src/systems/jobs/last-backup.ts';
import { localHost, scratch } from './support/local.ts';

const host = localHost();
const { paths, remove } = scratch();
afterAll(remove);

test('the newest good backup of each VM is known without its share', async () => {
  expect(await readLastBackups(host, paths)).toEqual({});
  const [web, db] = ['4dea22b3-1d52-d8f3-2516-782e98ab3fa0', '8c1f1f0e-0000-4000-8000-000000000001'];
  const last = (day: string) => ({ at: `2026-11-${day}T01:02:03.000Z`, repository: 'nas', path: `web01/${day}` });
  await noteLastBackup(host, paths, web, last('20'));
  await noteLastBackup(host, paths, web, last('22'));
  await noteLastBackup(host, paths, db, last('21'));
  expect(await readLastBackups(host, paths)).toEqual({ [web]: last('22'), [db]: last('21') });
  expect(readdirSync(join(paths.state, 'backups')).sort()).toEqual([`${web}.json`, `${db}.json`]);
  await forgetLastBackup(host, paths, web);
  await forgetLastBackup(host, paths, web);
  expect(await readLastBackups(host, paths)).toEqual({ [db]: last('21') });

  writeFileSync(join(paths.state, 'backups', `${db}.json`), '{"uuid":');
  await expect(readLastBackups(host, paths)).rejects.toMatchObject({ type: 'Leftover' });
});
