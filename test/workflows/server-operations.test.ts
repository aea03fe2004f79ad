import { readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { SeenVerdict } from '../../src/client/audit-ends.ts';
import type { AuditLine } from '../../src/contracts/audit.ts';
import type { PlannedServer, ServerPlan } from '../../src/contracts/server-operation.ts';
import type { Ledger, Report } from '../../src/contracts/operation.ts';
import { handlers } from '../../src/contracts/operation.ts';
import { cliHere } from '../client/support/cli.ts';
import { useCloudProgram } from '../support/cloud-program.ts';
import { until } from '../support/poll.ts';
import { PracticeCloud } from '../support/practice-cloud.ts';

interface Plan {
  readonly plan: ServerPlan;
  readonly servers: readonly PlannedServer[];
  readonly leftAlone: readonly { name: string; why: string }[];
}

/** Operations on many servers, as operators use them: the CLI and a worker against the practice cloud. */
describe('operations on servers', () => {
  let cloud: PracticeCloud;
  let count = 0;
  /** Servers of each test have a name of their own. */
  let prefix = '';
  const program = useCloudProgram(
    async () => {
      cloud = await PracticeCloud.start({ servers: 0, hosts: 3, transition: 30 });
      return {
        clouds: cloud.ready.clouds,
        cloud: 'practice',
        config: `
clouds:
  practice: { cloud: practice, protect: { names: ["*-keep"], tags: [sacred] } }
  hasty: { cloud: practice, planAge: 3s }
`,
      };
    },
    { standing: true },
  );
  beforeEach(async () => {
    count += 1;
    prefix = `t${String(count)}`;
    await cloud.faults();
    await program.ensureWorker();
  });
  afterAll(() => cloud.stop());

  const make = async (names: readonly string[], more: object = {}): Promise<string[]> =>
    (
      await Promise.all(names.map((name) => cloud.addServers({ name: `${prefix}-${name}`, host: 'compute1', ...more })))
    ).flat();
  const chosen = (): string[] => ['--name', `${prefix}-*`];
  const change = (id: string | undefined, what: object): Promise<unknown> =>
    cloud.control('PATCH', `/servers/${id ?? ''}`, what);
  const plan = (...args: string[]): Promise<Plan & { exitCode: number | undefined }> =>
    program.json<Plan>('server', ...args, '--plan-only');
  const effects = async (ids: readonly string[]): Promise<string[]> =>
    (await cloud.effects()).filter(({ server }) => ids.includes(server)).map(({ name, action }) => `${name} ${action}`);
  const statuses = async (): Promise<Record<string, string>> => {
    const { servers } = await program.json<{ servers: { name: string; status: string }[] }>(
      'server',
      'list',
      ...chosen(),
    );
    return Object.fromEntries(servers.map(({ name, status }) => [name.slice(prefix.length + 1), status]));
  };
  const ledgerOf = (workflowId: string): Promise<Ledger> =>
    program.temporal.client.workflow.getHandle(workflowId).query<Ledger>(handlers.ledger);

  test('a plan names every server, what is done to it, and why others are left alone; it touches nothing', async () => {
    const ids = await make(['a', 'off', 'locked', 'busy', 'paused', 'heat', 'x-keep', 'tagged']);
    await change(ids[1], { status: 'SHUTOFF' });
    await change(ids[2], { locked: true });
    await change(ids[3], { taskState: 'rebooting' });
    await change(ids[4], { status: 'PAUSED' });
    await change(ids[5], { metadata: { 'metering.stack': 'x' } });
    await change(ids[7], { tags: ['sacred'] });
    const found = await plan('stop', ...chosen());
    expect(found.servers.map(({ name, status, host }) => [name, status, host])).toEqual([
      [`${prefix}-a`, 'ACTIVE', 'compute1'],
    ]);
    expect(Object.fromEntries(found.leftAlone.map(({ name, why }) => [name.slice(prefix.length + 1), why]))).toEqual({
      off: 'already stopped',
      locked: 'locked: --include-locked takes it too',
      busy: 'a task in flight: rebooting',
      paused: 'in state PAUSED: only what is ACTIVE can be stopped',
      heat: 'managed by Heat: --include-managed takes it too',
      'x-keep': 'protected by the config: name *-keep',
      tagged: 'protected by the config: tag sacred',
    });
    const all = await plan('stop', ...chosen(), '--include-locked', '--include-managed');
    expect(all.servers.map(({ name }) => name.slice(prefix.length + 1))).toEqual(['a', 'heat', 'locked']);
    expect(await effects(ids)).toEqual([]);
  });

  test('names are exact, an empty selection is an error, and nothing said is an error', async () => {
    await make(['a']);
    expect(await program.run(['server', 'stop', '--host', 'compute', '--yes'])).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('there is no compute host "compute"; did you mean compute1'),
    });
    expect((await program.run(['server', 'stop', '--name', `${prefix}-b`, '--yes'])).stderr).toContain(
      `there is no server named ${prefix}-b`,
    );
    expect((await program.run(['server', 'stop', '--name', 'nothing-*', '--yes'])).stderr).toContain(
      'is meant by that',
    );
    expect(await program.run(['server', 'stop', '--yes'])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('say which servers'),
    });
  });

  test('stops what the plan names, once each, and remembers who ran; start brings exactly those back, in reverse', async () => {
    const ids = await make(['a', 'b', 'c', 'd']);
    await change(ids[3], { status: 'SHUTOFF' });
    const stopped = await program.json<Report & { workflowId: string }>('server', 'stop', ...chosen(), '--yes');
    expect(stopped).toMatchObject({ exitCode: 0, outcome: 'done', summary: '3 of 3 servers stopped' });
    expect(await statuses()).toEqual({ a: 'SHUTOFF', b: 'SHUTOFF', c: 'SHUTOFF', d: 'SHUTOFF' });
    expect((await effects(ids)).sort()).toEqual(['a', 'b', 'c'].map((name) => `${prefix}-${name} stop`));
    expect(await program.outcomes(stopped.workflowId)).toMatchObject([
      { name: `${prefix}-a`, outcome: 'done', before: 'ACTIVE', requestIds: [expect.stringMatching(/^req-/)] },
      { outcome: 'done' },
      { outcome: 'done' },
    ]);
    // Its owner started and stopped b again: that stop is not ours.
    await change(ids[1], { status: 'SHUTOFF' });
    const started = await plan('start', '--stopped-by', stopped.operation);
    expect(started.servers.map(({ name }) => name.slice(prefix.length + 1))).toEqual(['c', 'b', 'a']);
    const back = await program.json('server', 'start', ...chosen(), '--yes');
    expect(back).toMatchObject({ exitCode: 0, summary: '3 of 3 servers started' });
    expect(await statuses()).toEqual({ a: 'ACTIVE', b: 'ACTIVE', c: 'ACTIVE', d: 'SHUTOFF' });
    expect(await program.json('server', 'start', ...chosen(), '--any', '--yes')).toMatchObject({
      summary: '1 of 1 servers started',
    });
  });

  test('without an answer it waits, says so, and takes approval for exactly that plan', async () => {
    const ids = await make(['a', 'b']);
    const id = await program.begin('server', 'stop', ...chosen());
    await until('it waits', async () => (await ledgerOf(id)).phase === 'waiting');
    const { gate, note } = await ledgerOf(id);
    expect(note).toContain('2 servers of 1 host');
    const handle = program.temporal.client.workflow.getHandle(id);
    await expect(handle.executeUpdate(handlers.approve, { args: [{ by: 'x', hash: 'another' }] })).rejects.toThrow();
    expect(await effects(ids)).toEqual([]);
    const seen = await program.run(['operation', 'approve', id, '--yes']);
    expect(seen).toMatchObject({ exitCode: 0, stderr: expect.stringContaining(`${prefix}-b`) });
    const report = (await handle.result()) as Report;
    expect(report).toMatchObject({ outcome: 'done', approval: { by: expect.stringContaining('@') } });
    expect(gate?.hash).toHaveLength(64);
    expect((await program.run(['operation', 'approve', id, '--yes'])).exitCode).not.toBe(0);
  });

  test('its audit trail says who asked and who approved, why, and what was done to which server under which request', async () => {
    const [up = '', off = ''] = await make(['a', 'off']);
    await change(off, { status: 'SHUTOFF' });
    const workflowId = await program.begin('server', 'stop', ...chosen(), '--reason', 'new kernel', '--detach');
    await until('it waits', async () => (await ledgerOf(workflowId)).gate !== undefined, 30);
    expect((await program.run(['operation', 'approve', workflowId, '--yes'])).exitCode).toBe(0);
    await until('it ends', async () => (await ledgerOf(workflowId)).phase === 'finished', 60);
    const { stdout } = await program.run(['audit', 'export', workflowId]);
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as AuditLine);
    expect(lines[0]).toMatchObject({
      event: 'asked',
      by: expect.stringContaining('@'),
      reason: 'new kernel',
      workflowId,
    });
    expect(lines.find(({ event }) => event === 'approved')).toMatchObject({
      by: expect.stringContaining('@'),
      hash: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    const [effect] = (await cloud.effects()).filter(({ server }) => server === up);
    expect(lines.filter(({ id }) => id !== undefined)).toEqual([
      expect.objectContaining({
        event: 'done',
        action: 'stop',
        id: up,
        before: 'ACTIVE',
        after: 'SHUTOFF',
        requestIds: [effect?.requestId],
      }),
    ]);
    expect(lines.at(-1)).toMatchObject({ event: 'ended', action: 'done' });
    expect(await program.json('audit', 'verify', workflowId)).toMatchObject({
      exitCode: 0,
      verdicts: [{ lines: lines.length, ended: true, problems: [] }],
    });
  }, 90_000);

  test('an audit trail without an end is held against Temporal, and one that is damaged hides no other', async () => {
    await make(['a']);
    const begin = () => program.begin('server', 'stop', ...chosen(), '--detach');
    const [waiting, terminated, cut, damaged] = [await begin(), await begin(), await begin(), await begin()];
    const records = join(program.directory, '.local/share/stackhand/records');
    const directoryOf = async (workflowId: string): Promise<string> => {
      await until('it waits', async () => (await ledgerOf(workflowId)).gate !== undefined, 30);
      return join(records, (await ledgerOf(workflowId)).operation);
    };
    await directoryOf(waiting);
    await directoryOf(terminated);
    await program.temporal.client.workflow.getHandle(terminated).terminate();
    for (const workflowId of [cut, damaged]) {
      const directory = await directoryOf(workflowId);
      await program.run(['operation', 'cancel', workflowId, '--wait']);
      const last = (await readdir(directory)).filter((name) => name.startsWith('audit-')).at(-1) ?? '';
      if (workflowId === cut) for (const name of [last, 'report.json']) await rm(join(directory, name));
      else await writeFile(join(directory, last), '{');
    }
    const { verdicts, exitCode } = await program.json<{ verdicts: SeenVerdict[] }>('audit', 'verify');
    const of = (workflowId: string) => verdicts.find((each) => each.workflowId === workflowId);
    expect(exitCode).toBe(3);
    expect(of(waiting)).toMatchObject({ open: 'goes on', problems: [] });
    expect(of(terminated)).toMatchObject({ open: expect.stringContaining('terminated'), problems: [] });
    expect(of(cut)?.problems).toEqual([expect.stringContaining('to Temporal the operation has ended (cancelled)')]);
    expect(of(damaged)?.problems).toContainEqual(expect.stringContaining('is damaged'));
    const exported = await program.run(['audit', 'export']);
    expect(exported).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('is left out') });
    const begun = exported.stdout
      .split('\n')
      .filter((line) => line.includes('"number":1,'))
      .map((line) => JSON.parse(line) as AuditLine);
    const order = begun.map((line) => line.workflowId ?? '');
    expect(order.filter((each) => [waiting, terminated, cut, damaged].includes(each)).sort()).toEqual(
      [waiting, terminated, cut].sort(),
    );
    expect(begun.map(({ at }) => at)).toEqual(begun.map(({ at }) => at).sort((one, other) => one - other));
    await program.run(['operation', 'cancel', waiting, '--wait']);
  }, 90_000);

  test('on a terminal the plan is shown and a no ends it with nothing done', async () => {
    const ids = await make(['a']);
    const asked: string[] = [];
    const no = await program.run(['server', 'stop', ...chosen()], { asked, answers: [false] });
    expect(no.exitCode).toBe(4);
    expect(no.stderr).toContain(`stop    ${prefix}-a`);
    expect(asked).toEqual(['Do this?']);
    expect(await effects(ids)).toEqual([]);
  });

  test('deleting needs the number of servers; the plan tells what goes with them, the report what is left', async () => {
    const [a = '', b = ''] = await make(['a', 'b']);
    await change(a, {
      volumes: [
        { id: 'dies', deleteOnTermination: true },
        { id: 'stays', deleteOnTermination: false },
      ],
    });
    const { port, floatingIp } = await cloud.control<{ port: string; floatingIp: string }>('POST', '/ports', {
      server: a,
      own: true,
      floating: true,
    });
    const found = await plan('delete', ...chosen());
    expect(found.servers[0]).toMatchObject({ volumesDeleted: ['dies'], volumesKept: ['stays'], ports: [port] });
    expect(found.plan.consequences).toEqual({ volumesDeleted: 1, volumesKept: 1, floatingIps: 1, ports: 1 });
    const wrong = await program.json('server', 'delete', ...chosen(), '--confirm-count', '3');
    expect(wrong).toMatchObject({ exitCode: 1, failure: { type: 'NotApproved' } });
    const declined = await program.run(['server', 'delete', ...chosen()], { asked: [], answers: ['yes'] });
    expect(declined.exitCode).toBe(4);
    expect(await effects([a, b])).toEqual([]);
    const done = await program.run(['server', 'delete', ...chosen()], { asked: [], answers: ['2'] });
    expect(done.exitCode).toBe(0);
    for (const left of ['volume stays', `(${floatingIp})`, `port ${port}`]) expect(done.stdout).toContain(left);
    expect(await effects([a, b])).toHaveLength(2);
  });

  test('a saved plan is applied as it is: what moved, went or changed since is skipped, what came is not touched', async () => {
    const ids = await make(['a', 'moved', 'gone', 'locked']);
    const file = join(program.directory, 'plan.json');
    await program.run(['server', 'delete', ...chosen(), '--plan-only', '--out', file]);
    await change(ids[1], { host: 'compute2' });
    await cloud.control('DELETE', `/servers/${ids[2] ?? ''}`);
    await change(ids[3], { locked: true });
    const [newcomer = ''] = await make(['newcomer']);
    const applied = await program.json<Report & { workflowId: string }>('plan', 'apply', file, '--confirm-count', '4');
    expect(applied).toMatchObject({ exitCode: 3, summary: '1 of 4 servers deleted, 3 left alone since the plan' });
    expect((await program.outcomes(applied.workflowId)).map(({ why }) => why)).toEqual([
      undefined,
      'it is gone since the plan',
      'locked: --include-locked takes it too',
      'it has moved to compute2 since the plan',
    ]);
    expect(await effects([...ids, newcomer])).toEqual([`${prefix}-a delete`]);
  });

  test('a plan that was edited, is of another operation, or is too old is refused', async () => {
    const ids = await make(['a', 'b']);
    const file = join(program.directory, 'edited.json');
    await program.run(['server', 'stop', ...chosen(), '--plan-only', '--out', file]);
    const saved = JSON.parse(await readFile(file, 'utf8')) as { servers: object[] };
    await writeFile(file, JSON.stringify({ ...saved, servers: saved.servers.slice(1) }));
    expect((await program.run(['plan', 'apply', file, '--yes'])).stderr).toContain('the plan was edited');
    await writeFile(file, 'kind: something else\n');
    expect((await program.run(['plan', 'apply', file, '--yes'])).stderr).toContain('is no plan that can be applied');
    expect(await effects(ids)).toEqual([]);
  });

  test('a plan that is too old is neither applied nor approved any more', async () => {
    const ids = await make(['a']);
    const file = join(program.directory, 'old.json');
    await program.run(['server', 'stop', '--cloud', 'hasty', ...chosen(), '--plan-only', '--out', file]);
    const waiting = await program.begin('server', 'stop', '--cloud', 'hasty', ...chosen());
    await expect(program.temporal.client.workflow.getHandle(waiting).result()).rejects.toThrow();
    const late = await program.json<Report>('plan', 'apply', file, '--yes');
    expect(late).toMatchObject({ exitCode: 1, failure: { type: 'PlanExpired' } });
    expect(late.summary).toMatch(/; there was nothing to put back$/);
    // Plans and titles name an operation by the beginning of its id.
    const shown = await program.run(['operation', 'show', late.operation.slice(0, 8)]);
    expect(shown.stdout).toContain('nothing to put back');
    expect(await effects(ids)).toEqual([]);
  });

  test('a shell that has OS_AUTH_URL and says no --cloud is told whose cloud it is', async () => {
    await make(['a']);
    const told = await cliHere(['server', 'list', ...chosen()], { ...program.env, OS_AUTH_URL: 'https://other' });
    expect(told.stderr).toContain("the cloud is the worker's, not the one of OS_AUTH_URL in this shell");
  });

  test('the canary fails: nothing else is begun. Too many failures: nothing more is begun', async () => {
    const ids = await make(['a', 'b', 'c', 'd', 'e', 'f']);
    await change(ids[0], { behaviour: { error: 'stop' } });
    const canary = await program.json('server', 'stop', ...chosen(), '--yes', '--canary', '1');
    expect(canary).toMatchObject({ exitCode: 1, failure: { type: 'CanaryFailed' } });
    expect(await effects(ids)).toEqual([`${prefix}-a stop`]);
    for (const id of ids) await change(id, { status: 'ACTIVE', behaviour: { error: 'stop' } });
    const many = await program.json('server', 'stop', ...chosen(), '--yes', '--max-failures', '1', '--parallel', '1');
    expect(many).toMatchObject({ exitCode: 1, failure: { type: 'TooManyFailures' } });
    expect(await effects(ids)).toHaveLength(3);
  });

  test('a stop that its host gave up is told with why, in the words of Nova', async () => {
    const ids = await make(['a', 'b']);
    await change(ids[0], { behaviour: { gaveUp: 'stop' } });
    const ended = await program.json<Report & { workflowId: string }>('server', 'stop', ...chosen(), '--yes');
    expect(ended).toMatchObject({ exitCode: 3, outcome: 'partial' });
    const failed = (await program.outcomes(ended.workflowId)).find(({ outcome }) => outcome === 'failed');
    expect(failed?.why).toContain(
      'gave it up: it is ACTIVE, with nothing in flight; Nova says: the practice cloud was',
    );
  });

  test('a failure does not end the others; retry does the failed again and nothing else', async () => {
    const ids = await make(['a', 'b', 'c']);
    await change(ids[1], { behaviour: { error: 'stop' } });
    const first = await program.json<Report & { workflowId: string }>('server', 'stop', ...chosen(), '--yes');
    expect(first).toMatchObject({ exitCode: 3, summary: '2 of 3 servers stopped, 1 failed' });
    expect(first.failure?.remedy).toContain('stackhand operation retry');
    await change(ids[1], { status: 'ACTIVE', behaviour: { error: null } });
    const again = await program.json('operation', 'retry', first.workflowId, '--yes');
    expect(again).toMatchObject({ exitCode: 0, summary: '1 of 1 servers stopped' });
    expect((await effects(ids)).sort()).toEqual(['a', 'b', 'b', 'c'].map((name) => `${prefix}-${name} stop`));
  });

  test('what is stuck is told with what Nova says; soft-deleted is told as recoverable', async () => {
    const ids = await make(['a', 'soft']);
    await change(ids[0], { behaviour: { stuck: 'delete' } });
    await change(ids[1], { behaviour: { softDelete: true } });
    const stuck = await program.json<Report & { workflowId: string }>(
      ...['server', 'delete', ...chosen(), '--confirm-count', '2', '--timeout', '2s'],
    );
    expect(stuck.exitCode).toBe(3);
    const [a, soft] = await program.outcomes(stuck.workflowId);
    expect(a).toMatchObject({ outcome: 'failed', why: expect.stringMatching(/^stuck: .* it is still deleting/) });
    expect(soft).toMatchObject({ outcome: 'done', why: expect.stringContaining('recoverable') });
  });

  test('deleted means gone: no list shows it any more', async () => {
    const ids = await make(['a', 'halfway']);
    await change(ids[0], { behaviour: { transition: 1200 } });
    await change(ids[1], { behaviour: { stuck: 'destroy' } });
    const { workflowId } = await program.json<Report & { workflowId: string }>(
      ...['server', 'delete', ...chosen(), '--confirm-count', '2', '--timeout', '5s'],
    );
    expect(await statuses()).toEqual({ halfway: 'DELETED' });
    expect(await program.outcomes(workflowId)).toMatchObject([
      { outcome: 'done' },
      { outcome: 'failed', why: expect.stringMatching(/^stuck: .* it is still DELETED/) },
    ]);
  });

  test('what the config protects is protected by whatever name the cloud is called; a slash in a name is no wall', async () => {
    const ids = await make(['a/b-keep', 'free']);
    const bare = join(program.directory, 'clouds-rc');
    await writeFile(bare, await readFile(cloud.ready.adminrc, 'utf8'));
    for (const name of ['practice', cloud.ready.adminrc, bare]) {
      const { servers, leftAlone } = await plan('delete', ...chosen(), '--cloud', name);
      expect(servers.map(({ id }) => id)).toEqual([ids[1]]);
      expect(leftAlone).toMatchObject([{ why: 'protected by the config: name *-keep' }]);
    }
  });

  test('a volume that was attached since the plan is not deleted with its server', async () => {
    const ids = await make(['a']);
    const file = join(program.directory, 'volumes.json');
    await program.run(['server', 'delete', ...chosen(), '--plan-only', '--out', file]);
    await change(ids[0], { volumes: [{ id: 'precious', deleteOnTermination: true }] });
    const applied = await program.json<Report & { workflowId: string }>('plan', 'apply', file, '--confirm-count', '1');
    expect(await program.outcomes(applied.workflowId)).toMatchObject([
      { outcome: 'left alone', why: expect.stringContaining('volume precious would be deleted with it') },
    ]);
    expect(await effects(ids)).toEqual([]);
  });

  test('a stop that finds all of it stopped does not make it forget whose stop it was', async () => {
    const ids = await make(['a', 'b']);
    const file = join(program.directory, 'stop-twice.json');
    await program.run(['server', 'stop', ...chosen(), '--plan-only', '--out', file]);
    await program.json('server', 'stop', ...chosen(), '--yes');
    expect(await program.json('plan', 'apply', file, '--yes')).toMatchObject({ exitCode: 1 });
    expect(await program.json('server', 'start', ...chosen(), '--yes')).toMatchObject({
      exitCode: 0,
      summary: '2 of 2 servers started',
    });
    expect(await effects(ids)).toHaveLength(4);
  });

  test('an edited way of doing it is an edited plan', async () => {
    const ids = await make(['a']);
    const file = join(program.directory, 'how.json');
    await program.run(['server', 'stop', ...chosen(), '--plan-only', '--out', file]);
    const saved = JSON.parse(await readFile(file, 'utf8')) as { plan: object };
    await writeFile(file, JSON.stringify({ ...saved, plan: { ...saved.plan, how: { includeLocked: true } } }));
    expect((await program.run(['plan', 'apply', file, '--yes'])).stderr).toContain('its how is another one');
    expect(await effects(ids)).toEqual([]);
  });

  test('the canary keeps to the limits, and a smaller limit holds for batches that were made for a larger one', async () => {
    const ids = await make(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']);
    for (const id of ids) await change(id, { behaviour: { transition: 700 } });
    /** Milliseconds from when each of the last ones was asked to stop to when the one that many later was. */
    const gaps = async (last: number, later: number): Promise<number[]> => {
      const times = (await cloud.effects()).filter(({ server }) => ids.includes(server)).map(({ at }) => at);
      return times
        .slice(-last)
        .slice(0, -later)
        .map((at, index) => (times.slice(-last)[index + later] ?? 0) - at);
    };
    const id = await program.begin('server', 'stop', ...chosen(), '--yes', '--canary', '4', '--parallel', '2');
    await program.temporal.client.workflow.getHandle(id).result();
    // Two at once, of which each takes that long.
    expect(Math.min(...(await gaps(8, 2)))).toBeGreaterThanOrEqual(700);
    expect(Math.min(...(await gaps(8, 1)))).toBeLessThan(700);
    for (const each of ids) await change(each, { status: 'ACTIVE', behaviour: { transition: 3000 } });
    // Batches of four each, of which the second meets the new limit.
    const large = await program.begin(
      ...['server', 'stop', ...chosen(), '--yes', '--parallel', '16', '--per-host', '4'],
    );
    await until('the first batch is in work', async () => (await effects(ids)).length >= 12);
    await program.run(['operation', 'limit', large, '--parallel', '1']);
    await program.temporal.client.workflow.getHandle(large).result();
    expect(await effects(ids)).toHaveLength(16);
    expect(Math.max(...(await gaps(8, 1)).slice(0, 3))).toBeLessThan(3000);
    expect(Math.min(...(await gaps(4, 1)))).toBeGreaterThanOrEqual(3000);
  });

  test('a second operation over the same host waits and says for whom; --no-wait ends at once', async () => {
    const ids = await make(['a', 'b']);
    await change(ids[0], { behaviour: { transition: 4000 } });
    const first = await program.begin('server', 'stop', ...chosen(), '--yes');
    await until('it works', async () => (await effects(ids)).length > 0);
    const impatient = await program.json('server', 'start', '--host', 'compute1', '--any', '--yes', '--no-wait');
    expect(impatient).toMatchObject({
      exitCode: 1,
      failure: { type: 'HostBusy', message: expect.stringContaining(first) },
    });
    const second = await program.begin('server', 'start', '--id', ids[1] ?? '', '--any', '--yes');
    await until('it waits', async () => (await ledgerOf(second)).note?.includes(`is held by ${first}`) === true);
    await program.temporal.client.workflow.getHandle(second).result();
    expect(await statuses()).toMatchObject({ b: 'ACTIVE' });
  });

  test('paused nothing begins, resumed it goes on, with another parallelism; a cancel awaits what is in flight', async () => {
    const ids = await make(['a', 'b', 'c', 'd', 'e', 'f']);
    for (const id of ids) await change(id, { behaviour: { transition: 1500 } });
    const id = await program.begin('server', 'stop', ...chosen(), '--yes', '--parallel', '1');
    await until('it works', async () => (await effects(ids)).length === 1);
    await program.run(['operation', 'pause', id]);
    await until('it is paused', async () => {
      const { phase, tally } = await ledgerOf(id);
      return phase === 'paused' && tally?.inWorkCount === 0;
    });
    expect(await effects(ids)).toHaveLength(1);
    await program.run(['operation', 'limit', id, '--parallel', '2']);
    await program.run(['operation', 'resume', id]);
    await until('two at once', async () => (await ledgerOf(id)).tally?.inWorkCount === 2);
    await program.run(['operation', 'cancel', id]);
    await expect(program.temporal.client.workflow.getHandle(id).result()).rejects.toThrow();
    const begun = (await effects(ids)).length;
    expect(begun).toBeLessThan(6);
    expect(Object.values(await statuses()).filter((status) => status === 'SHUTOFF')).toHaveLength(begun);
    const { note } = await ledgerOf(id);
    expect(note).toBe(`Cancelled: ${String(begun)} of 6 servers stopped, ${String(6 - begun)} not begun`);
    expect(await program.outcomes(id)).toHaveLength(begun);
  });
});
