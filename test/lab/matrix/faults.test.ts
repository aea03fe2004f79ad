import { describe, expect, test } from '@jest/globals';
import { effects, labs, look, nothingLeft, on } from '../support/lab.ts';
import { until, useSite } from '../support/site.ts';

describe.each(labs)('on the $name hypervisor', (lab) => {
  const site = useSite(lab);

  test('every SSH session is killed in the middle: the backup goes on', async () => {
    await site.startWorker();
    const before = await look(lab, 'web01');
    const id = await site.beginArchiving('web01');
    await on(lab, `pkill -KILL -f 'sshd: root@notty' || true`).catch(() => undefined);
    expect(await site.ended(id)).toBe('COMPLETED');
    const after = await look(lab, 'web01');
    expect(after).toMatchObject({ vm: 'running', ...nothingLeft });
    expect(effects(before, after)).toEqual([1, 1]);
  });

  test('Temporal is killed in the middle and comes back: the backup goes on', async () => {
    await site.startWorker();
    const before = await look(lab, 'web01');
    const id = await site.beginArchiving('web01');
    await site.temporal.server.kill();
    await site.temporal.server.startAgain();
    expect(await site.ended(id)).toBe('COMPLETED');
    const after = await look(lab, 'web01');
    expect(after).toMatchObject({ vm: 'running', ...nothingLeft });
    expect(effects(before, after)).toEqual([1, 1]);
  });

  test('a terminate in the middle leaves the VM off, and operation repair puts all back', async () => {
    await site.startWorker();
    const before = await look(lab, 'web01');
    const id = await site.beginArchiving('web01');
    await site.temporal.client.workflow.getHandle(id).terminate('test');
    const repaired = await site.cli('operation', 'repair', '--host', lab.name);
    expect({ ...repaired, stdout: '' }).toMatchObject({ exitCode: 0 });
    const after = await look(lab, 'web01');
    expect(after).toMatchObject({ vm: 'running', ...nothingLeft });
    expect(effects(before, after)).toEqual([1, 1]);
    expect(after.backups).toEqual(before.backups);
  });

  test('without any worker the host starts the VM itself, and the backup ends truthfully', async () => {
    const worker = await site.startWorker();
    const before = await look(lab, 'web01');
    const id = await site.beginArchiving('web01', '--guard-after', '20s');
    await site.kill(worker);
    await until(async () => (await look(lab, 'web01')).vm === 'running', 120_000, 'the guard starts the VM', 2000);
    await site.startWorker();
    expect(await site.ended(id)).toBe('FAILED');
    const { stdout } = await site.cli('operation', 'show', id, '--json');
    expect(stdout).toContain('GuardActed');
    const after = await look(lab, 'web01');
    expect(after).toMatchObject({ vm: 'running', ...nothingLeft });
    expect(effects(before, after)).toEqual([1, 1]);
    expect(after.backups).toEqual(before.backups);
  });

  test('a guest that ignores the shutdown stays running, and nothing is left', async () => {
    await site.startWorker();
    const before = await look(lab, 'deaf01');
    const { exitCode, stderr } = await site.cli('vm', 'backup', 'deaf01', '--shutdown', '--shutdown-timeout', '15s');
    expect(exitCode).toBe(1);
    expect(stderr).toContain('did not power off');
    const after = await look(lab, 'deaf01');
    expect(after).toMatchObject({ vm: 'running', ...nothingLeft });
    expect(effects(before, after)).toEqual([0, 0]);
  });
});
