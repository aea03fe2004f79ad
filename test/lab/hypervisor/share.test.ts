import { afterEach, describe, expect, test } from '@jest/globals';
import { effects, look, nothingLeft, on, the } from '../support/lab.ts';
import { until, useSite } from '../support/site.ts';

/** A kernel NFS server that has no room any more, or is away, while a VM is off for its archive. */
describe('the share in the middle of an archive', () => {
  const lab = the('hypervisor');
  const site = useSite(lab);

  const outcome = async (id: string): Promise<string> => (await site.cli('operation', 'show', id, '--json')).stdout;

  afterEach(() => on(lab, 'rm -f /export/filler; systemctl start nfs-server'));

  test('gets full: the VM is put back, and nothing half-written is left', async () => {
    await site.startWorker();
    const before = await look(lab, 'web01');
    const id = await site.beginArchiving('web01');
    await on(lab, 'fallocate -l $(( $(df -B1 --output=avail /export | tail -n 1) - 1000000 )) /export/filler');
    expect(await site.ended(id)).toBe('FAILED');
    expect(await outcome(id)).toContain('ShareFull');
    const after = await look(lab, 'web01');
    expect(after).toMatchObject({ vm: 'running', ...nothingLeft });
    expect(effects(before, after)).toEqual([1, 1]);
    expect(after.backups).toEqual(before.backups);
  });

  test('is away for a minute: the backup goes on once it is back', async () => {
    await site.startWorker();
    const before = await look(lab, 'web01');
    const id = await site.beginArchiving('web01');
    await on(lab, 'systemctl stop nfs-server; sleep 60; systemctl start nfs-server');
    expect(await site.ended(id)).toBe('COMPLETED');
    const after = await look(lab, 'web01');
    expect(after).toMatchObject({ vm: 'running', ...nothingLeft });
    expect(effects(before, after)).toEqual([1, 1]);
    expect(after.backups).toHaveLength(before.backups.length + 1);
  });

  test('is away when the operation is cancelled: the VM runs before the share is back', async () => {
    await site.startWorker();
    const before = await look(lab, 'web01');
    const id = await site.beginArchiving('web01');
    await on(lab, 'systemctl stop nfs-server');
    await site.cli('operation', 'cancel', id);
    await until(async () => (await look(lab, 'web01')).vm === 'running', 200_000, 'the VM is brought back', 2000);
    await on(lab, 'systemctl start nfs-server');
    expect(await site.ended(id)).toBe('CANCELLED');
    const after = await look(lab, 'web01');
    expect(after).toMatchObject({ vm: 'running', ...nothingLeft });
    expect(effects(before, after)).toEqual([1, 1]);
    expect(after.backups).toEqual(before.backups);
  });
});
