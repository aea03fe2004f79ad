import { appendFile, mkdir, readFile as readLocal, writeFile as writeLocal } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execa } from 'execa';
import type { HostTarget } from '../../../src/contracts/targets.ts';
import { openHost, scanHostKey, trustHostKey, type Host, type HostOptions } from '../../../src/systems/host/index.ts';
import { isAlive, until } from '../../support/poll.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import { freePort, generateKey, Sshd } from '../../support/sshd.ts';

/** What both ways over SSH do when something is wrong with the way. Against a real sshd. */
export function describeSsh(transport: 'ssh2' | 'openssh'): void {
  describe(`the way to a host over ${transport}`, () => {
    let sshd: Sshd;
    let home: string;
    const opened: Host[] = [];

    beforeAll(async () => {
      sshd = await Sshd.start();
      home = await scratchDirectory('home');
      await mkdir(join(home, '.ssh'), { mode: 0o700 });
    }, 60_000);

    afterAll(async () => {
      for (const host of opened) await host.close();
      await sshd.stop();
    });

    const open = (more: Partial<HostTarget> = {}, options: HostOptions = {}, server = sshd): Host => {
      const env = { PATH: process.env['PATH'] };
      const host = openHost(server.target(transport, more), { homeDirectory: home, env, ...options });
      opened.push(host);
      return host;
    };

    const works = async (host: Host): Promise<void> => {
      expect(await host.run(['printf', 'fine'])).toMatchObject({ exitCode: 0, stdout: 'fine' });
    };

    describe('a lost connection', () => {
      const sleeper = (file: string): string[] => ['sh', '-c', 'echo $$ > "$1"; exec sleep 300', 'sh', file];
      const written = async (file: string): Promise<number> => {
        await until('the command runs', async () => (await readLocal(file, 'utf8').catch(() => '')).endsWith('\n'));
        return Number(await readLocal(file, 'utf8'));
      };

      test('in the middle of a command is HostUnreachable; the command ends by its deadline; the next one works', async () => {
        const host = open();
        await works(host);
        const file = join(home, 'pid');
        const running = host.run(sleeper(file), { deadline: 5 });
        const lost = expect(running).rejects.toMatchObject({
          type: 'HostUnreachable',
          message: expect.stringMatching(/testhost \(.*\) lost its connection while "sh -c .* ran.* deadline of 5 s/),
        });
        const pid = await written(file);
        await sshd.signalSessions('SIGKILL');
        await lost;
        expect(await isAlive(pid)).toBe(true);
        await works(host);
        await until('the host has killed the command', async () => !(await isAlive(pid)));
      });

      test('between two commands goes unnoticed', async () => {
        const host = open();
        await works(host);
        await sshd.signalSessions('SIGKILL');
        await until('the session is gone', async () => (await sshd.sessions()).length === 0);
        await works(host);
      });

      test('that nobody tells of ends by deadline and grace, and the next command takes a new one', async () => {
        const host = open({}, { graceMs: 500 });
        await works(host);
        await sshd.signalSessions('SIGSTOP');
        try {
          await expect(host.run(['true'], { deadline: 1 })).rejects.toMatchObject({
            type: 'HostUnreachable',
            message: expect.stringContaining('gave no answer'),
          });
          await works(host);
        } finally {
          await sshd.signalSessions('SIGCONT');
        }
      });

      test('of a server that is down is HostUnreachable until it is up again', async () => {
        const host = open();
        await works(host);
        await sshd.stop();
        try {
          await expect(host.run(['true'])).rejects.toMatchObject({ type: 'HostUnreachable' });
        } finally {
          await sshd.up();
        }
        await works(host);
      });
    });

    test('a port where nothing listens is HostUnreachable', async () => {
      const host = open({ port: await freePort() });
      await expect(host.run(['true'])).rejects.toMatchObject({
        type: 'HostUnreachable',
        details: { where: 'testhost' },
      });
    });

    test('a name without an address is HostUnreachable', async () => {
      const host = open({ address: 'no-such-host.invalid' });
      await expect(host.run(['true'])).rejects.toMatchObject({ type: 'HostUnreachable' });
    });

    test('a server that accepts and says nothing is given up', async () => {
      const { createServer } = await import('node:net');
      const silent = createServer();
      const port = await freePort();
      await new Promise<void>((resolve) => silent.listen(port, '127.0.0.1', resolve));
      try {
        const host = open({ port }, { connectTimeoutMs: 1000 });
        await expect(host.run(['true'])).rejects.toMatchObject({ type: 'HostUnreachable' });
      } finally {
        silent.close();
      }
    });

    test('a server that allows fewer sessions than we would open still does all the work', async () => {
      const narrow = await Sshd.start({ maxSessions: 2 });
      try {
        const host = open({}, {}, narrow);
        const numbers = Array.from({ length: 12 }, (_, index) => String(index));
        const results = await Promise.all(numbers.map((n) => host.run(['printf', n])));
        expect(results.map(({ stdout }) => stdout)).toEqual(numbers);
      } finally {
        await narrow.stop();
      }
    }, 60_000);

    test('commands that were given up and still run never use up the sessions', async () => {
      const narrow = await Sshd.start({ maxSessions: 3 });
      try {
        const host = open({}, {}, narrow);
        for (let count = 0; count < 7; count++) {
          const controller = new AbortController();
          const onLine = (): void => controller.abort(new Error('enough'));
          const script = 'echo; exec sleep 20';
          const running = host.run(['sh', '-c', script], { onLine, signal: controller.signal, deadline: 20 });
          await expect(running).rejects.toThrow('enough');
        }
        await works(host);
      } finally {
        await narrow.stop();
      }
    }, 60_000);

    describe('host keys', () => {
      let knownHosts: string;
      let count = 0;
      const known = async (text: string): Promise<Host> => {
        knownHosts = join(home, `known_hosts_${++count}`);
        await writeLocal(knownHosts, text);
        return open({ knownHosts });
      };

      test('one that is not known is refused, and shown', async () => {
        const host = await known('');
        await expect(host.run(['true'])).rejects.toMatchObject({
          type: 'HostKeyUnknown',
          message: expect.stringContaining(`ssh-ed25519 ${await sshd.fingerprint('ed25519')}`),
        });
      });

      test('one that has changed is refused, and shown', async () => {
        await generateKey(join(home, 'other'));
        const [, other] = (await readLocal(join(home, 'other.pub'), 'utf8')).split(' ');
        const host = await known(`[127.0.0.1]:${sshd.port} ssh-ed25519 ${other}\n`);
        await expect(host.run(['true'])).rejects.toMatchObject({
          type: 'HostKeyChanged',
          message: expect.stringContaining(await sshd.fingerprint('ed25519')),
        });
      });

      test('one that is revoked is refused', async () => {
        const line = await sshd.knownHostsLine('ed25519');
        const host = await known(`${line}@revoked * ${line.split(' ').slice(1).join(' ')}`);
        await expect(host.run(['true'])).rejects.toMatchObject({
          type: 'HostKeyChanged',
          message: expect.stringContaining('revoked'),
        });
      });

      test('of several the one that is known counts', async () => {
        await works(await known(await sshd.knownHostsLine('rsa')));
      });

      test('a hashed line counts', async () => {
        await known(await sshd.knownHostsLine('ed25519'));
        await execa('ssh-keygen', ['-q', '-H', '-f', knownHosts]);
        expect(await readLocal(knownHosts, 'utf8')).toMatch(/^\|1\|/);
        await works(open({ knownHosts }));
      });

      test('are learned by scan and trust, and only so', async () => {
        const host = await known('# comment without newline');
        const target = sshd.target(transport, { knownHosts });
        const options = { homeDirectory: home };
        const key = await scanHostKey(target, options);
        expect(key).toEqual({
          type: 'ssh-ed25519',
          fingerprint: await sshd.fingerprint('ed25519'),
          line: (await sshd.knownHostsLine('ed25519')).trim(),
          known: 'unknown',
        });
        await expect(host.run(['true'])).rejects.toMatchObject({ type: 'HostKeyUnknown' });
        expect(await trustHostKey(target, key.line, options)).toEqual({ knownHosts });
        await trustHostKey(target, key.line, options);
        expect(await readLocal(knownHosts, 'utf8')).toBe(`# comment without newline\n${key.line}\n`);
        await works(host);
        expect(await scanHostKey(target, options)).toMatchObject({ known: 'same' });
      });

      test('another one is never added beside one of the same type', async () => {
        await generateKey(join(home, 'third'));
        const [, third] = (await readLocal(join(home, 'third.pub'), 'utf8')).split(' ');
        await known(`[127.0.0.1]:${sshd.port} ssh-ed25519 ${third}\n`);
        const target = sshd.target(transport, { knownHosts });
        const options = { homeDirectory: home };
        const key = await scanHostKey(target, options);
        expect(key.known).toBe('changed');
        await expect(trustHostKey(target, key.line, options)).rejects.toMatchObject({ type: 'HostKeyChanged' });
      });

      test('of an unreachable host can not be scanned', async () => {
        const target = sshd.target(transport, { port: await freePort() });
        await expect(scanHostKey(target, { homeDirectory: home })).rejects.toMatchObject({ type: 'HostUnreachable' });
      });
    });

    describe('logins', () => {
      test('with a key that the host does not take are refused for good', async () => {
        const identityFile = join(home, 'stranger');
        await generateKey(identityFile);
        await expect(open({ identityFile }).run(['true'])).rejects.toMatchObject({
          type: 'AuthenticationRefused',
          permanent: true,
        });
      });

      test('without any key are refused', async () => {
        const identityFile = join(home, 'absent');
        await expect(open({ identityFile }).run(['true'])).rejects.toMatchObject({ type: 'AuthenticationRefused' });
      });

      test('with a key that has a passphrase work once the agent holds it', async () => {
        const identityFile = join(home, 'locked');
        await writeLocal(identityFile, await readLocal(sshd.identityFile), { mode: 0o600 });
        await execa('ssh-keygen', ['-q', '-p', '-N', 'a passphrase', '-f', identityFile]);
        await expect(open({ identityFile }).run(['true'])).rejects.toMatchObject({ type: 'AuthenticationRefused' });

        const socket = join(home, 'agent');
        const agent = execa('ssh-agent', ['-D', '-a', socket], { reject: false });
        try {
          await until('the agent answers', async () => {
            const env = { SSH_AUTH_SOCK: socket };
            return (await execa('ssh-add', ['-q', sshd.identityFile], { env, reject: false })).exitCode === 0;
          });
          const env = { PATH: process.env['PATH'], SSH_AUTH_SOCK: socket };
          await works(open({ identityFile }, { env }));
        } finally {
          agent.kill();
          await agent;
        }
      });
    });

    describe('through a jump host', () => {
      let jump: Sshd;
      let target: Partial<HostTarget>;

      beforeAll(async () => {
        jump = await Sshd.start();
        target = { proxyJump: 'bastion' };
      }, 60_000);

      afterAll(() => jump.stop());

      const configure = (knownHosts: string): Promise<void> =>
        writeLocal(
          join(home, '.ssh/config'),
          [
            'Host bastion',
            '  HostName 127.0.0.1',
            `  Port ${jump.port}`,
            `  User ${jump.user}`,
            `  IdentityFile ${jump.identityFile}`,
            `  UserKnownHostsFile ${knownHosts}`,
          ].join('\n'),
        );

      test('that ~/.ssh/config describes, commands work and connections are told apart', async () => {
        await configure(jump.knownHosts);
        const { stdout } = await open(target).run(['sh', '-c', 'echo ${SSH_CONNECTION##* }']);
        expect(stdout).toBe(`${sshd.port}\n`);
        expect(await readLocal(jump.log, 'utf8')).toContain('Accepted publickey');
      });

      test('a key of the jump host that is not known is refused', async () => {
        const nothing = join(home, 'nothing');
        await appendFile(nothing, '');
        await configure(nothing);
        await expect(open(target).run(['true'])).rejects.toMatchObject({
          type: 'HostKeyUnknown',
          message: expect.stringContaining('jump host'),
        });
      });

      test('the key of the host behind it is scanned through it', async () => {
        await configure(jump.knownHosts);
        const key = await scanHostKey(sshd.target(transport, target), { homeDirectory: home });
        expect(key).toMatchObject({ fingerprint: await sshd.fingerprint('ed25519'), known: 'same' });
      });

      test('a host that the jump host does not reach is HostUnreachable', async () => {
        await configure(jump.knownHosts);
        const host = open({ ...target, port: await freePort() });
        await expect(host.run(['true'])).rejects.toMatchObject({ type: 'HostUnreachable' });
      });
    });
  });
}
