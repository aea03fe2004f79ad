import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { handlers } from '../../src/contracts/operation.ts';
import type { Ledger, Report } from '../../src/contracts/operation.ts';
import { useCloudProgram } from '../support/cloud-program.ts';
import { until } from '../support/poll.ts';
import { PracticeCloud } from '../support/practice-cloud.ts';

/** Nights on which everything goes wrong: no server gets its action twice, none is forgotten, no other is touched. */
describe('operations on servers, with faults', () => {
  let cloud: PracticeCloud;
  const program = useCloudProgram(async () => {
    cloud = await PracticeCloud.start({ servers: 0, hosts: 5, transition: 400 });
    return { clouds: cloud.ready.clouds, cloud: 'practice' };
  });
  let bystanders: string[] = [];
  beforeAll(async () => {
    bystanders = await cloud.addServers({ count: 50, name: 'bystander' });
  });
  beforeEach(() => cloud.faults());
  afterAll(() => cloud.stop());

  /** How often each of these got that action. */
  const times = async (ids: readonly string[], action: string): Promise<number[]> => {
    const effects = await cloud.effects();
    const counts = new Map<string, number>();
    for (const effect of effects)
      if (effect.action === action) counts.set(effect.server, (counts.get(effect.server) ?? 0) + 1);
    return ids.map((id) => counts.get(id) ?? 0);
  };
  const once = (ids: readonly string[]): number[] => ids.map(() => 1);
  const untouched = async (): Promise<void> => {
    const effects = await cloud.effects();
    expect(effects.filter(({ server }) => bystanders.includes(server))).toEqual([]);
  };
  const ended = async (id: string): Promise<Report> =>
    (await program.temporal.client.workflow.getHandle(id).result()) as Report;

  test('the worker is killed again and again while 500 servers are stopped, and started again', async () => {
    const ids = await cloud.addServers({ count: 500, name: 'many' });
    let worker = await program.startWorker();
    const killed = async (id: string, kills: number): Promise<Report> => {
      const result = ended(id);
      for (let kill = 0; kill < kills; kill += 1) {
        await pause(500 + Math.random() * 1500);
        await program.kill(worker);
        worker = await program.startWorker();
      }
      return result;
    };
    const stop = await program.begin('server', 'stop', '--name', 'many', '--yes', '--parallel', '60');
    expect(await killed(stop, 6)).toMatchObject({ outcome: 'done', summary: '500 of 500 servers stopped' });
    expect(await times(ids, 'stop')).toEqual(once(ids));
    const outcomes = await program.outcomes(stop);
    expect(outcomes.map(({ id }) => id).sort()).toEqual([...ids].sort());
    expect(new Set(outcomes.map(({ outcome }) => outcome))).toEqual(new Set(['done']));
    const start = await program.begin('server', 'start', '--stopped-by', stop, '--yes', '--parallel', '60');
    expect(await killed(start, 6)).toMatchObject({ outcome: 'done', summary: '500 of 500 servers started' });
    expect(await times(ids, 'start')).toEqual(once(ids));
    await untouched();
  }, 300_000);

  test('answers are lost after the effect, and requests before it; tokens end; the cloud is away for a while', async () => {
    const ids = await cloud.addServers({ count: 100, name: 'lossy' });
    await program.startWorker();
    await cloud.faults(
      { match: '/action', drop: 'after', times: 8 },
      { match: '/action', drop: 'before', times: 8 },
      { match: '/action', status: 503, times: 5 },
      { match: '/action', status: 429, retryAfter: 1, times: 5 },
      { match: 'GET /compute', status: 500, after: 5, times: 10 },
      { match: 'GET /compute', truncate: true, times: 5 },
    );
    const id = await program.begin('server', 'stop', '--name', 'lossy', '--yes', '--parallel', '40');
    await until('some are stopped', async () => (await times(ids, 'stop')).some((count) => count > 0), 60);
    await cloud.control('POST', '/expire-tokens');
    await until(
      'half are stopped',
      async () => (await times(ids, 'stop')).filter((count) => count > 0).length > 50,
      60,
    );
    await cloud.faults({ drop: 'before' });
    await pause(60_000);
    await cloud.faults();
    expect(await ended(id)).toMatchObject({ outcome: 'done', summary: '100 of 100 servers stopped' });
    expect(await times(ids, 'stop')).toEqual(once(ids));
    await untouched();
  }, 240_000);

  test('Temporal has forgotten the stop: the records still tell what to start', async () => {
    const ids = await cloud.addServers({ count: 3, name: 'forgotten' });
    await program.startWorker();
    const stop = await program.json<Report & { workflowId: string }>('server', 'stop', '--name', 'forgotten', '--yes');
    const { client, namespace } = program.temporal;
    const workflowExecution = { workflowId: stop.workflowId };
    await client.workflowService.deleteWorkflowExecution({ namespace, workflowExecution });
    await until('it is forgotten', () =>
      client.workflow
        .getHandle(stop.workflowId)
        .describe()
        .then(
          () => false,
          () => true,
        ),
    );
    const start = await program.json<Report>('server', 'start', '--stopped-by', stop.operation, '--yes');
    expect(start).toMatchObject({ exitCode: 0, summary: '3 of 3 servers started' });
    expect(await times(ids, 'start')).toEqual(once(ids));
  });

  test('what somebody else stopped while the worker was away is not claimed', async () => {
    const ids = await cloud.addServers({ count: 4, name: 'shared', behaviour: { transition: 3000 } });
    const worker = await program.startWorker();
    await cloud.faults({ match: '/action', status: 503 });
    const id = await program.begin('server', 'stop', '--name', 'shared', '--yes');
    await until('it was asked', async () => ((await cloud.control<number[]>('GET', '/faults'))[0] ?? 0) > 0);
    await program.kill(worker);
    await cloud.control('PATCH', `/servers/${ids[0] ?? ''}`, { status: 'SHUTOFF' });
    await cloud.faults();
    await program.startWorker();
    expect(await ended(id)).toMatchObject({
      outcome: 'partial',
      summary: expect.stringContaining('3 of 4 servers stopped'),
    });
    expect(await times(ids, 'stop')).toEqual([0, 1, 1, 1]);
    const other = (await program.outcomes(id)).find((outcome) => outcome.id === ids[0]);
    expect(other).toMatchObject({ outcome: 'left alone', why: expect.stringContaining('somebody else did it') });
  }, 120_000);

  test('a member, whose host filter Nova ignores: refused, and nothing is asked', async () => {
    await program.startWorker();
    const before = (await cloud.effects()).length;
    const refused = await program.json(
      ...['server', 'stop', '--cloud', 'practice-member', '--host', 'compute1', '--yes'],
    );
    expect(refused).toMatchObject({ exitCode: 1, failure: { type: 'HostFilterIgnored' } });
    await cloud.control('PATCH', '/settings', { ignoreHostFilter: true });
    expect(await program.json('server', 'delete', '--host', 'compute1', '--confirm-count', '5')).toMatchObject({
      failure: { type: 'HostFilterIgnored' },
    });
    await cloud.control('PATCH', '/settings', { ignoreHostFilter: false });
    expect((await cloud.effects()).length).toBe(before);
  });

  test('a compute host that is down: its servers are left alone, so that no stop happens hours later', async () => {
    const ids = await cloud.addServers({ count: 4, name: 'on-dead', host: 'compute5' });
    await program.startWorker();
    await cloud.control('PATCH', '/hosts/compute5', { up: false });
    const answer = await program.json<Report>('server', 'stop', '--name', 'on-dead', '--yes');
    expect(answer.summary).toContain('4 on a compute host that is down');
    expect(await times(ids, 'stop')).toEqual([0, 0, 0, 0]);
    await cloud.control('PATCH', '/hosts/compute5', { up: true });
  });

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
    expect(await program.run(['operation', 'approve', id, '--confirm-count', '3'])).toMatchObject({
      exitCode: 0,
    });
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
    await untouched();
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
    await untouched();
  }, 300_000);
});
