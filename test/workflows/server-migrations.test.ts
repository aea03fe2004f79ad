import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Ledger, Report } from '../../src/contracts/operation.ts';
import { handlers } from '../../src/contracts/operation.ts';
import type { ComputeHostSummary } from '../../src/contracts/inspect.ts';
import { useCloudProgram } from '../support/cloud-program.ts';
import { until } from '../support/poll.ts';
import { PracticeCloud } from '../support/practice-cloud.ts';

type Ended = Report & { workflowId: string; exitCode: number | undefined };

/** Migrations and drains, as operators use them: the CLI and a worker against the practice cloud. */
describe('migrations', () => {
  let cloud: PracticeCloud;
  const program = useCloudProgram(
    async () => {
      cloud = await PracticeCloud.start({ servers: 0, hosts: 3, transition: 60 });
      return { clouds: cloud.ready.clouds, cloud: 'practice' };
    },
    { standing: true },
  );
  beforeEach(async () => {
    await cloud.faults();
    // Nothing of the test before.
    for (const { id } of (await program.ensureWorker(), await servers()))
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
    const { stdout } = await program.run(['audit', 'export', drained.operation]);
    const line = stdout.split('\n').find((each) => each.includes('out of scheduling')) ?? '{}';
    expect(JSON.parse(line)).toMatchObject({ object: 'compute1', before: 'enabled', after: 'disabled' });
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

  test('what arrives waits for an approval of its own: the first was of another plan', async () => {
    const ids = await make('a');
    await behave(ids[0], { transition: 2000 });
    const id = await program.begin('host', 'drain', 'compute1');
    const handle = program.temporal.client.workflow.getHandle(id);
    const gate = async (): Promise<string | undefined> => (await handle.query<Ledger>(handlers.ledger)).gate?.hash;
    await until('it waits', async () => (await gate()) !== undefined);
    const first = await gate();
    expect((await program.run(['operation', 'approve', id, '--yes'])).exitCode).toBe(0);
    await until('it moves', async () => (await effects(ids))[0] === 1);
    const [arrived = ''] = await make('arrived');
    await until('it waits again', async () => ![undefined, first].includes(await gate()));
    expect(await effects([arrived])).toEqual([0]);
    const seen = await program.run(['operation', 'approve', id, '--yes']);
    expect(seen).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('arrived') });
    expect((await handle.result()) as Report).toMatchObject({
      outcome: 'done',
      summary: 'compute1 is empty: 2 of 2 servers migrated; its scheduling is disabled',
    });
    expect(await effects([...ids, arrived])).toEqual([1, 1]);
  });

  test('a saved plan of a drain is applied as a drain; a retry of one is a drain too', async () => {
    const ids = await make('a', 'fails');
    await behave(ids[1], { migration: 'failed' });
    const file = join(program.directory, 'drain.json');
    await program.run(['host', 'drain', 'compute1', '--plan-only', '--out', file]);
    const applied = await program.json<Ended>('plan', 'apply', file, '--yes');
    expect(applied).toMatchObject({ outcome: 'partial', summary: expect.stringContaining('compute1 still has 1') });
    await behave(ids[1], { migration: null });
    const again = await program.json<Ended>('operation', 'retry', applied.workflowId, '--yes');
    expect(again).toMatchObject({
      outcome: 'done',
      summary: 'compute1 is empty: 1 of 1 servers migrated; its scheduling is disabled',
    });
    expect(await host('compute1')).toMatchObject({ enabled: false });
    const { stdout } = await program.run(['host', 'drain', 'compute2', '--format', 'shell']);
    expect(stdout).toMatch(/^openstack compute service set --disable --disable-reason .* compute2 nova-compute$/m);
  });

  test('one that was started since the plan is not migrated cold: that would be a reboot nobody agreed to', async () => {
    const ids = await make('off', 'on');
    await change(ids[0], { status: 'SHUTOFF' });
    const file = join(program.directory, 'cold.json');
    await program.run([
      'server',
      'migrate',
      '--id',
      ids[0] ?? '',
      '--id',
      ids[1] ?? '',
      '--include-stopped',
      '--plan-only',
      '--out',
      file,
    ]);
    await change(ids[0], { status: 'ACTIVE' });
    await change(ids[1], { status: 'SHUTOFF' });
    const applied = await program.json<Ended>('plan', 'apply', file, '--yes');
    expect(applied).toMatchObject({ exitCode: 1 });
    expect((await program.outcomes(applied.workflowId)).map(({ name, why }) => [name, why]).sort()).toEqual([
      ['off', 'it was started since the plan'],
      ['on', 'it was stopped since the plan'],
    ]);
    expect(await effects(ids, 'migrate')).toEqual([0, 0]);
    expect(await effects(ids)).toEqual([0, 0]);
  });

  test('a restore that nobody agrees to leaves the host out of scheduling', async () => {
    await make('a');
    await program.json<Ended>('host', 'drain', 'compute1', '--yes');
    const no = await program.run(['host', 'restore', 'compute1'], { asked: [], answers: [false] });
    expect(no.exitCode).toBe(4);
    expect(await host('compute1')).toMatchObject({ enabled: false });
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

  test('one that failed is not tried again before a person says so', async () => {
    const ids = await make('a', 'b');
    await behave(ids[0], { migration: 'failed' });
    await behave(ids[1], { migration: 'failed' });
    const first = await program.json<Ended>('server', 'migrate', '--name', 'a', '--yes');
    expect(first).toMatchObject({ exitCode: 1 });
    expect(await program.outcomes(first.workflowId)).toMatchObject([
      {
        why: expect.stringMatching(
          /^the migration to compute[23] ended as failed; it is ACTIVE on compute1 as before$/,
        ),
      },
    ]);
    const second = await program.json<Ended>('server', 'migrate', '--name', 'b', '--to', 'compute3', '--yes');
    expect(second).toMatchObject({ exitCode: 1 });
    expect(await effects(ids)).toEqual([1, 1]);
    expect(await host('compute1')).toMatchObject({ enabled: true });
  });

  test('given up, it ends at once, and the records say how far each had come; a restore knows them', async () => {
    const ids = await make('a', 'b');
    for (const id of ids) await behave(id, { migration: 'slow', transition: 1500 });
    const id = await program.begin('host', 'drain', 'compute1', '--yes');
    await until('both move', async () => (await effects(ids)).every((count) => count === 1));
    await program.run(['operation', 'abandon', id, '--yes']);
    await expect(program.temporal.client.workflow.getHandle(id).result()).rejects.toThrow();
    expect(await program.outcomes(id)).toMatchObject([
      { outcome: 'failed', why: 'given up while it was awaited: Nova may still do it' },
      { outcome: 'failed', requestIds: [expect.stringMatching(/^req-/)] },
    ]);
    await until('both have moved', async () => (await servers()).every((server) => server.host !== 'compute1'), 40);
    const restored = await program.json<Ended>('host', 'restore', 'compute1', '--yes');
    expect(restored.summary).toContain('2 of 2 servers migrated');
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
    const itself = await program.json<Ended>('host', 'drain', 'compute1', '--to', 'compute1', '--yes');
    expect(itself.failure?.message).toContain('compute1 can not be emptied into itself');
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
    const id = await program.begin('host', 'drain', 'compute1', '--yes', '--parallel', '3');
    for (let kill = 0; kill < 2; kill += 1) {
      await until('more are asked', async () => (await effects(ids)).filter((count) => count > 0).length > kill * 3);
      await program.stopWorkers('SIGKILL');
      await program.startWorker();
    }
    const report = (await program.temporal.client.workflow.getHandle(id).result()) as Report;
    expect(report.summary).toContain('compute1 is empty: 6 of 6 servers migrated');
    expect(await effects(ids)).toEqual([1, 1, 1, 1, 1, 1]);
  }, 120_000);
});
