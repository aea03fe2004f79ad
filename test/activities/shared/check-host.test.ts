import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { asyncLocalStorage } from '@temporalio/activity';
import type { Context } from '@temporalio/activity';
import { mountActivities } from '../../../src/activities/mounts.ts';
import { checkHost } from '../../../src/activities/shared/check-host.ts';
import type { Deps } from '../../../src/activities/shared/deps.ts';
import { releaseChecked } from '../../../src/activities/shared/release-checked.ts';
import type { Check } from '../../../src/contracts/inspect.ts';
import type { HostTarget } from '../../../src/contracts/targets.ts';
import type { Host } from '../../../src/systems/host/host.ts';
import { listHostRecords, writeHostRecord } from '../../../src/systems/jobs/host-record.ts';
import { acquireMount, listMountLeases } from '../../../src/systems/jobs/mounts.ts';
import { localHost, scratch } from '../../systems/jobs/support/local.ts';

const { directory, paths, remove } = scratch();
const host = localHost();
const mountPoint = join(directory, 'mnt');

const mounted = (): boolean => execFileSync('findmnt', ['-l', '-n', '-o', 'TARGET']).toString().includes(mountPoint);
beforeAll(() => {
  if (process.getuid?.() !== 0) throw new Error('mounting needs root: run this test as root (sudo npm test)');
});
afterEach(() => {
  if (mounted()) execFileSync('umount', [mountPoint]);
  execFileSync('rm', ['-rf', paths.run, paths.state]);
});
afterAll(remove);

const target: HostTarget = {
  ...{ name: 'here', transport: 'local', address: 'localhost', port: 22, user: 'root', sudo: false },
  runDirectory: paths.run,
  stateDirectory: paths.state,
};
const nas = { name: 'nas', type: 'tmpfs', source: 'export', options: 'size=2m', mountPoint };
const repositories = { nas: { type: 'tmpfs', source: 'export', options: 'size=2m', mountPoint } };

const holder = () => {
  const operation = randomUUID();
  return { operation, workflowId: `inspect/checks/${operation.slice(0, 8)}`, type: 'inspect' };
};

/** As an activity, with a Temporal in which these operations run, and all others have been terminated. */
async function check(
  by: ReturnType<typeof holder>,
  { on = host, open = [] }: { on?: Host; open?: readonly string[] } = {},
): Promise<Record<string, Check>> {
  const getHandle = (workflowId: string) => ({
    describe: async () => {
      const record = (await listHostRecords(host, paths)).find((each) => each.workflowId === workflowId);
      const name = open.includes(workflowId) ? 'RUNNING' : 'TERMINATED';
      return { status: { name }, memo: { operation: record?.operation } };
    },
  });
  const config = { hosts: {}, repositories, defaults: {} };
  const deps = { host: () => on, config } as unknown as Deps;
  const context = { client: { workflow: { getHandle } } } as unknown as Context;
  const checks = await asyncLocalStorage.run(context, () => checkHost(target, 'nas', by, deps));
  return Object.fromEntries(checks.map((each) => [each.name.replace('here: ', ''), each]));
}

/** Its worker is gone once the share is mounted. */
const dying = (): Host => {
  let dead = false;
  return {
    ...host,
    run: async (argv, options) => {
      if (dead) throw new Error('the worker is dead');
      const result = await host.run(argv, options);
      dead = mounted();
      return result;
    },
  };
};

test('a retry of checks gives back the mount that the dead worker had leased', async () => {
  const one = holder();
  await check(one, { on: dying() });
  expect(await listMountLeases(host, paths)).toMatchObject([{ operation: one.operation }]);
  expect(await check(one)).toMatchObject({ leftovers: { status: 'ok' }, repository: { status: 'ok' } });
  expect(await listMountLeases(host, paths)).toEqual([]);
  expect(await listHostRecords(host, paths)).toEqual([]);
  expect(mounted()).toBe(false);
});

test('checks at once do not unmount what the others look at', async () => {
  const one = holder();
  await check(one, { on: dying() });
  await check(holder(), { open: [one.workflowId] });
  expect(mounted()).toBe(true);
  await releaseChecked(host, paths, one.operation);
  await releaseChecked(host, paths, one.operation);
  expect(mounted()).toBe(false);
});

test('what ended operations left is told, with the remedy; what still runs has left nothing', async () => {
  const [ended, running] = [holder(), holder()];
  for (const each of [ended, running]) await writeHostRecord(host, paths, { ...each, startedAt: 'now' });
  expect((await check(holder(), { open: [ended.workflowId, running.workflowId] }))['leftovers']).toMatchObject({
    status: 'ok',
  });
  await acquireMount(host, paths, nas, 'doctor-4711');
  const { leftovers } = await check(holder(), { open: [running.workflowId] });
  expect(leftovers).toMatchObject({ status: 'warning', remedy: 'stackhand operation repair --host here' });
  expect(leftovers?.detail).toContain(ended.workflowId);
  expect(leftovers?.detail).not.toContain(running.workflowId);
  expect(leftovers?.detail).toContain(`the mount of export on ${mountPoint}, leased by doctor-4711`);

  const { strayMounts, releaseStray } = mountActivities({ host: () => host } as unknown as Deps);
  const [stray, ...others] = await strayMounts(target);
  expect([stray?.operation, others]).toEqual(['doctor-4711', []]);
  for (let tries = 0; stray !== undefined && tries < 2; tries += 1) await releaseStray(target, stray);
  expect(mounted()).toBe(false);
});
