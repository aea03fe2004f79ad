import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { PracticeSite } from './support/site.ts';

let site: PracticeSite;
let point: string;
const source = 'practice-nas:/export/backup';

beforeAll(async () => {
  site = await PracticeSite.start();
  point = site.ready.repository.mountPoint;
}, 60_000);
afterAll(() => site.clean());

const mount = () => site.call('mount', ['-t', 'nfs', '-o', 'soft,timeo=100', source, point]);
const findmnt = () => site.call('findmnt', ['-rn', '-o', 'SOURCE', '--mountpoint', point]);

describe('the mounts of the practice site', () => {
  test('show the content of the share at the mount point, and hide what lies there', async () => {
    await writeFile(`${point}/below`, '');
    expect(await findmnt()).toMatchObject({ exitCode: 1, stdout: '' });
    expect(await mount()).toMatchObject({ exitCode: 0, stderr: '' });

    await writeFile(`${point}/a-file`, 'text');
    expect(await readdir(point)).toEqual(['a-file']);
    expect(await readdir(`${site.ready.directory}/nas/export/backup`)).toEqual(['a-file']);
    expect(await findmnt()).toMatchObject({ exitCode: 0, stdout: `${source}\n` });
    expect(await site.call('findmnt', ['-n', '-o', 'TARGET,FSTYPE,OPTIONS', '-T', `${point}/a-file`])).toMatchObject({
      stdout: `${point} nfs soft,timeo=100\n`,
    });
    expect(await site.call('mountpoint', ['-q', point])).toMatchObject({ exitCode: 0 });
    expect((await site.ask('GET /state')).mounts).toEqual([
      { mountPoint: point, source, type: 'nfs', options: 'soft,timeo=100' },
    ]);

    expect(await site.call('umount', [point])).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await readdir(point)).toEqual(['below']);
    expect(await findmnt()).toMatchObject({ exitCode: 1, stdout: '' });
    expect(await site.call('mountpoint', ['-q', point])).not.toMatchObject({ exitCode: 0 });
  });

  test('say what is wrong in the words of the real programs', async () => {
    const nowhere = `${site.ready.directory}/nowhere`;
    const cases: [string, string[], string][] = [
      [
        'mount',
        ['-t', 'nfs', 'practice-nas:/other', point],
        `mount.nfs: mounting practice-nas:/other failed, reason given by server: No such file or directory`,
      ],
      ['mount', ['-t', 'nfs', source, nowhere], `mount.nfs: mount point ${nowhere} does not exist`],
      ['umount', [point], `umount: ${point}: not mounted.`],
    ];
    for (const [program, argv, message] of cases) {
      expect(await site.call(program, argv)).toEqual({ exitCode: 32, stdout: '', stderr: `${message}\n` });
    }
    await mount();
    expect(await mount()).toMatchObject({
      exitCode: 32,
      stderr: expect.stringContaining('is busy or already mounted'),
    });
    await site.call('umount', [point]);
  });

  test('are busy while a command of the site works on them', async () => {
    await mount();
    expect(await site.run(`cd ${point} && umount ${point}`)).toMatchObject({
      exitCode: 32,
      stderr: `umount: ${point}: target is busy.\n`,
    });
    expect(await site.run(`umount ${point}`)).toMatchObject({ exitCode: 0 });
  });

  test('leave everything else to the real programs', async () => {
    expect(await site.call('findmnt', ['-rn', '-o', 'FSTYPE', '--mountpoint', '/proc'])).toMatchObject({
      exitCode: 0,
      stdout: 'proc\n',
    });
    const plain = `${site.ready.directory}/plain`;
    await mkdir(plain);
    expect(await site.call('findmnt', ['--mountpoint', plain])).toMatchObject({ exitCode: 1 });
    expect((await site.call('umount', ['/nonexistent'])).stderr).toContain('/nonexistent');
  });

  test('lose the share when its server is away, and find it again', async () => {
    await mount();
    await site.ask('POST /faults', { share: { gone: true } });
    expect(await site.run(`ls ${point}/`)).toMatchObject({ exitCode: 2 });
    expect(await findmnt()).toMatchObject({ stdout: `${source}\n` });
    await site.ask('DELETE /faults');
    expect(await site.run(`ls ${point}/`)).toMatchObject({ exitCode: 0 });

    await site.ask('POST /unmount', {});
    expect(await findmnt()).toMatchObject({ exitCode: 1 });
    await site.ask('POST /faults', { share: { gone: true } });
    expect(await mount()).toMatchObject({ exitCode: 32, stderr: 'mount.nfs: Connection timed out\n' });
    await site.ask('DELETE /faults');
  });

  test('are full when they are told to be, as NFS is: at close', async () => {
    await mount();
    await site.ask('POST /faults', { share: { limit: 1_000_000 } });
    const write = (blocks: number) =>
      site.run(`cd ${point} && head -c ${blocks * 1024} /dev/urandom | dd of=./big bs=1K conv=fsync status=none`);
    expect(await write(2000)).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: "dd: closing output file './big': No space left on device\n",
    });
    await site.run(`rm ${point}/big`);
    expect(await write(100)).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await site.run(`stat -c %s ${point}/big`)).toMatchObject({ stdout: '102400\n' });
    await site.ask('DELETE /faults');
    expect(await write(2000)).toMatchObject({ exitCode: 0 });
    await site.call('umount', [point]);
  });
});
