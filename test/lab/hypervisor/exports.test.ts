import { describe, expect, test } from '@jest/globals';
import { effects, look, nothingLeft, the } from '../support/lab.ts';
import { useSite } from '../support/site.ts';

describe('NFS exports of the hypervisor', () => {
  const lab = the('hypervisor');
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
    expect(after).toMatchObject({ vm: 'running', ...nothingLeft });
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
    expect(await look(lab, 'db01')).toMatchObject({ vm: 'running', ...nothingLeft });
  });
});
