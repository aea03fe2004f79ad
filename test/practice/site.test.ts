import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execa } from 'execa';
import type { Client } from 'ssh2';
import { parse } from 'yaml';
import { builtProgram } from '../support/built.ts';
import { scratchDirectory } from '../support/scratch.ts';
import { PracticeSite, runOn, until } from './support/site.ts';

let site: PracticeSite;

beforeAll(async () => {
  site = await PracticeSite.start();
}, 60_000);
afterAll(() => site.clean());

describe('the practice site', () => {
  test('says at its start that it is practice, and where everything is', async () => {
    expect(site.banner).toContain('PRACTICE SITE. Nothing here is real');
    expect(site.ready).toMatchObject({
      practice: true,
      repository: { type: 'nfs', source: 'practice-nas:/export/backup' },
    });
    const config = parse(await readFile(site.ready.config, 'utf8')) as Record<string, Record<string, object>>;
    expect(config['hosts']?.['practice']).toMatchObject({
      address: '127.0.0.1',
      port: site.ready.ssh.port,
      sudo: false,
      runDirectory: site.ready.runDirectory,
    });
    expect(config['repositories']?.['practice']).toMatchObject(site.ready.repository);
  });

  test('refuses a directory that holds something else, and a second site in one directory', async () => {
    const script = `${await builtProgram()}/practice/site.js`;
    const taken = await scratchDirectory('taken');
    await writeFile(`${taken}/precious`, '');
    for (const argv of [
      ['--directory', taken],
      ['--clean', '--directory', taken],
      ['--directory', site.ready.directory],
    ]) {
      const { exitCode, stderr } = await execa(process.execPath, [script, ...argv], { reject: false });
      expect(exitCode).toBe(1);
      expect(stderr).toMatch(/^practice site: .*(holds something else|is no practice site|runs in .* already)/);
    }
    expect(existsSync(`${taken}/precious`)).toBe(true);
  });

  describe('over SSH', () => {
    test('is found by OpenSSH with the known_hosts line and the key it made', async () => {
      const { host, port, user, identityFile, knownHosts } = site.ready.ssh;
      const options = [
        '-F',
        'none',
        '-o',
        `UserKnownHostsFile=${knownHosts}`,
        '-o',
        'BatchMode=yes',
        '-i',
        identityFile,
      ];
      const ran = await execa('ssh', [...options, '-p', `${port}`, `${user}@${host}`, 'cat; exit 7'], {
        input: 'through a pipe',
        reject: false,
      });
      expect(ran).toMatchObject({ exitCode: 7, stdout: 'through a pipe', stderr: '' });
    });

    test('runs real programs with the stand-ins before them, and tells them that there is no systemd', async () => {
      const { stdout } = await site.run(
        'command -v virsh mount tar; test -d "${STACKHAND_SYSTEMD_ROOT-}/run/systemd/system" || echo none',
      );
      const [virsh, mount, tar, systemd] = stdout.split('\n');
      expect(virsh).toBe(`${site.ready.directory}/bin/virsh`);
      expect(mount).toBe(`${site.ready.directory}/bin/mount`);
      expect(tar).toMatch(/^\/(usr\/)?bin\/tar$/);
      expect(systemd).toBe('none');
    });

    test('passes bytes, exit codes and ends by signal as sshd does', async () => {
      expect(await site.run('head -c 3000000 /dev/zero | wc -c; echo no >&2; exit 3')).toEqual({
        exitCode: 3,
        stdout: '3000000\n',
        stderr: 'no\n',
      });
      expect(await site.run('wc -c', 'x'.repeat(2_000_000))).toMatchObject({ stdout: '2000000\n' });
      expect(await site.run('kill -KILL $$')).toMatchObject({ exitCode: -1 });
    });

    test('refuses the eleventh channel of a connection, as MaxSessions has it', async () => {
      const client = await site.connect();
      const first = Array.from({ length: 10 }, () => runOn(client, 'cat <&0; sleep 1'));
      await expect(runOn(client, 'true')).rejects.toThrow(/open failure/i);
      await Promise.all(first);
      expect(await runOn(client, 'true')).toMatchObject({ exitCode: 0 });
      client.end();
    });

    test('leaves what runs alone when connections are cut', async () => {
      const client = await site.connect();
      const mark = `${site.ready.directory}/home/went-on`;
      const lost = once(client, 'close');
      client.on('error', () => {});
      client.exec(`sleep 0.5; touch ${mark}`, () => {});
      await until(async () =>
        (await site.ask('GET /state')).processes.some(({ command }) => command.includes('sleep')),
      );
      await site.ask('POST /drop', {});
      await lost;
      await until(() => existsSync(mark));
    });
  });

  describe('can be told to fail', () => {
    afterAll(() => site.ask('DELETE /faults'));

    test('in a command: so many times, after so many, without or with its effect', async () => {
      const virsh = (...argv: string[]) => site.call('virsh', argv);
      await site.ask('POST /domains/old01', { startSeconds: 0 });
      await site.ask('POST /faults', { 'virsh start': { fail: 'no luck', exitCode: 5, skip: 1, times: 1 } });
      expect(await virsh('start', 'nope')).toMatchObject({ exitCode: 1 });
      expect(await virsh('start', 'old01')).toMatchObject({ exitCode: 5, stderr: 'error: no luck\n' });
      expect((await site.domain('old01')).state).toBe('shut off');

      await site.ask('POST /faults', { 'virsh start': { fail: 'connection lost', late: true, times: 1 } });
      expect(await virsh('start', 'old01')).toMatchObject({ exitCode: 1 });
      expect((await site.domain('old01')).state).toBe('running');
      expect(await virsh('destroy', 'old01')).toMatchObject({ exitCode: 0 });

      await site.ask('POST /faults', { mount: { delay: 0.3, fail: 'mount.nfs: access denied', exitCode: 32 } });
      const asked = Date.now();
      expect(
        await site.call('mount', ['-t', 'nfs', 'practice-nas:/export/backup', site.ready.repository.mountPoint]),
      ).toEqual({ exitCode: 32, stdout: '', stderr: 'mount.nfs: access denied\n' });
      expect(Date.now() - asked).toBeGreaterThan(300);
      await site.ask('POST /faults', { mount: null });
      expect(await site.ask('GET /faults')).toEqual({});
    });

    test('in a command that never comes back, until it is killed', async () => {
      await site.ask('POST /faults', { 'virsh domstate': { hang: true } });
      expect(await site.run('timeout -s KILL 0.5 virsh domstate web01')).toMatchObject({ exitCode: -1, stdout: '' });
      await site.ask('DELETE /faults');
      expect(await site.run('virsh domstate web01')).toMatchObject({ exitCode: 0 });
    });

    test('in SSH: nobody listens, the key is refused, the host key is another', async () => {
      const failure = (): Promise<string> =>
        site.connect().then(
          (client: Client) => (client.end(), 'connected'),
          (error: Error) => error.message,
        );
      await site.ask('POST /faults', { ssh: { refuse: true } });
      expect(await failure()).toMatch(/ECONNREFUSED/);
      await site.ask('POST /faults', { ssh: { refuseKeys: true } });
      expect(await failure()).toMatch(/authentication methods failed/);
      await site.ask('POST /faults', { ssh: { otherHostKey: true } });
      expect(await failure()).toMatch(/Host denied \(verification failed\)/);
      await site.ask('DELETE /faults');
      expect(await failure()).toBe('connected');
    });

    test('only by what it knows, and only from this machine by its own name', async () => {
      await expect(site.ask('POST /faults', { ssh: { refuze: true } })).rejects.toThrow(/refuze/);
      await expect(site.ask('POST /nothing', {})).rejects.toThrow(/GET \/ tells/);
      const { port } = new URL(site.ready.control);
      const { stdout } = await execa('curl', ['-s', '-H', 'Host: evil.example', `http://127.0.0.1:${port}/state`]);
      expect(stdout).toContain('use 127.0.0.1');
    });
  });

  test('loses power: guests, processes and mounts are gone, what starts by itself runs again', async () => {
    await site.call('virsh', ['autostart', 'db01']);
    const point = site.ready.repository.mountPoint;
    await site.call('mount', ['-t', 'nfs', 'practice-nas:/export/backup', point]);
    await site.run(`mkdir -p ${site.ready.runDirectory}; cd ${point}; setsid -f sleep 1000 <&- >&- 2>&-`);
    expect((await site.ask('GET /state')).processes).toHaveLength(1);

    await site.ask('POST /power-cut', {});
    const after = await site.ask('GET /state');
    expect(after).toMatchObject({ processes: [], mounts: [] });
    expect(Object.fromEntries(after.domains.map(({ name, state }) => [name, state]))).toEqual({
      web01: 'shut off',
      db01: 'running',
      deaf01: 'shut off',
      old01: 'shut off',
    });
    expect(existsSync(site.ready.runDirectory)).toBe(false);
  });

  test('goes on where it was after SIGKILL, with the same ports and keys, and its jobs never noticed', async () => {
    const own = await PracticeSite.start();
    await own.call('virsh', ['destroy', 'db01']);
    await own.call('mount', ['-t', 'nfs', 'practice-nas:/export/backup', own.ready.repository.mountPoint]);
    await own.run('setsid -f sleep 1000 <&- >&- 2>&-');
    const [job] = (await own.ask('GET /state')).processes;
    await own.end('SIGKILL');
    expect(await own.call('virsh', ['domstate', 'db01'])).toMatchObject({ stdout: 'shut off\n\n' });

    const again = await PracticeSite.start(own.ready.directory);
    expect(again.ready).toEqual(own.ready);
    expect((await again.domain('db01')).state).toBe('shut off');
    const { mounts, processes } = await again.ask('GET /state');
    expect(mounts).toHaveLength(1);
    expect(processes).toEqual([job]);
    expect(await again.run('echo here')).toMatchObject({ stdout: 'here\n' });

    await again.clean();
    expect(existsSync(again.ready.directory)).toBe(false);
    // A process that has ended, but that nobody has waited for, has no command line.
    const commandLine = await readFile(`/proc/${job?.pid}/cmdline`, 'utf8').catch(() => '');
    expect(commandLine).toBe('');
  }, 30_000);
});
