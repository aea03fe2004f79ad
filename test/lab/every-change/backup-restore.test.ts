import { describe, expect, test } from '@jest/globals';
import { effects, labs, look, nothingLeft, on } from '../support/lab.ts';
import { useSite } from '../support/site.ts';

/** Whole operations, on the real thing. old01 is off and stays so: its disk can be held against what comes back. */
describe.each(labs)('on the $name hypervisor', (lab) => {
  const site = useSite(lab);

  test('a running VM is backed up with one stop and one start, and nothing is left behind', async () => {
    await site.startWorker();
    const before = await look(lab, 'web01');
    expect(before.vm).toBe('running');
    const { exitCode, stdout, stderr } = await site.cli('vm', 'backup', 'web01', '--shutdown', '--json');
    expect({ exitCode, stderr: exitCode === 0 ? '' : stderr }).toEqual({ exitCode: 0, stderr: '' });
    const after = await look(lab, 'web01');
    expect(after).toMatchObject({ vm: 'running', ...nothingLeft });
    expect(effects(before, after)).toEqual([1, 1]);
    expect(after.backups).toHaveLength(before.backups.length + 1);

    // Without this program: plain zstd and tar give the disk back.
    const { result } = JSON.parse(stdout) as { result: { path: string } };
    const listed = await on(lab, `zstd -dc ${lab.exported}/${result.path}/vda.tar.zst | tar -tv --numeric-owner`);
    expect(listed).toMatch(/^-.* 2147483648 .* web01\.raw$/);
  });

  test('a VM that is off is restored under another name, byte for byte, and it boots', async () => {
    await site.startWorker();
    const name = 'restored01';
    const clean = `virsh -q destroy ${name}; virsh -q undefine ${name} --nvram; rm -f /var/lib/libvirt/images/${name}-*; true`;
    await on(lab, clean);
    try {
      const backup = await site.cli('vm', 'backup', 'old01');
      expect({ ...backup, stdout: '' }).toMatchObject({ exitCode: 0 });
      expect((await look(lab, 'old01')).vm).toBe('shut off');
      const restore = await site.cli('vm', 'restore', 'old01', '--name', name, '--json');
      expect({ ...restore, stdout: '' }).toMatchObject({ exitCode: 0 });
      await on(lab, `cmp /var/lib/libvirt/images/old01.qcow2 /var/lib/libvirt/images/${name}-vda.qcow2`);
      const xml = await on(lab, `virsh dumpxml --inactive ${name}`);
      expect(xml).not.toContain(await on(lab, 'virsh domuuid old01'));
      await on(
        lab,
        `virsh -q start ${name}; for n in $(seq 200); do [ "$(virsh -q domstate ${name})" = running ] && exit 0; sleep .2; done; exit 1`,
      );
      expect(await look(lab, 'old01')).toMatchObject(nothingLeft);
    } finally {
      await on(lab, clean);
    }
  });
});
