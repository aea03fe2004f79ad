import { describe, expect, jest, test } from '@jest/globals';
import { useTemporal } from '../support/temporal.ts';
import { eventually } from './support/eventually.ts';
import { fakeWorker, json, cliHere } from './support/cli.ts';

// Each line is a process or a few round trips, and the machine may be busy.
jest.setTimeout(60_000);

const temporal = useTemporal();
const cli = (args: readonly string[]) => cliHere(args, temporal.env);

interface Listed {
  readonly workflowId: string;
  readonly state: string;
  readonly open: boolean;
  readonly vm?: string;
}

const started = async (vm: string): Promise<string> =>
  (await cli(['vm', 'backup', vm, '--host', 'kvm1', '--shutdown', '--detach', '--quiet'])).stdout;

const list = async (...more: string[]): Promise<readonly Listed[]> =>
  json<readonly Listed[]>(await cli(['operation', 'list', '--json', ...more]));

describe('operations that have been started', () => {
  test('are listed, the open ones first, and told apart by host, VM and whether they are open', async () => {
    await temporal.startWorker(await fakeWorker());
    const ended = await started('web01');
    const open = await started('slow01');
    await temporal.client.workflow.getHandle(ended).result();
    const found = await eventually(
      () => list(),
      (all) => all.length === 2 && all[1]?.state === 'done',
    );
    expect(found).toMatchObject([
      { workflowId: open, vm: 'slow01', open: true, host: 'kvm1', startedBy: expect.stringContaining('@') },
      { workflowId: ended, vm: 'web01', open: false, state: 'done', endedAt: expect.any(String) },
    ]);
    expect(await list('--open')).toMatchObject([{ workflowId: open }]);
    expect(await list('--vm', 'web01')).toMatchObject([{ workflowId: ended }]);
    expect(await list('--host', "o'neill")).toEqual([]);
    expect(await list('--limit', '1')).toHaveLength(1);

    const table = await cli(['operation', 'list', '--limit', '1']);
    expect(table.stdout).toMatch(/^ID +STATE +OPERATION +STARTED +TOOK +BY$/m);
    expect(table.stdout).toContain(`${open.slice(-8)}  starting  vm-backup/kvm1/slow01  just now`);
    expect(table.stderr).toBe('there are more: --limit 5');
  });

  test('are found by workflow id, by the end of it, and by operation id', async () => {
    await temporal.startWorker(await fakeWorker());
    const id = await started('bad01');
    await temporal.client.workflow
      .getHandle(id)
      .result()
      .catch(() => undefined);
    await eventually(
      () => list(),
      (all) => all.some(({ workflowId, open }) => workflowId === id && !open),
    );
    for (const name of [id, id.slice(-8), id.slice(-8, -3)]) {
      const shown = await cli(['operation', 'show', name]);
      expect(shown.stdout).toContain(`workflow    ${id}`);
      expect(shown.stdout).toMatch(/^Back up bad01 on kvm1 +failed/m);
      expect(shown.stdout).toMatch(/^ +↩ Archive vda$/m);
      expect(shown.stdout).toContain('error: the share is full');
      expect(shown.exitCode).toBe(0);
    }
    expect(json(await cli(['operation', 'show', id, '--json']))).toMatchObject({
      workflowId: id,
      title: 'Back up bad01 on kvm1',
      state: 'failed',
      ended: { failure: { type: 'ShareFull' } },
    });
  });

  test('that have ended are shown without a worker too', async () => {
    const [failed] = (await list()).filter(({ vm }) => vm === 'bad01');
    const shown = await cli(['operation', 'show', failed?.workflowId ?? '']);
    expect(shown.stdout).toMatch(/^ +↩ Archive vda$/m);
    expect(shown.stdout).toContain('error: the share is full');
  });
});

describe('a name that means no operation', () => {
  test('is an error with exit code 2', async () => {
    const ran = await cli(['operation', 'show', 'ffffffff']);
    expect(ran.stderr).toContain(
      'error: there is no operation "ffffffff"\n  what next  stackhand operation list shows them',
    );
    expect(ran.exitCode).toBe(2);
  });

  test('is asked for on a terminal only', async () => {
    const ran = await cli(['operation', 'follow']);
    expect(ran.stderr).toContain('say which operation');
    expect(ran.exitCode).toBe(2);
  });
});

describe('an open operation', () => {
  test('is paused and goes on', async () => {
    await temporal.startWorker(await fakeWorker());
    const id = await started('paused01');
    expect((await cli(['operation', 'pause', id])).stderr).toContain('begins nothing more');
    await eventually(
      () => cli(['operation', 'show', id]),
      ({ stdout }) => stdout.includes('paused'),
    );
    expect((await cli(['operation', 'resume', id])).exitCode).toBe(0);
    expect((await cli(['operation', 'follow', id])).exitCode).toBe(0);
  });

  test('that was cancelled and can not put back says who is needed; abandoned, it ends with exit code 7', async () => {
    await temporal.startWorker(await fakeWorker());
    const id = await started('slow-stuck01');
    await cli(['operation', 'cancel', id]);
    const shown = await eventually(
      () => cli(['operation', 'show', id]),
      ({ stdout }) => stdout.includes('needs you'),
    );
    expect(shown.stdout).toContain('kvm1 does not answer');
    expect((await cli(['operation', 'abandon', id, '--json'])).exitCode).toBe(0);
    const ended = await cli(['operation', 'follow', id]);
    expect(ended.stderr).toContain('error: the host did not answer');
    expect(ended.exitCode).toBe(7);
  });

  test('that was terminated says that no undo ran, and what to do', async () => {
    await temporal.startWorker(await fakeWorker());
    const id = await started('slow02');
    await temporal.client.workflow.getHandle(id).terminate();
    const ended = await cli(['operation', 'follow', id]);
    expect(ended.stderr).toContain('it was terminated from outside, which runs no undo');
    expect(ended.stderr).toContain('stackhand operation repair');
    expect(ended.exitCode).toBe(1);
  });

  test('that has ended can not be cancelled: it says how it ended', async () => {
    await temporal.startWorker(await fakeWorker());
    const id = await started('web01');
    await temporal.client.workflow.getHandle(id).result();
    const ran = await cli(['operation', 'cancel', id]);
    expect(ran.stderr).toContain(`${id} has ended already: done`);
    expect(ran.exitCode).toBe(2);
  });
});
