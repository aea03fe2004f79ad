import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { openHost, type Host } from '../../../src/systems/host/index.ts';
import {
  cloneDomainXml,
  defineDomain,
  destroyDomain,
  domainNames,
  domainState,
  dumpDomain,
  listDomains,
  lookDomain,
  poolRefreshFor,
  startDomain,
  undefineDomain,
} from '../../../src/systems/libvirt/index.ts';
import { on, scratch, the, writeConfig } from '../support/lab.ts';

// What libvirt accepts, prints and keeps, asked of libvirt. One hypervisor is enough; the one without systemd is quicker.
const lab = the('local');
const vms = '/var/tmp/stackhand-libvirt-test';
const virsh = 'virsh -c qemu:///system';

describe('libvirt', () => {
  const made: string[] = [];
  let host: Host;
  let removeScratch: () => Promise<void>;

  beforeAll(async () => {
    const { directory, remove } = await scratch();
    removeScratch = remove;
    await writeConfig(lab, directory);
    host = openHost({
      ...{ name: 'local', transport: 'ssh2', address: '127.0.0.1', port: lab.port, user: 'root', sudo: false },
      ...{ identityFile: lab.key, knownHosts: join(directory, 'known_hosts') },
      ...{ runDirectory: '/run/stackhand', stateDirectory: '/var/lib/stackhand' },
    });
    await on(
      lab,
      `set -e; rm -rf ${vms}; mkdir -p ${vms}/pool; cd ${vms}
      truncate -s 8M a.raw b.raw; ln -s b.raw link.raw
      qemu-img create -q -f qcow2 base.qcow2 16M
      qemu-img create -q -f qcow2 -b base.qcow2 -F qcow2 'mid one.qcow2'
      qemu-img create -q -f qcow2 -b 'mid one.qcow2' -F qcow2 top.qcow2
      qemu-img create -q -f qcow2 -b base.qcow2 -F qcow2 other.qcow2
      qemu-img create -q -f qcow2 'pool/-v 1' 8M
      ${virsh} pool-define-as 'stackhand test' --type dir --target ${vms}/pool; ${virsh} pool-start 'stackhand test'`,
    );
  });

  afterAll(async () => {
    for (const uuid of made) {
      await destroyDomain(host, uuid).catch(() => undefined);
      await on(lab, `${virsh} undefine ${uuid} --managed-save --snapshots-metadata >/dev/null 2>&1 || true`);
    }
    await on(lab, `${virsh} pool-destroy 'stackhand test'; ${virsh} pool-undefine 'stackhand test'; rm -rf ${vms}`);
    await host.close();
    await removeScratch();
  });

  async function define(name: string, disks: string): Promise<string> {
    const uuid = randomUUID();
    made.push(uuid);
    const escaped = name.replace(/&/g, '&amp;').replace(/</g, '&lt;');
    await defineDomain(
      host,
      `<domain type='qemu'><name>${escaped}</name><uuid>${uuid}</uuid><memory unit='KiB'>65536</memory>
       <os><type arch='x86_64'>hvm</type></os><features><acpi/></features><devices>${disks}</devices></domain>`,
    );
    return uuid;
  }
  const disk = (target: string, file: string, format = 'raw'): string =>
    `<disk type='file' device='disk'><driver name='qemu' type='${format}'/><source file='${vms}/${file}'/><target dev='${target}' bus='virtio'/></disk>`;

  test('every VM of the host is listed and can be looked at', async () => {
    const listed = await listDomains(host);
    expect(listed.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['app01', 'db01', 'deaf01', 'old01', 'web01']),
    );
    const app01 = await lookDomain(host, 'app01');
    expect(app01.refusals).toEqual([]);
    expect(app01.sources.map(({ archive }) => archive)).toEqual(['vda.tar', 'vda.1-golden.qcow2.tar']);
    expect((await lookDomain(host, 'old01')).skipped).toContainEqual({ target: 'sda', why: 'a CD-ROM' });
  });

  test('names with blanks, quotes, shell and leading dashes are names', async () => {
    const odd = ['two words', `q"uo'te`, '$(touch x); y', '-rf', '--all', 'Ü 日本', '7', ' lead', 'trail '];
    for (const name of odd) {
      const uuid = await define(name, disk('vda', 'a.raw'));
      expect(await lookDomain(host, name)).toMatchObject({ name, uuid, refusals: [] });
      expect((await dumpDomain(host, uuid)).xml).toContain(uuid);
      await undefineDomain(host, uuid);
      expect(await domainState(host, uuid)).toBeUndefined();
    }
    expect((await domainNames(host)).filter(({ name }) => odd.includes(name))).toEqual([]);
  });

  test('chains, links and volumes lead to their files, each once', async () => {
    await define(
      'stackhand disks',
      disk('vda', 'top.qcow2', 'qcow2') +
        disk('vdb', 'other.qcow2', 'qcow2') +
        disk('vdc', 'link.raw') +
        `<disk type='volume' device='disk'><driver name='qemu' type='qcow2'/><source pool='stackhand test' volume='-v 1'/><target dev='vdd' bus='virtio'/></disk>`,
    );
    const { sources, refusals } = await lookDomain(host, 'stackhand disks');
    expect(refusals).toEqual([]);
    expect(sources.map(({ archive, path }) => [archive, path.replace(`${vms}/`, '')])).toEqual([
      ['vda.tar', 'top.qcow2'],
      ['vda.1-mid_one.qcow2.tar', 'mid one.qcow2'],
      ['vda.2-base.qcow2.tar', 'base.qcow2'],
      ['vdb.tar', 'other.qcow2'],
      ['vdc.tar', 'b.raw'],
      ['vdd.tar', 'pool/-v 1'],
    ]);
    expect(await poolRefreshFor(host, `${vms}/pool/new.raw`)).toEqual(['stackhand test']);
  });

  test('a running VM with a snapshot is fine; with a block job, a disk too many, or paused, it is refused', async () => {
    const uuid = await define('stackhand runner', disk('vda', 'other.qcow2', 'qcow2') + disk('vdb', 'a.raw'));
    const sharer = await define('stackhand sharer', disk('vda', 'a.raw'));
    const refusals = async (): Promise<readonly string[]> => (await lookDomain(host, uuid)).refusals;
    await startDomain(host, uuid);
    await startDomain(host, uuid);
    expect(await domainState(host, uuid)).toBe('running');
    expect((await lookDomain(host, sharer)).refusals).toEqual([
      `another VM, "stackhand runner", is active and uses ${vms}/a.raw too (as its vdb)`,
    ]);

    await on(lab, `${virsh} snapshot-create-as ${uuid} --name "-s n'1" --disk-only --diskspec vdb,snapshot=no`);
    expect(await refusals()).toEqual([]);
    expect((await lookDomain(host, uuid)).sources.filter(({ target }) => target === 'vda')).toHaveLength(3);
    expect(Object.keys((await dumpDomain(host, uuid)).snapshots)).toEqual(["-s n'1"]);

    await on(lab, `${virsh} blockcopy ${uuid} vdb ${vms}/copy.raw --transient-job --format raw --bandwidth 1`);
    expect(await refusals()).toEqual([
      'a block job runs on vdb (Block Copy): let it end first',
      'vdb is being copied or committed by a block job: let it end, or abort it, first',
    ]);
    await on(
      lab,
      `${virsh} blockjob ${uuid} vdb --abort; truncate -s 1M ${vms}/hot.raw
      ${virsh} attach-disk ${uuid} ${vms}/hot.raw vdc --live --targetbus virtio --subdriver raw`,
    );
    expect(await refusals()).toEqual(['vdc is attached to the running VM only, and would be gone after a shutdown']);
    await on(lab, `${virsh} suspend ${uuid}`);
    expect(await refusals()).toContain('it is paused: resume it, or shut it down, first');
    await expect(undefineDomain(host, uuid)).rejects.toMatchObject({ type: 'VmRefused' });
    await destroyDomain(host, uuid);
    await destroyDomain(host, uuid);
    expect(await domainState(host, uuid)).toBe('shut off');
  });

  test("a start that fails brings libvirt's reason", async () => {
    const uuid = await define('stackhand gone', disk('vda', 'gone.raw'));
    await expect(startDomain(host, uuid)).rejects.toMatchObject({
      type: 'VmStartFailed',
      message: expect.stringContaining(`Cannot access storage file '${vms}/gone.raw'`),
    });
  });

  test('libvirt takes a copy of every VM beside it, and the original over itself only when it may', async () => {
    for (const { name, uuid } of (await domainNames(host)).filter((one) => /^(app|db|web)01$/.test(one.name))) {
      const { xml } = await dumpDomain(host, uuid);
      const copy = { name: `copy of ${name}`, uuid: randomUUID() };
      made.push(copy.uuid);
      const options = { newMacs: true, paths: {}, disks: { vda: `${vms}/a.raw` }, connect: false };
      await defineDomain(host, cloneDomainXml(xml, { ...copy, ...options }));
      expect(await lookDomain(host, copy.uuid)).toMatchObject({ ...copy, state: 'shut off', autostart: false });
      await undefineDomain(host, copy.uuid);
      await expect(defineDomain(host, xml)).rejects.toMatchObject({ type: 'RestoreRefused' });
    }
  });
});
