import { truncate, readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { runCases, type Case } from './support/probe.mjs';
import { PracticeSite, until } from './support/site.ts';

let site: PracticeSite;

beforeAll(async () => {
  site = await PracticeSite.start();
}, 60_000);
afterAll(() => site.clean());

const virsh = (...argv: string[]) => site.call('virsh', ['-c', 'qemu:///system', ...argv]);

describe('the virsh of the practice site', () => {
  test('answers as a real libvirt answered the same commands, one after another', async () => {
    const captured = JSON.parse(
      await readFile(new URL('support/virsh-captured.json', import.meta.url), 'utf8'),
    ) as Case[];
    const directory = `${site.ready.directory}/images`;
    await writeFile(`${directory}/probe.qcow2`, '');
    await truncate(`${directory}/probe.qcow2`, 1024 * 1024);

    const answers = await runCases({
      async virsh(argv) {
        const ran = await site.call('virsh', argv);
        if (argv[0] === 'define' && ran.exitCode === 0) {
          await site.ask('POST /domains/probe01', { startSeconds: 0, shutdownSeconds: 0.2 });
        }
        return ran;
      },
      write: (name, text) => writeFile(`${directory}/${name}`, text),
      directory,
      bootSeconds: 0,
    });
    expect(answers).toEqual(captured);
  }, 60_000);

  test('prints the domain as libvirt does: inactive as defined, running with its id', async () => {
    const { stdout: inactive } = await virsh('dumpxml', '--inactive', '--security-info', 'db01');
    const { stdout: live } = await virsh('dumpxml', 'db01');
    expect(inactive).toMatch(/^<domain type='qemu'>\n {2}<name>db01<\/name>\n {2}<uuid>[0-9a-f-]{36}<\/uuid>\n/);
    expect(inactive).toContain('<on_poweroff>destroy</on_poweroff>');
    expect(inactive.match(/<source file='[^']*\/images\/db01-vd[ab]\.raw'\/>/g)).toHaveLength(2);
    expect(live).toMatch(/^<domain id='\d+' type='qemu'>/);
  });

  test('shuts a guest down in its own time, and counts one shutdown however often it is asked', async () => {
    await site.ask('POST /domains/db01', { shutdownSeconds: 1, startSeconds: 0 });
    const before = await site.domain('db01');
    const asked = Date.now();
    expect(await virsh('shutdown', 'db01')).toMatchObject({ exitCode: 0 });
    await virsh('shutdown', 'db01');
    await until(async () => (await virsh('domstate', 'db01')).stdout.trim() === 'shut off');
    expect(Date.now() - asked).toBeGreaterThan(900);

    await virsh('start', 'db01');
    expect(await site.domain('db01')).toMatchObject({
      state: 'running',
      starts: before.starts + 1,
      stops: before.stops + 1,
      shutdownRequests: before.shutdownRequests + 2,
    });
    const log = await readFile(`${site.ready.directory}/log/qemu/db01.log`, 'utf8');
    expect(log.match(/: starting up /g)).toHaveLength(1);
    expect(log.match(/: shutting down, reason=shutdown/g)).toHaveLength(1);
  });

  test('lets a guest ignore a shutdown, for ever or so many times', async () => {
    await virsh('shutdown', 'deaf01');
    await site.ask('POST /domains/web01', { deaf: 1, shutdownSeconds: 0.1, startSeconds: 0 });
    await virsh('shutdown', 'web01');
    // A guest that had listened would be off by now.
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect((await site.domain('web01')).state).toBe('running');
    await virsh('shutdown', 'web01');
    await until(async () => (await site.domain('web01')).state === 'shut off');
    expect((await site.domain('deaf01')).state).toBe('running');
    await virsh('start', 'web01');
  });

  test('has guests that write to their disks while they run, and never after', async () => {
    const disk = `${site.ready.directory}/images/deaf01.raw`;
    const times = async () => (await site.run(`stat -c '%Y %Z %y' ${disk}`)).stdout;
    const first = await times();
    await until(async () => (await times()) !== first);
    await virsh('destroy', 'deaf01');
    const off = await times();
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(await times()).toBe(off);
  });

  test('starts a domain once, whoever asks at the same time', async () => {
    const before = await site.domain('old01');
    const tries = await Promise.all([1, 2, 3, 4].map(() => virsh('start', 'old01')));
    expect(tries.map(({ exitCode }) => exitCode).sort()).toEqual([0, 1, 1, 1]);
    expect(await site.domain('old01')).toMatchObject({ state: 'running', starts: before.starts + 1 });
    await virsh('destroy', 'old01');
  });
});
