import { afterEach, describe, expect, test } from '@jest/globals';
import { mkdirSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { lookDomain } from '../../../src/systems/libvirt/index.ts';
import { disk, domain, fixture, image, standInHost, type StandIn, type World } from './support/stand-in.ts';

const made: StandIn[] = [];
afterEach(() => made.splice(0).forEach((one) => one.remove()));

function given(build: (directory: string) => World, options?: Parameters<typeof standInHost>[1]): StandIn {
  const standIn = standInHost(build, options);
  made.push(standIn);
  return standIn;
}
const looked = (build: (directory: string) => World, name = 'web01') => lookDomain(given(build).host, name);
const refused = async (build: (directory: string) => World) => (await looked(build)).refusals;
const other = '63da3112-87ee-4646-8c88-f11c11c5d515';
const link = (path: string, format = 'qcow2') => ({ filename: path, format });

describe('a VM as libvirt was seen to show it', () => {
  const app01 = (directory: string): World => {
    const at = (name: string) => image(join(directory, name), name === 'golden.qcow2' ? 8192 : 5000);
    const xml = (name: string) => fixture(name).replaceAll('/var/lib/libvirt/images', directory);
    return {
      domains: [
        {
          name: 'app01',
          uuid: '4f40770a-edc7-49e2-88ec-4a1db52d34c9',
          state: 'running',
          dominfo: fixture('app01.dominfo'),
          inactive: xml('app01.xml'),
          live: xml('app01-live.xml'),
          blockJobs: { vda: '' },
        },
      ],
      images: { [at('app01.qcow2')]: [link(join(directory, 'app01.qcow2')), link(at('golden.qcow2'))] },
    };
  };

  test('is known with everything it stands on', async () => {
    const standIn = given(app01);
    const found = await lookDomain(standIn.host, 'app01');
    const stat = statSync(join(standIn.directory, 'app01.qcow2'));
    expect(found).toEqual({
      name: 'app01',
      uuid: '4f40770a-edc7-49e2-88ec-4a1db52d34c9',
      state: 'running',
      persistent: true,
      autostart: false,
      managedSave: false,
      sources: [
        {
          path: join(standIn.directory, 'app01.qcow2'),
          kind: 'file',
          role: 'disk',
          target: 'vda',
          format: 'qcow2',
          size: 5000,
          allocated: stat.blocks * 512,
          archive: 'vda.tar',
          fingerprint: `${stat.ino} 5000 ${Math.floor(stat.mtimeMs / 1000)} ${Math.floor(stat.ctimeMs / 1000)}`,
        },
        expect.objectContaining({
          path: join(standIn.directory, 'golden.qcow2'),
          role: 'backing',
          target: 'vda',
          size: 8192,
          archive: 'vda.1-golden.qcow2.tar',
        }),
      ],
      skipped: [{ target: 'boot', why: expect.stringContaining('vmlinuz') }],
      refusals: [],
      bootId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
  });

  test('is found by its UUID too, in few round trips', async () => {
    const standIn = given(app01);
    expect((await lookDomain(standIn.host, '4F40770A-EDC7-49E2-88EC-4A1DB52D34C9')).name).toBe('app01');
    expect(standIn.roundTrips()).toBeLessThanOrEqual(5);
  });

  test('skips media, saying what they are', async () => {
    const { skipped, sources } = await looked((directory) => {
      const path = image(join(directory, 'old01.qcow2'));
      const inactive = fixture('old01.xml').replaceAll('/var/lib/libvirt/images', directory);
      const uuid = '857d5b72-4356-4f6e-822e-91e58dc6095f';
      return { domains: [{ name: 'old01', uuid, state: 'shut off', inactive }], images: { [path]: [link(path)] } };
    }, 'old01');
    expect(skipped).toContainEqual({ target: 'sda', why: 'a CD-ROM' });
    expect(sources.map(({ archive }) => archive)).toEqual(['vda.tar']);
  });

  test('without disks that need it, needs no qemu-img; with one, says that it is missing', async () => {
    const world = (format: string) => (directory: string) => ({
      domains: [domain(disk('vda', image(join(directory, 'a')), format))],
    });
    const without = { without: ['qemu-img'] };
    expect((await lookDomain(given(world('raw'), without).host, 'web01')).sources).toHaveLength(1);
    await expect(lookDomain(given(world('qcow2'), without).host, 'web01')).rejects.toMatchObject({
      type: 'ToolMissing',
      message: expect.stringContaining('qemu-img'),
    });
  });
});

describe('names', () => {
  const odd = [
    'two words',
    `q"uo'te`,
    'semi;colon && x',
    '-rf',
    '--all',
    '$(touch x)',
    '`x`',
    '.hidden',
    'Ü 日本',
    '7',
  ];
  test.each([...odd, ' leading', 'trailing ', '<x>&amp;', '*', '\\', other])(
    '%j is the VM of that name',
    async (name) => {
      const found = await looked(
        (directory) => ({ domains: [domain(disk('vda', image(`${directory}/a`)), { name })] }),
        name,
      );
      expect(found).toMatchObject({ name, refusals: [], sources: [{ archive: 'vda.tar' }] });
    },
  );

  test('like the UUID of another VM mean neither', async () => {
    const world = () => ({ domains: [domain('', { name: other }), domain('', { name: 'db01', uuid: other })] });
    await expect(looked(world, other)).rejects.toMatchObject({
      type: 'InvalidInput',
      message: `"${other}" is the UUID of the VM "db01", and the name of another one`,
    });
    expect((await looked(() => ({ domains: [world().domains[0]!] }), other)).name).toBe(other);
  });

  test('that are not there bring the nearest', async () => {
    await expect(looked(() => ({ domains: [domain('')] }), 'wbe01')).rejects.toMatchObject({
      type: 'UnknownVm',
      message: 'There is no VM "wbe01" on kvm1. Did you mean "web01"?',
      details: { candidates: ['web01'], where: 'kvm1' },
    });
  });

  test('are never run', async () => {
    const name = '$(touch "$WORLD/run"); touch "$WORLD/run"';
    const standIn = given((directory) => ({ domains: [domain(disk('vda', image(`${directory}/a`)), { name })] }));
    await lookDomain(standIn.host, name);
    expect(statSync(join(standIn.directory, 'run'), { throwIfNoEntry: false })).toBeUndefined();
    expect(standIn.commands().every((command) => !command.includes('touch'))).toBe(true);
  });
});

describe('sources', () => {
  test('symbolic links are resolved; raw stays raw whatever the image holds', async () => {
    const { sources, refusals } = await looked((directory) => {
      image(join(directory, 'real/a.raw'));
      symlinkSync('real', join(directory, 'dir'));
      symlinkSync('dir/a.raw', join(directory, 'link'));
      return { domains: [domain(disk('vda', `${directory}/link`))] };
    });
    expect(refusals).toEqual([]);
    expect(sources).toEqual([
      expect.objectContaining({ path: expect.stringMatching(/\/real\/a\.raw$/), format: 'raw' }),
    ]);
  });

  test('a backing file below two disks is archived once, and relative names are from their own directory', async () => {
    const { sources, refusals } = await looked((directory) => {
      const [a, b, mid, base] = ['x/a', 'x/b', 'mid one', 'base'].map((name) => image(join(directory, name)));
      return {
        domains: [domain(disk('vda', a!, 'qcow2') + disk('vdb', b!, 'qcow2'))],
        images: {
          [a!]: [
            link(a!),
            link('../mid one'),
            link(`json:{"driver":"raw","file":{"driver":"file","filename":"${base}"}}`),
          ],
          [b!]: [link(b!), link(base!, 'raw')],
          [mid!]: [],
        },
      };
    });
    expect(refusals).toEqual([]);
    expect(sources.map(({ archive, role, format }) => [archive, role, format])).toEqual([
      ['vda.tar', 'disk', 'qcow2'],
      ['vda.1-mid_one.tar', 'backing', 'qcow2'],
      ['vda.2-base.tar', 'backing', 'qcow2'],
      ['vdb.tar', 'disk', 'qcow2'],
    ]);
  });

  test('names of archives are safe and differ', async () => {
    const { sources } = await looked((directory) => {
      const [a, b, c] = ['a', 'é;$(x)', 'è;$(x)'].map((name) => image(join(directory, name)));
      return { domains: [domain(disk('vda', a!, 'qcow2'))], images: { [a!]: [link(a!), link(b!), link(c!)] } };
    });
    expect(sources.map(({ archive }) => archive)).toEqual(['vda.tar', 'vda.1-____x_.tar', 'vda.2-____x_.tar']);
  });

  test('a volume is where its pool says', async () => {
    const { sources, refusals } = await looked((directory) => ({
      domains: [
        domain(
          ['-v 1', 'gone', 'far']
            .map(
              (name, at) =>
                `<disk type='volume'><source pool='my pool' volume='${name}'/><target dev='vd${at}'/></disk>`,
            )
            .join(''),
        ),
      ],
      volumes: {
        'my pool/-v 1': `<volume type='file'><target><path>${image(`${directory}/-v 1`)}</path></target></volume>`,
        'my pool/far': `<volume type='network'><target><path>pool/far</path></target></volume>`,
      },
    }));
    expect(sources).toEqual([expect.objectContaining({ target: 'vd0', path: expect.stringMatching(/\/-v 1$/) })]);
    expect(refusals).toEqual([
      expect.stringContaining('vd1 is the volume "gone" of the pool "my pool" (Storage volume not found'),
      expect.stringContaining('vd2 is the volume "far" of the pool "my pool" (it is of type network)'),
    ]);
  });

  test('UEFI variables and TPM state belong to it', async () => {
    const tpm = (state: string) => `<tpm><backend type='emulator'><source type='dir' path='${state}'/></backend></tpm>`;
    const os = (path: string) => [
      `<nvram template='/usr/share/x.fd'>${path}</nvram>`,
      `<nvram type='file'><source file='${path}'/></nvram>`,
      `<varstore path='${path}'/>`,
    ];
    for (const which of [0, 1, 2]) {
      const { sources, skipped } = await looked((directory) => {
        mkdirSync(join(directory, 'swtpm'));
        return { domains: [domain(tpm(`${directory}/swtpm`), { os: os(image(`${directory}/vars`))[which]! })] };
      });
      expect(skipped).toEqual([]);
      expect(sources).toEqual([
        expect.objectContaining({ role: 'nvram', kind: 'file', format: 'raw', archive: 'nvram.tar', size: 4096 }),
        expect.objectContaining({ role: 'tpm', kind: 'directory', archive: 'tpm.tar', size: 0, fingerprint: '' }),
      ]);
      expect(sources[1]).not.toHaveProperty('format');
    }
  });

  test('UEFI variables and TPM state that are not there yet are skipped', async () => {
    const { sources, skipped, refusals } = await looked((directory) => ({
      domains: [domain(`<tpm><backend type='emulator'/></tpm>`, { os: `<nvram>${directory}/vars</nvram>` })],
    }));
    expect({ sources, refusals }).toEqual({ sources: [], refusals: [] });
    expect(skipped).toEqual([
      { target: 'nvram', why: expect.stringContaining('not there before the VM runs') },
      { target: 'tpm', why: expect.stringContaining('/var/lib/libvirt/swtpm/1ecbb2fc-12f0-42ff-85b0-74c668e27163') },
    ]);
  });

  test('what lies outside of it is named', async () => {
    const { skipped } = await looked(() => ({
      domains: [
        domain(`<filesystem type='mount'><source dir='/srv/x'/><target dir='share'/></filesystem>
          <hostdev mode='subsystem' type='pci'/><tpm><backend type='passthrough'/></tpm>
          <memory model='nvdimm'><source><path>/vm/nvdimm</path></source></memory>
          <disk type='file' device='disk'><target dev='vdz'/></disk><disk device='floppy'><target dev='fda'/></disk>`),
      ],
    }));
    expect(skipped.map(({ target, why }) => `${target}: ${why}`)).toEqual([
      'vdz: empty',
      'fda: a floppy',
      'share: a file system that the host shares into it (/srv/x)',
      'hostdev: a device of the host, passed through (pci)',
      'tpm: its state is not a file of the host (passthrough)',
      'nvdimm: persistent memory (/vm/nvdimm)',
    ]);
  });
});

describe('is refused', () => {
  const raw = (more: Parameters<typeof domain>[1]) => (directory: string) => ({
    domains: [domain(disk('vda', image(`${directory}/a`)), more)],
  });

  test.each([
    ['paused', 'it is paused'],
    ['pmsuspended', 'it is suspended'],
    ['crashed', 'it has crashed'],
    ['no state', 'libvirt does not know its state'],
  ])('when it is %s', async (state, why) => {
    expect(await refused(raw({ state }))).toEqual([expect.stringContaining(why)]);
  });

  test.each(['running', 'idle', 'in shutdown', 'shut off'])('not when it is %s', async (state) => {
    expect(await refused(raw({ state }))).toEqual([]);
  });

  test('when it is transient', async () => {
    const dominfo = fixture('app01.dominfo').replace(/(Persistent: +)yes/, '$1no');
    expect(await refused(raw({ dominfo }))).toEqual([expect.stringContaining('it is transient')]);
  });

  test('not for a managed save, which is told apart', async () => {
    const dominfo = fixture('old01.dominfo').replace(/(Managed save: +)no/, '$1yes');
    expect(await looked(raw({ dominfo }))).toMatchObject({ managedSave: true, refusals: [] });
  });

  test.each(['1.0', '1.1'])("when it is Nova's, by namespace %s, whatever the prefix", async (version) => {
    const nova = (root: string) => `<metadata>${root}</metadata>`;
    const namespace = `http://openstack.org/xmlns/libvirt/nova/${version}`;
    expect(await refused(raw({ top: nova(`<n:instance xmlns:n='${namespace}'/>`) }))).toEqual([
      expect.stringContaining('it belongs to OpenStack (Nova)'),
    ]);
    expect(await refused(raw({ top: nova(`<nova:instance xmlns:nova='http://example.org/nova'/>`) }))).toEqual([]);
  });

  test('when it would not stay off', async () => {
    expect(await refused(raw({ top: '<on_poweroff>restart</on_poweroff>' }))).toEqual([
      'its on_poweroff is "restart": it would not stay off after a shutdown',
    ]);
  });

  test('when libvirt is at work on it', async () => {
    const live = fixture('copied-live.xml').replace(/<name>.*<\/name>/, '<name>web01</name>');
    const refusals = await refused((directory) => ({
      domains: [
        domain(disk('vdb', '/vm/link.raw'), {
          state: 'running',
          live: live.replace('/vm/link.raw', image(`${directory}/a`)),
          inactive: live
            .replace('/vm/link.raw', `${directory}/a`)
            .replace(/<uuid>.*<\/uuid>/, `<uuid>1ecbb2fc-12f0-42ff-85b0-74c668e27163</uuid>`)
            .replace(/<mirror[\s\S]*<\/mirror>/, ''),
          job: 'Job type:         Unbounded   \nOperation:        Backup      \nTime elapsed:     63 ms\n',
          blockJobs: { vda: '', vdb: ' type=Block Copy\n bandwidth=1\n cur=8388607\n end=8388608\n' },
        }),
      ],
    }));
    expect(refusals).toEqual([
      'libvirt is at work on it (Backup): let that end first',
      'a block job runs on vdb (Block Copy): let it end first',
      'vdb is being copied or committed by a block job: let it end, or abort it, first',
    ]);
  });

  test('when the running VM has other disks than it would have after a shutdown', async () => {
    const refusals = await refused((directory) => {
      const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => image(join(directory, name)));
      const live = domain(disk('vda', a!) + disk('vdb', b!) + disk('vdd', d!)).inactive;
      return { domains: [domain(disk('vda', a!) + disk('vdb', c!) + disk('vde', d!), { state: 'running', live })] };
    });
    expect(refusals).toEqual([
      'vdb has another image in the running VM than in its definition',
      'vdd is attached to the running VM only, and would be gone after a shutdown',
      'vde stands in its definition, but the running VM does not have it',
    ]);
  });

  test.each([
    [
      `<disk type='network'><source protocol='rbd' name='vms/x'/><target dev='vda'/></disk>`,
      'vda is on the network (rbd:vms/x)',
    ],
    [`<disk type='dir'><source dir='/srv'/><target dev='vda'/></disk>`, 'vda is made from the directory /srv'],
    [`<disk type='nvme'><source type='pci'/><target dev='vda'/></disk>`, 'vda is of type nvme'],
    [`<disk type='vhostuser'><source type='unix'/><target dev='vda'/></disk>`, 'vda is of type vhostuser'],
    [disk('vda', '/no/such/image'), "the image of vda, /no/such/image, can't be read: No such file or directory"],
    [disk('vda', '/'), '/ of vda is neither a file nor a block device'],
    [disk('vda', '/dev/null'), '/dev/null of vda is neither a file nor a block device'],
  ])('with a disk that can not be archived: %s', async (devices, why) => {
    expect(await refused(() => ({ domains: [domain(devices)] }))).toEqual([expect.stringContaining(why)]);
  });

  test.each([
    ['nbd://10.0.0.1/x', 'its backing file nbd://10.0.0.1/x is not a plain file of the host'],
    ['json:{"driver":"qcow2","file":{"driver":"nbd","host":"x"}}', 'is not a plain file of the host'],
    ['json:{"driver":"raw","offset":512,"file":{"driver":"file","filename":"/x"}}', 'is not a plain file of the host'],
    ['json:nonsense', 'is not a plain file of the host'],
  ])('with a backing file like %s', async (backing, why) => {
    const refusals = await refused((directory) => {
      const a = image(`${directory}/a`);
      return { domains: [domain(disk('vda', a, 'qcow2'))], images: { [a]: [link(a), link(backing)] } };
    });
    expect(refusals).toEqual([expect.stringContaining(why)]);
  });

  test.each([
    [{ 'data-file': '/vm/ext.data' }, '/vm/ext.data'],
    [{ extents: [{ filename: '/vm/flat-flat.vmdk' }] }, '/vm/flat-flat.vmdk'],
  ])('with data in a second file: %j', async (data, file) => {
    const refusals = await refused((directory) => {
      const a = image(`${directory}/a`);
      const info = { ...link(a), 'format-specific': { type: 'x', data } };
      return { domains: [domain(disk('vda', a, 'qcow2'))], images: { [a]: [info] } };
    });
    expect(refusals).toEqual([expect.stringContaining(`keeps its data in another file (${file})`)]);
  });

  test('with two disks of one file, also through a link, and with a disk below another', async () => {
    const refusals = await refused((directory) => {
      const [a, b, base] = ['a', 'b', 'base'].map((name) => image(join(directory, name)));
      symlinkSync(a!, `${directory}/link`);
      return {
        domains: [
          domain(disk('vda', a!) + disk('vdb', `${directory}/link`) + disk('vdc', b!, 'qcow2') + disk('vdd', base!)),
        ],
        images: { [b!]: [link(b!), link(base!, 'raw')] },
      };
    });
    expect(refusals).toEqual([
      expect.stringMatching(/^vda and vdb use the same file, .*\/a$/),
      expect.stringMatching(/^vdc and vdd use the same file, .*\/base$/),
    ]);
  });

  test('when another active VM may write to a file of it; not when that is off, reads only, or stands on the same base', async () => {
    const world = (state: string, more: string) => (directory: string) => {
      const [a, b, base] = ['a', 'b', 'base'].map((name) => image(join(directory, name)));
      symlinkSync(a!, `${directory}/link`);
      const db01 = domain(disk('vdx', b!, 'qcow2') + disk('vdy', `${directory}/link`, 'raw', more), {
        name: 'db 01',
        uuid: other,
        state,
      });
      return {
        domains: [domain(disk('vda', a!) + disk('vdb', `${directory}/c`, 'qcow2')), db01],
        images: { [image(`${directory}/c`)]: [link(`${directory}/c`), link(base!)] },
      };
    };
    for (const state of ['running', 'paused'])
      expect(await refused(world(state, '<shareable/>'))).toEqual([
        expect.stringMatching(/^another VM, "db 01", is active and uses .*\/a too \(as its vdy\)$/),
      ]);
    expect(await refused(world('shut off', ''))).toEqual([]);
    expect(await refused(world('running', '<readonly/>'))).toEqual([]);
  });

  test('with every reason at once', async () => {
    const refusals = await refused(() => ({
      domains: [
        domain(disk('vda', '/no/1') + disk('vdb', '/no/2'), {
          state: 'paused',
          top: '<on_poweroff>preserve</on_poweroff>',
        }),
      ],
    }));
    expect(refusals).toHaveLength(4);
  });
});

describe('libvirt that does not answer', () => {
  test('is a failure to be tried again, not an unknown VM', async () => {
    for (const down of [
      "error: failed to connect to the hypervisor\nerror: Failed to connect socket to '/var/run/libvirt/libvirt-sock': No such file or directory",
      "error: Disconnected from qemu:///system due to end of file\nerror: failed to get domain 'x'",
    ])
      await expect(looked(() => ({ domains: [], down }))).rejects.toMatchObject({
        type: 'CommandFailed',
        message: expect.stringContaining('libvirt on kvm1 does not answer'),
      });
  });

  test('that is not installed is named', async () => {
    const { host } = given(() => ({ domains: [] }), { without: ['virsh'] });
    await expect(lookDomain(host, 'web01')).rejects.toMatchObject({ type: 'ToolMissing' });
  });
});
