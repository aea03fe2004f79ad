import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { powerDown } from '../../../src/activities/shared/power.ts';
import type { Host } from '../../../src/systems/host/host.ts';
import { armGuard, disarmGuard, readGuard } from '../../../src/systems/jobs/guard.ts';
import { readHostRecord, writeHostRecord } from '../../../src/systems/jobs/host-record.ts';
import { eventually, localHost, scratch } from '../../systems/jobs/support/local.ts';
import { standInVirsh, type StandInVirsh } from '../../systems/jobs/support/stand-in-virsh.ts';

const { directory, paths, remove } = scratch();
afterAll(remove);

const domain = { name: 'web01', uuid: randomUUID() };
let operation: string;
let virsh: StandInVirsh;
let host: Host;

beforeEach(async () => {
  operation = randomUUID();
  virsh = standInVirsh(join(directory, operation));
  host = localHost(virsh.env);
  await writeHostRecord(host, paths, {
    operation,
    workflowId: 'vm-backup/kvm1/web01/1',
    type: 'vmBackup',
    startedAt: 'now',
    domain,
    wasRunning: true,
  });
});

afterEach(() => disarmGuard(host, paths, operation));

const down = (on: Host, settings: { shutdownTimeout: number; forceOff: boolean }): Promise<unknown> =>
  new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') }).run(() =>
    powerDown(on, paths, domain, operation, settings),
  );

/** Nobody renewed the guard, so it saw to it that the VM runs. */
async function guardActs(): Promise<void> {
  await armGuard(host, paths, { operation, domain, after: 0, settle: 0 });
  await eventually('the guard has acted', async () => (await readGuard(host, paths, operation)) === 'acted');
  await eventually('the VM runs', () => virsh.state() === 'running');
}

/** Something happens on the host right after it was asked for this. */
function after(command: string, effect: () => Promise<void>): Host {
  return {
    ...host,
    run: async (argv, options) => {
      const result = await host.run(argv, options);
      if (argv.includes(command)) await effect();
      return result;
    },
  };
}

test('a VM is asked to power off, and the request is forgotten when it is off', async () => {
  expect(await down(host, { shutdownTimeout: 60, forceOff: true })).toBe(false);
  expect(virsh.stops()).toEqual(['shutdown']);
  expect((await readHostRecord(host, paths, operation))?.shutdown).toBeUndefined();
});

test('one that ignores every request has its power cut, if that was said', async () => {
  virsh.deaf(true);
  await expect(down(host, { shutdownTimeout: 1, forceOff: false })).rejects.toMatchObject({ type: 'ShutdownTimedOut' });
  expect(await down(host, { shutdownTimeout: 1, forceOff: true })).toBe(true);
  expect(virsh.stops()).toEqual(['shutdown', 'shutdown', 'destroy']);
});

test('one that the guard has started is not shut down again by a worker that comes back', async () => {
  virsh.set('shut off');
  await guardActs();
  await expect(down(host, { shutdownTimeout: 60, forceOff: true })).rejects.toMatchObject({ type: 'GuardActed' });
  expect(virsh.stops()).toEqual([]);
  // Nor does its undo wait for a shutdown that nobody asked for.
  expect((await readHostRecord(host, paths, operation))?.shutdown).toBeUndefined();
});

test('one that the guard has seen running keeps its power', async () => {
  virsh.deaf(true);
  await expect(down(after('shutdown', guardActs), { shutdownTimeout: 2, forceOff: true })).rejects.toMatchObject({
    type: 'GuardActed',
  });
  expect(virsh.stops()).toEqual(['shutdown']);
});
