import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { domainActivities } from '../../../src/activities/domains.ts';
import { holdDomain } from '../../../src/activities/shared/hold-domain.ts';
import type { HostTarget } from '../../../src/contracts/targets.ts';
import type { Host } from '../../../src/systems/host/host.ts';
import { readDomainLease } from '../../../src/systems/jobs/domain-lease.ts';
import { listHostRecords, readHostRecord } from '../../../src/systems/jobs/host-record.ts';
import { localHost, scratch } from '../../systems/jobs/support/local.ts';
import { standInVirsh } from '../../systems/jobs/support/stand-in-virsh.ts';

const { directory, paths, remove } = scratch();
afterAll(remove);

const virsh = standInVirsh(join(directory, 'bin'));
const host = localHost(virsh.env);

const target: HostTarget = {
  ...{ name: 'here', transport: 'local', address: 'localhost', port: 22, user: 'root', sudo: false },
  runDirectory: paths.run,
  stateDirectory: paths.state,
};

const letGo = (operation: string): Promise<void> =>
  domainActivities({
    host: () => host,
    config: { hosts: {}, repositories: {} } as never,
    records: undefined as never,
    clouds: {} as never,
    env: {},
    temporalAddress: undefined,
    homeDirectory: directory,
    reported: () => undefined,
  }).letGo(target, operation);

/** What a restore of that VM writes down. */
const holding = (uuid: string) => ({
  operation: randomUUID(),
  workflowId: `vm-restore/kvm1/web 01/${randomUUID().slice(0, 8)}`,
  type: 'vmRestore',
  startedAt: new Date().toISOString(),
  domain: { name: 'web 01', uuid },
  wasRunning: true,
  restore: {},
});

/** The worker is gone as soon as it has sent a command that `isLast` says is its last. */
function dying(isLast: (argv: readonly string[]) => boolean): Host {
  let dead = false;
  return {
    ...host,
    run: async (argv, options) => {
      if (dead) throw new Error('the worker is dead');
      dead = isLast(argv);
      return host.run(argv, options);
    },
  };
}

const writes = (operation: string) => (argv: readonly string[]) =>
  argv[0] === 'sh' && argv.includes(join(paths.state, 'operations', `${operation}.json`));
const leases = (argv: readonly string[]): boolean => argv.includes(join(paths.state, 'domains'));

test('a worker that dies before the lease leaves word of the VM, and nothing to put back', async () => {
  const uuid = randomUUID();
  const record = holding(uuid);
  await expect(holdDomain(dying(writes(record.operation)), paths, record)).rejects.toThrow('dead');
  const { wasRunning: _, restore: __, ...known } = record;
  expect(await readHostRecord(host, paths, record.operation)).toEqual(known);
  expect(await readDomainLease(host, paths, uuid)).toBeUndefined();

  await holdDomain(host, paths, { ...record, startedAt: 'later' });
  expect(await readHostRecord(host, paths, record.operation)).toEqual(record);
  await letGo(record.operation);
  expect(await readDomainLease(host, paths, uuid)).toBeUndefined();
});

test('a worker that dies right after the lease leaves word of it, so letting go drops it', async () => {
  const uuid = randomUUID();
  const record = holding(uuid);
  await expect(holdDomain(dying(leases), paths, record)).rejects.toThrow('dead');
  expect(await readDomainLease(host, paths, uuid)).toMatchObject({ operation: record.operation });
  const left = await readHostRecord(host, paths, record.operation);
  expect(left?.domain).toEqual(record.domain);
  expect([left?.wasRunning, left?.restore]).toEqual([undefined, undefined]);

  await letGo(record.operation);
  expect(await readDomainLease(host, paths, uuid)).toBeUndefined();
  expect(await listHostRecords(host, paths)).toEqual([]);
});

test('a VM that another operation holds is refused, and stays with it when the refused one lets go', async () => {
  const uuid = randomUUID();
  const [one, other] = [holding(uuid), holding(uuid)];
  await holdDomain(host, paths, one);
  await expect(holdDomain(host, paths, other)).rejects.toMatchObject({
    type: 'VmRefused',
    message: expect.stringContaining(one.workflowId),
  });
  const left = await readHostRecord(host, paths, other.operation);
  expect([left?.domain, left?.wasRunning, left?.restore]).toEqual([other.domain, undefined, undefined]);
  await letGo(other.operation);
  expect(await readDomainLease(host, paths, uuid)).toMatchObject({ operation: one.operation });
  expect(await listHostRecords(host, paths)).toEqual([one]);
  await letGo(one.operation);
});

test('a later try changes nothing: the VM is in the operation’s hands', async () => {
  const record = holding(randomUUID());
  await holdDomain(host, paths, record);
  virsh.set('shut off');
  await holdDomain(host, paths, { ...record, wasRunning: false });
  virsh.set('running');
  expect(await readHostRecord(host, paths, record.operation)).toEqual(record);
  await letGo(record.operation);
});

test.each([
  ['shut off', true],
  ['running', false],
])('a VM that is %s by the time it is held, against what was seen, is refused', async (state, wasRunning) => {
  const record = { ...holding(randomUUID()), wasRunning };
  virsh.set(state);
  await expect(holdDomain(host, paths, record)).rejects.toMatchObject({
    type: 'VmRefused',
    message: expect.stringContaining(`is ${state} now`),
  });
  virsh.set('running');
  expect((await readHostRecord(host, paths, record.operation))?.wasRunning).toBeUndefined();
  await letGo(record.operation);
  expect(await listHostRecords(host, paths)).toEqual([]);
});
