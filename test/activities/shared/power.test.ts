import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { domainActivities } from '../../../src/activities/domains.ts';
import type { Deps } from '../../../src/activities/shared/deps.ts';
import { hostClock } from '../../../src/activities/shared/host-clock.ts';
import { powerDown } from '../../../src/activities/shared/power.ts';
import type { HostTarget } from '../../../src/contracts/targets.ts';
import type { Host } from '../../../src/systems/host/host.ts';
import { checkStep, startCheck } from '../../../src/systems/jobs/check.ts';
import { armGuard, disarmGuard, readGuard } from '../../../src/systems/jobs/guard.ts';
import {
  hostRecordPath,
  readHostRecord,
  removeHostRecord,
  writeHostRecord,
} from '../../../src/systems/jobs/host-record.ts';
import { followJob } from '../../../src/systems/jobs/job.ts';
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

const inActivity = (run: () => Promise<unknown>): Promise<unknown> =>
  new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') }).run(run);

const down = (on: Host, settings: { shutdownTimeout: number; forceOff: boolean }): Promise<unknown> =>
  inActivity(() => powerDown(on, paths, domain, operation, settings));

const target: HostTarget = {
  ...{ name: 'here', transport: 'local', address: 'localhost', port: 22, user: 'root', sudo: false },
  runDirectory: paths.run,
  stateDirectory: paths.state,
};
const deps: Deps = {
  host: () => host,
  config: { hosts: {}, repositories: {} } as never,
  records: undefined as never,
  clouds: {} as never,
  env: {},
  temporalAddress: undefined,
  homeDirectory: directory,
  reported: () => undefined,
};
const activities = domainActivities(deps);

const requested = async (): Promise<unknown> => (await readHostRecord(host, paths, operation))?.shutdown;

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
  expect(await requested()).toBeUndefined();
});

test('one that ignores every request has its power cut, if that was said', async () => {
  virsh.deaf(true);
  await expect(down(host, { shutdownTimeout: 1, forceOff: false })).rejects.toMatchObject({ type: 'ShutdownTimedOut' });
  expect(await down(host, { shutdownTimeout: 1, forceOff: true })).toBe(true);
  expect(virsh.stops()).toEqual(['shutdown', 'shutdown', 'destroy']);
  expect(await requested()).toBeUndefined();
});

test('one that the guard has started is not shut down again by a worker that comes back', async () => {
  virsh.set('shut off');
  await guardActs();
  await expect(down(host, { shutdownTimeout: 60, forceOff: true })).rejects.toMatchObject({ type: 'GuardActed' });
  expect(virsh.stops()).toEqual([]);
  // Nor does its undo wait for a shutdown that nobody asked for.
  expect(await requested()).toBeUndefined();
});

test('one that the guard has seen running keeps its power', async () => {
  virsh.deaf(true);
  await expect(down(after('shutdown', guardActs), { shutdownTimeout: 2, forceOff: true })).rejects.toMatchObject({
    type: 'GuardActed',
  });
  expect(virsh.stops()).toEqual(['shutdown']);
});

describe('an attempt of a worker that was stopped for a while', () => {
  test('cuts no power once the undo has brought the VM back', async () => {
    virsh.deaf(true);
    const brought = after('shutdown', async () => {
      virsh.set('shut off');
      await inActivity(() => activities.bringBack(target, domain, operation));
    });
    await expect(down(brought, { shutdownTimeout: 2, forceOff: true })).rejects.toMatchObject({ type: 'VmRefused' });
    expect(virsh.stops()).toEqual(['shutdown']);
    expect([virsh.state(), virsh.starts(), await requested()]).toEqual(['running', 1, undefined]);
  });

  test('does nothing once another round has asked anew, and leaves that request', async () => {
    virsh.deaf(true);
    const other = { bootId: randomUUID(), until: 5 };
    const later = after('shutdown', async () => {
      const record = await readHostRecord(host, paths, operation);
      await writeHostRecord(host, paths, { ...record!, shutdown: other });
    });
    await expect(down(later, { shutdownTimeout: 2, forceOff: true })).rejects.toMatchObject({ type: 'VmRefused' });
    expect(virsh.stops()).toEqual(['shutdown']);
    expect(await requested()).toEqual(other);
  });

  test('asks nothing once the operation has let go', async () => {
    await removeHostRecord(host, paths, operation);
    await expect(down(host, { shutdownTimeout: 2, forceOff: true })).rejects.toMatchObject({ type: 'VmRefused' });
    expect(virsh.stops()).toEqual([]);
  });
});

test('an undo ends a check of the VM’s images, which keeps it from starting, and then starts it', async () => {
  virsh.set('shut off');
  virsh.check('sleep 300');
  const { bootId } = await hostClock(host);
  const check = { operation, step: checkStep('1-1-vda') };
  await startCheck(host, paths, check, { image: '/vm/a', format: 'qcow2', domain: { uuid: domain.uuid, bootId } });
  await eventually('it runs', () => existsSync(join(directory, operation, 'checks')));
  await inActivity(() => activities.bringBack(target, domain, operation));
  expect(virsh.state()).toBe('running');
  await expect(followJob(host, paths, check)).rejects.toMatchObject({ type: 'JobLost' });
});

test('a record that can not be written does not keep the VM off', async () => {
  await expect(down(host, { shutdownTimeout: 60, forceOff: false })).resolves.toBe(false);
  const record = (await readHostRecord(host, paths, operation))!;
  const { bootId, uptime } = await hostClock(host);
  await writeHostRecord(host, paths, { ...record, shutdown: { bootId, until: uptime + 60 } });
  const full: Host = {
    ...host,
    run: (argv, options) =>
      argv.includes(hostRecordPath(paths, operation)) && argv[0] === 'sh'
        ? host.run(['sh', '-c', 'echo "No space left on device" >&2; exit 1'], options)
        : host.run(argv, options),
  };
  await inActivity(() => domainActivities({ ...deps, host: () => full }).bringBack(target, domain, operation));
  expect(virsh.state()).toBe('running');
});
