import { describe, expect, test } from '@jest/globals';
import { labs, look, on } from '../support/lab.ts';
import type { HostState } from '../support/lab.ts';
import { until, useSite } from '../support/site.ts';

const clean = { vm: 'running', mounts: [], processes: [], traces: [], units: [], partials: [] };
const effects = (before: HostState, after: HostState): number[] => [
  after.starts - before.starts,
  after.stops - before.stops,
];

describe.each(labs)('on the $name hypervisor', (lab) => {
  const site = useSite(lab);

  /** A backup that is slow enough to be caught in the middle of its archive. */
  async function archiving(...more: string[]): Promise<string> {
    const id = await site.begin('vm', 'backup', 'web01', '--shutdown', '--bandwidth', '2M/s', ...more);
    await site.reached(id, 'archive');
    await until(
      async () => (await on(lab, 'cat /run/stackhand/jobs/*/archive-*/progress 2>/dev/null; true')) !== '',
      60_000,
      'the archive is under way',
    );
    return id;
  }

  test('every SSH session is killed in the middle: the backup goes on', async () => {
    await site.startWorker();
    const before = await look(lab, 'web01');
    const id = await archiving();
    await on(lab, `pkill -KILL -f 'sshd: root@notty' || true`).catch(() => undefined);
    expect(await site.ended(id)).toBe('COMPLETED');
    const after = await look(lab, 'web01');
    expect(after).toMatchObject(clean);
    expect(effects(before, after)).toEqual([1, 1]);
  });

  test('Temporal is killed in the middle and comes back: the backup goes on', async () => {
    await site.startWorker();
    const before = await look(lab, 'web01');
    const id = await archiving();
    await site.temporal.server.kill();
    await site.temporal.server.startAgain();
    expect(await site.ended(id)).toBe('COMPLETED');
    const after = await look(lab, 'web01');
    expect(after).toMatchObject(clean);
    expect(effects(before, after)).toEqual([1, 1]);
  });

  test('a terminate in the middle leaves the VM off, and operation repair puts all back', async () => {
    await site.startWorker();
    const before = await look(lab, 'web01');
    const id = await archiving();
    await site.temporal.client.workflow.getHandle(id).terminate('test');
    const repaired = await site.cli('operation', 'repair', '--host', lab.name);
    expect({ ...repaired, stdout: '' }).toMatchObject({ exitCode: 0 });
    const after = await look(lab, 'web01');
    expect(after).toMatchObject(clean);
    expect(effects(before, after)).toEqual([1, 1]);
    expect(after.backups).toEqual(before.backups);
  });

  test('without any worker the host starts the VM itself, and the backup ends truthfully', async () => {
    const worker = await site.startWorker();
    const before = await look(lab, 'web01');
    const id = await archiving('--guard-after', '20s');
    await site.kill(worker);
    await until(async () => (await look(lab, 'web01')).vm === 'running', 120_000, 'the guard starts the VM', 2000);
    await site.startWorker();
    expect(await site.ended(id)).toBe('FAILED');
    const { stdout } = await site.cli('operation', 'show', id, '--json');
    expect(stdout).toContain('GuardActed');
    const after = await look(lab, 'web01');
    expect(after).toMatchObject(clean);
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
    expect(after).toMatchObject(clean);
    expect(effects(before, after)).toEqual([0, 0]);
  });
});

describe.each(labs.filter(({ name }) => name === 'hypervisor'))('NFS exports of the $name', (lab) => {
  const site = useSite(lab);

  test.each([
    ['/export-ro', /ro|read-only/i],
    ['/export-squash', /Permission denied|not writable|written/i],
    ['/no-such-export', /mount/i],
  ])('%s costs no outage', async (path, message) => {
    await site.startWorker();
    const before = await look(lab, 'web01');
    const { exitCode, stderr } = await site.cli(
      'vm',
      'backup',
      'web01',
      '--shutdown',
      '--to',
      `192.168.100.10:${path}`,
    );
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(message);
    const after = await look(lab, 'web01');
    expect(after).toMatchObject(clean);
    expect(effects(before, after)).toEqual([0, 0]);
  });

  test('a share that is full is found out before the shutdown, or the VM is put back', async () => {
    await site.startWorker();
    const { exitCode, stderr } = await site.cli(
      'vm',
      'backup',
      'db01',
      '--shutdown',
      '--to',
      '192.168.100.10:/export-small',
    );
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/free|No space/);
    expect(await look(lab, 'db01')).toMatchObject(clean);
  });
});
