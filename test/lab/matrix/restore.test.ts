import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Activities } from '../../../src/activities/index.ts';
import { effects, labs, look, nothingLeft, on } from '../support/lab.ts';
import { useSite } from '../support/site.ts';

/** A restore over the VM that runs: its worker dies, it is cancelled, it is terminated. No disk goes from under a VM. */
describe.each(labs)('a restore of a running VM on the $name hypervisor', (lab) => {
  const site = useSite(lab);
  let backup = '';

  beforeAll(async () => {
    await site.startWorker();
    const { stdout, stderr } = await site.cli('vm', 'backup', 'web01', '--shutdown', '--json');
    if (stdout === '') throw new Error(stderr);
    ({ path: backup } = (JSON.parse(stdout) as { result: { path: string } }).result);
  }, 280_000);

  const begin = (): Promise<string> => site.begin('vm', 'restore', backup, '--shutdown');

  /** Disk files of the VM as it runs; fails when one of them is not there any more. */
  const disks = (): Promise<string> =>
    on(
      lab,
      `set -e
      pid=$(cat /run/libvirt/qemu/web01.pid)
      ! ls -l /proc/$pid/fd | grep '(deleted)$'
      virsh domblklist web01 --details | awk '$2 == "disk" { print $4 }' | while read -r file; do test -f "$file"; echo "$file"; done
      [ "$(virsh domblklist web01)" = "$(virsh domblklist web01 --inactive)" ]`,
    );

  test.each<keyof Activities>(['extract', 'shutDown', 'defineRestored', 'startRestored', 'settleDomain', 'unmount'])(
    'ends as without the kill when its worker dies in %s',
    async (activity) => {
      const first = await site.startWorker();
      const [before, former] = [await look(lab, 'web01'), await disks()];
      const id = await begin();
      await site.reached(id, activity);
      await site.kill(first);
      await site.startWorker();
      expect(await site.ended(id)).toBe('COMPLETED');
      const after = await look(lab, 'web01');
      expect(after).toMatchObject({ vm: 'running', ...nothingLeft });
      expect(effects(before, after)).toEqual([1, 1]);
      expect(await disks()).not.toBe(former);
    },
  );

  test.each<keyof Activities>(['extract', 'defineRestored', 'startRestored'])(
    'puts the former VM back when it is cancelled in %s',
    async (activity) => {
      await site.startWorker();
      const former = await disks();
      const id = await begin();
      await site.reached(id, activity);
      await site.cli('operation', 'cancel', id);
      // A cancel that comes once the restored VM was seen running, comes too late for it.
      const ended = await site.ended(id);
      expect(await look(lab, 'web01')).toMatchObject({ vm: 'running', ...nothingLeft });
      if (ended === 'CANCELLED' && !(await site.scheduled(id)).includes('settleDomain')) {
        expect(await disks()).toBe(former);
      } else expect(await disks()).not.toBe(former);
    },
  );

  test('is repaired into a VM that goes on running on what was restored, when it was terminated once that ran', async () => {
    await site.startWorker();
    const id = await begin();
    await site.reached(id, 'settleDomain');
    await site.temporal.client.workflow.getHandle(id).terminate('test');
    const [before, restored] = [await look(lab, 'web01'), await disks()];
    const repaired = await site.cli('operation', 'repair', '--host', lab.name);
    expect({ ...repaired, stdout: '' }).toMatchObject({ exitCode: 0 });
    const after = await look(lab, 'web01');
    expect(after).toMatchObject({ vm: 'running', ...nothingLeft });
    expect(effects(before, after)).toEqual([0, 0]);
    expect(await disks()).toBe(restored);
  });
});
