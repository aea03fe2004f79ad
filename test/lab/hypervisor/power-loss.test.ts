import { afterAll, describe, expect, test } from '@jest/globals';
import { look, machine, nothingLeft, on, the } from '../support/lab.ts';
import { until, useSite } from '../support/site.ts';

/** What was not synced is gone then, nothing is mounted, and only domains marked autostart run again. */
describe('the host loses its power in the middle of an archive', () => {
  const lab = the('hypervisor');
  const site = useSite(lab);

  const powerCut = (): Promise<void> => machine(lab, 'down');
  const comeBack = (): Promise<void> => machine(lab, 'up', '--keep', '--no-start');
  const backupsOf = async (vm: string): Promise<readonly string[]> =>
    (await look(lab, vm)).backups.filter((path) => path.includes(`/${vm}-`));

  // The other domains stay off after a power cut.
  afterAll(() => machine(lab, 'reset'), 280_000);

  test('the backup begins again on the new boot, and ends well', async () => {
    await site.startWorker();
    const backups = await backupsOf('web01');
    const id = await site.beginArchiving('web01');
    await powerCut();
    await comeBack();
    expect(await site.ended(id)).toBe('COMPLETED');
    expect(await look(lab, 'web01')).toMatchObject({ vm: 'running', ...nothingLeft });
    expect(await backupsOf('web01')).toHaveLength(backups.length + 1);
  });

  test('a VM that libvirt started by itself is shut down once more', async () => {
    await on(lab, 'virsh -q autostart web01; sync');
    await site.startWorker();
    const backups = await backupsOf('web01');
    const id = await site.beginArchiving('web01');
    await powerCut();
    await comeBack();
    expect(await site.ended(id)).toBe('COMPLETED');
    expect(await look(lab, 'web01')).toMatchObject({ vm: 'running', ...nothingLeft });
    expect(await backupsOf('web01')).toHaveLength(backups.length + 1);
    await on(lab, 'virsh -q autostart --disable web01; sync');
  });

  test('without any worker the host starts the VM itself, and a later worker removes the rest', async () => {
    const worker = await site.startWorker();
    const backups = await backupsOf('web01');
    const id = await site.beginArchiving('web01', '--guard-after', '30s');
    await site.kill(worker);
    await powerCut();
    await comeBack();
    await until(async () => (await look(lab, 'web01')).vm === 'running', 120_000, 'the guard starts the VM', 2000);
    await site.startWorker();
    expect(await site.ended(id)).toBe('FAILED');
    const { stdout } = await site.cli('operation', 'show', id, '--json');
    expect(stdout).toContain('GuardActed');
    expect(await look(lab, 'web01')).toMatchObject({ vm: 'running', ...nothingLeft });
    expect(await backupsOf('web01')).toEqual(backups);
  });
});
