import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Report } from '../../src/contracts/operation.ts';
import type { ComputeHostSummary } from '../../src/contracts/inspect.ts';
import { useCloudProgram } from '../support/cloud-program.ts';
import { until } from '../support/poll.ts';
import { PracticeCloud } from '../support/practice-cloud.ts';

type Ended = Report & { workflowId: string; exitCode: number | undefined };

/** Migrations and drains, as operators use them: the CLI and a worker against the practice cloud. */
describe('migrations', () => {
  let cloud: PracticeCloud;
  const program = useCloudProgram(async () => {
    cloud = await PracticeCloud.start({ servers: 0, hosts: 3, transition: 60 });
    return { clouds: cloud.ready.clouds, cloud: 'practice' };
  });
  beforeEach(async () => {
    await cloud.faults();
    // Nothing of the test before.
    for (const { id } of (await program.startWorker(), await servers()))
      await cloud.control('DELETE', `/servers/${id}`);
    for (const host of ['compute1', 'compute2', 'compute3'])
      await cloud.control('PATCH', `/hosts/${host}`, { up: true, enabled: true, crashed: false, ram: 512_000 });
  });
  afterAll(() => cloud.stop());

  interface Seen {
    readonly id: string;
    readonly name: string;
    readonly host: string;
    readonly status: string;
  }
  const servers = async (): Promise<Seen[]> => {
    const answer = await program.json<{ servers?: Seen[] }>('server', 'list');
    return answer.servers ?? [];
  };
  const make = async (...names: string[]): Promise<string[]> =>
    (await Promise.all(names.map((name) => cloud.addServers({ name, host: 'compute1' })))).flat();
  const change = (id: string | undefined, what: object): Promise<unknown> =>
    cloud.control('PATCH', `/servers/${id ?? ''}`, what);
  const behave = (id: string | undefined, behaviour: object): Promise<unknown> => change(id, { behaviour });
  const host = async (name: string): Promise<ComputeHostSummary | undefined> =>
    (await program.json<{ hosts: ComputeHostSummary[] }>('host', 'list')).hosts.find((each) => each.name === name);
  const effects = async (ids: readonly string[], action = 'live-migration'): Promise<number[]> => {
    const all = await cloud.effects();
    return ids.map((id) => all.filter((effect) => effect.server === id && effect.action === action).length);
  };

  test('a drain empties the host, locked and paused ones too, and leaves it out of scheduling with a reason', async () => {
    const ids = await make('a', 'locked', 'paused', 'off');
    await change(ids[1], { locked: true });
    await change(ids[2], { status: 'PAUSED' });
    await change(ids[3], { status: 'SHUTOFF' });
    const drained = await program.json<Ended>('host', 'drain', 'compute1', '--yes', '--include-stopped');
    expect(drained).toMatchObject({ exitCode: 0, outcome: 'done' });
    expect(drained.summary).toContain('compute1 is empty: 4 of 4 servers migrated; its scheduling is disabled');
    const after = await servers();
    expect(after.map(({ name, status }) => [name, status]).sort()).toEqual([
      ['a', 'ACTIVE'],
      ['locked', 'ACTIVE'],
      ['off', 'SHUTOFF'],
      ['paused', 'PAUSED'],
    ]);
    expect(after.every((server) => server.host !== 'compute1')).toBe(true);
    expect(await host('compute1')).toMatchObject({
      enabled: false,
      disabledReason: `stackhand ${drained.operation}: host drain`,
    });
    const restored = await program.json<Ended>('host', 'restore', 'compute1', '--yes');
    expect(restored.summary).toContain('compute1 is in scheduling; 4 of 4 servers migrated');
    expect(
      (await servers())
        .filter((server) => server.host === 'compute1')
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['a', 'locked', 'off', 'paused']);
    expect(await host('compute1')).toMatchObject({ enabled: true });
  });

  test('an empty host is done at once; what arrives after the plan is moved only if that was said', async () => {
    const nothing = await program.json<Ended>('host', 'drain', 'compute1', '--yes', '--enable-after');
    expect(nothing).toMatchObject({ exitCode: 0, summary: expect.stringContaining('compute1 is empty') });
    const ids = await make('a', 'b');
    for (const id of ids) await behave(id, { transition: 3000 });
    const arrive = async (id: string): Promise<void> => {
      await until('one moves', async () => (await effects(ids)).some((count) => count > 0));
      await make(`arrived-${id.slice(-8)}`);
    };
    const without = await program.begin('host', 'drain', 'compute1', '--yes');
    await arrive(without);
    expect((await program.temporal.client.workflow.getHandle(without).result()) as Report).toMatchObject({
      outcome: 'partial',
      summary: expect.stringContaining('compute1 still has 1 server'),
    });
    const included = await program.json<Ended>('host', 'drain', 'compute1', '--yes', '--include-arrivals');
    expect(included).toMatchObject({ exitCode: 0, summary: expect.stringContaining('compute1 is empty') });
  });

  test('what Nova calls completed and has not moved is a failure; the host goes back into scheduling', async () => {
    const ids = await make('a', 'liar');
    await behave(ids[1], { migration: 'completedWithoutMoving' });
    const drained = await program.json<Ended>('host', 'drain', 'compute1', '--yes');
    expect(drained).toMatchObject({ exitCode: 3, outcome: 'partial' });
    expect(drained.summary).toContain('compute1 still has 1 server');
    expect(drained.failure?.message).toBe('1 of them failed');
    const [, liar] = await program.outcomes(drained.workflowId);
    expect(liar).toMatchObject({
      outcome: 'failed',
      why: expect.stringMatching(/says that it was migrated.*still on compute1/),
    });
    expect(await host('compute1')).toMatchObject({ enabled: true });
  });

  test('one that failed is tried once more where the scheduler chooses, and never with --to', async () => {
    const ids = await make('a', 'b');
    await behave(ids[0], { migration: 'failed' });
    await behave(ids[1], { migration: 'failed' });
    const first = await program.json<Ended>('server', 'migrate', '--name', 'a', '--yes');
    expect(first).toMatchObject({ exitCode: 1 });
    expect(await effects(ids)).toEqual([2, 0]);
    const second = await program.json<Ended>('server', 'migrate', '--name', 'b', '--to', 'compute3', '--yes');
    expect(second).toMatchObject({ exitCode: 1 });
    expect(await effects(ids)).toEqual([2, 1]);
    expect(await host('compute1')).toMatchObject({ enabled: true });
  });

  test('at its deadline a migration is aborted and its end awaited; or forced to complete', async () => {
    const ids = await make('hangs', 'forced');
    await behave(ids[0], { migration: 'hang' });
    await behave(ids[1], { migration: 'hang' });
    const aborted = await program.json<Ended>('server', 'migrate', '--name', 'hangs', '--yes', '--timeout', '2s');
    expect(aborted.exitCode).toBe(1);
    expect(await program.outcomes(aborted.workflowId)).toMatchObject([{ why: expect.stringContaining('aborted') }]);
    expect(await effects(ids, 'live_migration_cancel')).toEqual([1, 0]);
    expect((await servers()).find(({ name }) => name === 'hangs')).toMatchObject({
      status: 'ACTIVE',
      host: 'compute1',
    });
    const forced = await program.json<Ended>(
      ...['server', 'migrate', '--name', 'forced', '--yes', '--timeout', '2s', '--on-timeout', 'force-complete'],
    );
    expect(forced).toMatchObject({ exitCode: 0, outcome: 'done' });
  });

  test('what can not be moved is left alone, with the reason', async () => {
    const ids = await make('pci', 'suspended', 'off', 'resized', 'together', 'fine');
    const flavor = { name: 'gpu', vcpus: 1, ram: 512, disk: 1, ephemeral: 0 };
    await change(ids[0], { flavor: { ...flavor, extraSpecs: { 'pci_passthrough:alias': 'gpu:1' } } });
    await change(ids[1], { status: 'SUSPENDED' });
    await change(ids[2], { status: 'SHUTOFF' });
    await change(ids[3], { status: 'VERIFY_RESIZE' });
    await cloud.control('POST', '/groups', { name: 'pair', policy: 'affinity', members: [ids[4], 'another'] });
    const { servers: acted, leftAlone } = await program.json<{
      servers: Seen[];
      leftAlone: { name: string; why: string }[];
    }>(...['host', 'drain', 'compute1', '--plan-only']);
    expect(acted.map(({ name }) => name)).toEqual(['fine']);
    expect(Object.fromEntries(leftAlone.map(({ name, why }) => [name, why]))).toEqual({
      pci: 'with a PCI device: flavor gpu; it can only be migrated cold',
      suspended: 'in state SUSPENDED: only ACTIVE, PAUSED and SHUTOFF can be migrated',
      off: 'stopped: --include-stopped migrates it cold',
      resized: 'an unconfirmed resize: confirm or revert it first',
      together: 'in strict affinity: it has to stay with the others of group pair',
    });
  });

  test('nowhere to go, a dead host, an unknown target: refused before anything is begun', async () => {
    const ids = await make('a');
    for (const name of ['compute2', 'compute3']) await cloud.control('PATCH', `/hosts/${name}`, { enabled: false });
    const stuck = await program.json<Ended>('host', 'drain', 'compute1', '--yes');
    expect(stuck.failure).toMatchObject({ type: 'NoRoom', message: expect.stringContaining('compute2 is disabled') });
    await cloud.control('PATCH', '/hosts/compute2', { enabled: true, ram: 1 });
    expect((await program.json<Ended>('host', 'drain', 'compute1', '--yes')).failure?.message).toContain(
      'compute2 is full',
    );
    await cloud.control('PATCH', '/hosts/compute1', { up: false });
    const dead = await program.json<Ended>('host', 'drain', 'compute1', '--yes');
    expect(dead.failure).toMatchObject({ type: 'ComputeHostDown', remedy: expect.stringContaining('evacuate') });
    await cloud.control('PATCH', '/hosts/compute1', { up: true });
    const typo = await program.json<Ended>('server', 'migrate', '--id', ids[0] ?? '', '--to', 'compute33', '--yes');
    expect(typo.failure).toMatchObject({ type: 'UnknownComputeHost' });
    expect(await effects(ids)).toEqual([0]);
    expect(await host('compute1')).toMatchObject({ enabled: true });
  });

  test('cancelled, it begins nothing more, awaits what moves, and puts the host back into scheduling', async () => {
    const ids = await make('a', 'b', 'c', 'd');
    for (const id of ids) await behave(id, { migration: 'slow' });
    const id = await program.begin('host', 'drain', 'compute1', '--yes', '--parallel', '1');
    await until('one moves', async () => (await effects(ids)).some((count) => count > 0));
    expect(await host('compute1')).toMatchObject({ enabled: false });
    await program.run(['operation', 'cancel', id]);
    await expect(program.temporal.client.workflow.getHandle(id).result()).rejects.toThrow();
    expect((await effects(ids)).filter((count) => count > 0).length).toBeLessThan(4);
    expect(await host('compute1')).toMatchObject({ enabled: true });
  });

  test('a host that somebody else took out of scheduling stays theirs', async () => {
    await make('a');
    await cloud.control('PATCH', '/hosts/compute1', { enabled: false });
    expect(await program.json<Ended>('host', 'drain', 'compute1', '--yes')).toMatchObject({ exitCode: 0 });
    const restored = await program.json<Ended>('host', 'restore', 'compute1', '--no-bring-back', '--yes');
    expect(restored.summary).toContain('for a reason that is not ours');
    expect(await host('compute1')).toMatchObject({ enabled: false });
  });

  test('the worker is killed while it migrates: each server is asked once, and the host is empty', async () => {
    const ids = await make('a', 'b', 'c', 'd', 'e', 'f');
    for (const id of ids) await behave(id, { transition: 900 });
    let worker = await program.startWorker();
    const id = await program.begin('host', 'drain', 'compute1', '--yes', '--parallel', '3');
    for (let kill = 0; kill < 2; kill += 1) {
      await until('more are asked', async () => (await effects(ids)).filter((count) => count > 0).length > kill * 3);
      await program.stopWorkers('SIGKILL');
      worker = await program.startWorker();
    }
    expect(worker.exitCode).toBeNull();
    const report = (await program.temporal.client.workflow.getHandle(id).result()) as Report;
    expect(report.summary).toContain('compute1 is empty: 6 of 6 servers migrated');
    expect(await effects(ids)).toEqual([1, 1, 1, 1, 1, 1]);
  }, 120_000);
});
