import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Report } from '../../src/contracts/operation.ts';
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

  const times = (ids: readonly string[], action: string): Promise<number[]> => cloud.times(ids, action);
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

  test('the cloud is away at the first look, refuses the login in the middle, and comes back: each is asked once', async () => {
    const ids = await cloud.addServers({ count: 3, name: 'first-look', host: 'compute2' });
    await program.startWorker();
    const file = join(program.directory, 'first-look.json');
    await program.run(['server', 'stop', '--name', 'first-look', '--plan-only', '--out', file]);
    await cloud.faults({ match: 'servers/detail', drop: 'before', times: 9 });
    const apply = (): Promise<string> => program.begin('plan', 'apply', file, '--yes', '--parallel', '12');
    expect(await ended(await apply())).toMatchObject({ outcome: 'done', summary: '3 of 3 servers stopped' });
    expect(await times(ids, 'stop')).toEqual(once(ids));

    const others = await cloud.addServers({
      count: 3,
      name: 'login',
      host: 'compute2',
      behaviour: { transition: 3000 },
    });
    const id = await program.begin('server', 'stop', '--name', 'login', '--yes', '--parallel', '12');
    await until('all are asked', async () => (await times(others, 'stop')).every((count) => count === 1));
    await cloud.faults({ match: 'GET /compute', status: 401, times: 6 });
    expect(await ended(id)).toMatchObject({ outcome: 'done', summary: '3 of 3 servers stopped' });
    expect(await times(others, 'stop')).toEqual(once(others));
  }, 120_000);

  test('a worker that was frozen, and whose work another took over, asks for nothing any more', async () => {
    const ids = await cloud.addServers({ count: 40, name: 'frozen', host: 'compute3' });
    const frozen = await program.startWorker();
    await cloud.control('PATCH', '/settings', { latency: 250 });
    const id = await program.begin('server', 'stop', '--name', 'frozen', '--yes', '--parallel', '40');
    await until('some are asked', async () => (await times(ids, 'stop')).filter((count) => count > 0).length >= 5, 60);
    frozen.kill('SIGSTOP');
    await cloud.control('PATCH', '/settings', { latency: 0 });
    await program.startWorker();
    expect(await ended(id)).toMatchObject({ outcome: 'done', summary: '40 of 40 servers stopped' });
    // Their owners start them again; a late request would stop them.
    for (const server of ids) await cloud.control('PATCH', `/servers/${server}`, { status: 'ACTIVE' });
    frozen.kill('SIGCONT');
    await pause(5000);
    expect(await times(ids, 'stop')).toEqual(once(ids));
  }, 120_000);

  test('a user who may list all and filter by nothing: a project is refused, and nothing is asked', async () => {
    await program.startWorker();
    await cloud.control('PATCH', '/settings', { ignoreProjectFilter: true });
    const before = (await cloud.effects()).length;
    const refused = await program.json('server', 'delete', '--project', 'project1', '--confirm-count', '50');
    await cloud.control('PATCH', '/settings', { ignoreProjectFilter: false });
    expect(refused).toMatchObject({ exitCode: 1, failure: { type: 'ProjectFilterIgnored' } });
    expect((await cloud.effects()).length).toBe(before);
  });

  test('Temporal has forgotten the stop: the records still tell what to start', async () => {
    const ids = await cloud.addServers({ count: 3, name: 'forgotten' });
    await program.startWorker();
    const stop = await program.json<Report & { workflowId: string }>('server', 'stop', '--name', 'forgotten', '--yes');
    const { client, namespace } = program.temporal;
    const workflowExecution = { workflowId: stop.workflowId };
    await client.workflowService.deleteWorkflowExecution({ namespace, workflowExecution });
    const forgotten = (): Promise<boolean> =>
      client.workflow
        .getHandle(stop.workflowId)
        .describe()
        .then(
          () => false,
          () => true,
        );
    // Temporal deletes in its own time.
    await until('it is forgotten', forgotten, 120);
    const start = await program.json<Report>('server', 'start', '--stopped-by', stop.operation, '--yes');
    expect(start).toMatchObject({ exitCode: 0, summary: '3 of 3 servers started' });
    expect(await times(ids, 'start')).toEqual(once(ids));
  }, 180_000);

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
});
