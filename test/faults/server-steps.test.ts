import { afterAll, describe, expect, test } from '@jest/globals';
import { handlers } from '../../src/contracts/operation.ts';
import type { Ledger, Report } from '../../src/contracts/operation.ts';
import { useCloudProgram } from '../support/cloud-program.ts';
import { until } from '../support/poll.ts';
import { PracticeCloud } from '../support/practice-cloud.ts';

/** The worker dies at each step of an operation, one after another: it ends as if nothing had happened. */
describe('operations on servers, killed at every step', () => {
  let cloud: PracticeCloud;
  const program = useCloudProgram(async () => {
    cloud = await PracticeCloud.start({ servers: 0, hosts: 3, transition: 400 });
    return { clouds: cloud.ready.clouds, cloud: 'practice' };
  });
  afterAll(() => cloud.stop());

  const times = (ids: readonly string[], action: string): Promise<number[]> => cloud.times(ids, action);
  const ended = async (id: string): Promise<Report> =>
    (await program.temporal.client.workflow.getHandle(id).result()) as Report;

  /** Kills the worker as soon as each of these has begun, one after another, and starts it again. */
  const killedAt = async (id: string, steps: readonly (string | (() => Promise<boolean>))[]): Promise<void> => {
    for (const step of steps) {
      const begun = typeof step === 'string' ? () => activityBegun(id, step) : step;
      await until(`${String(step)} has begun`, begun, 60);
      await program.stopWorkers('SIGKILL');
      await program.startWorker();
    }
  };
  const activityBegun = async (id: string, name: string): Promise<boolean> => {
    const { events } = await program.temporal.client.workflow.getHandle(id).fetchHistory();
    return events?.some(({ activityTaskScheduledEventAttributes: of }) => of?.activityType?.name === name) === true;
  };
  const ledgerOf = (id: string): Promise<Ledger> =>
    program.temporal.client.workflow.getHandle(id).query<Ledger>(handlers.ledger);

  test('the worker is killed at every step of a delete: also while it waits for approval, and for a lock', async () => {
    const ids = await cloud.addServers({ count: 3, name: 'each-step', host: 'compute1' });
    const [held = ''] = await cloud.addServers({ name: 'holder', host: 'compute1', behaviour: { transition: 45_000 } });
    await program.startWorker();
    const holder = await program.begin('server', 'stop', '--id', held, '--yes');
    await until('the host is locked', async () => (await times([held], 'stop'))[0] === 1);
    const id = await program.begin('server', 'delete', '--name', 'each-step');
    await killedAt(id, ['planServers', async () => (await ledgerOf(id)).phase === 'waiting']);
    const { exitCode, stderr } = await program.run(['operation', 'approve', id, '--confirm-count', '3']);
    expect([exitCode, stderr]).toEqual([0, expect.stringContaining('approved')]);
    await killedAt(id, [
      async () => (await ledgerOf(id)).note?.includes(`is held by ${holder}`) === true,
      'openPlanPage',
      'applyServers',
      'findLeftovers',
    ]);
    expect(await ended(id)).toMatchObject({ outcome: 'done', summary: '3 of 3 servers deleted' });
    expect(await ended(holder)).toMatchObject({ outcome: 'done' });
    expect(await times([...ids, held], 'delete')).toEqual([1, 1, 1, 0]);
    expect(await times([held], 'stop')).toEqual([1]);
  }, 300_000);

  test('the worker is killed at every step of a drain, and of the restore after it', async () => {
    await cloud.control('POST', '/hosts', { name: 'compute6' });
    const ids = await cloud.addServers({ count: 3, name: 'drained', host: 'compute6' });
    await program.startWorker();
    const hosts = async (): Promise<string[]> => {
      const { servers } = await program.json<{ servers: { host: string }[] }>('server', 'list', '--name', 'drained');
      return servers.map(({ host }) => host);
    };
    const drain = await program.begin('host', 'drain', 'compute6', '--yes');
    await killedAt(drain, ['planServers', 'disableScheduling', 'openPlanPage', 'applyServers', 'countServers']);
    expect(await ended(drain)).toMatchObject({
      outcome: 'done',
      summary: 'compute6 is empty: 3 of 3 servers migrated; its scheduling is disabled',
    });
    expect(await hosts()).not.toContain('compute6');
    expect(await times(ids, 'live-migration')).toEqual([1, 1, 1]);
    const restore = await program.begin('host', 'restore', 'compute6', '--yes');
    await killedAt(restore, ['findDrain', 'enableScheduling', 'planServers', 'openPlanPage', 'applyServers']);
    expect(await ended(restore)).toMatchObject({ outcome: 'done' });
    expect(await hosts()).toEqual(['compute6', 'compute6', 'compute6']);
    expect(await times(ids, 'live-migration')).toEqual([2, 2, 2]);
  }, 300_000);

  test('a worker that is told to end lets go of what it only waits for, and another goes on', async () => {
    const ids = await cloud.addServers({ count: 4, name: 'let-go', behaviour: { transition: 20_000 } });
    await program.startWorker();
    const id = await program.begin('server', 'stop', '--name', 'let-go', '--yes');
    await until('all are asked', async () => (await times(ids, 'stop')).every((count) => count === 1), 30);
    const since = Date.now();
    await program.stopWorkers('SIGTERM');
    expect(Date.now() - since).toBeLessThan(15_000);
    await program.startWorker();
    expect(await ended(id)).toMatchObject({ outcome: 'done', summary: '4 of 4 servers stopped' });
    expect(await times(ids, 'stop')).toEqual([1, 1, 1, 1]);
  }, 120_000);
});
