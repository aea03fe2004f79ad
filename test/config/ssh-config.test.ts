import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { execa } from 'execa';
import { readSshConfig, sshConfigFor } from '../../src/config/ssh-config.ts';
import { scratchDirectory } from '../support/scratch.ts';

const text = `
User everyone

Host kvm1
  HostName 10.0.0.5
  Port 2222
  identityfile /keys/%r-at-%h-%p

Host kvm*  !kvm9
  User ops
  Port 22222
  HostName %h.example.com
  ProxyJump me@bastion:2200

Host kvm9
  ProxyJump none
  UserKnownHostsFile "/etc/known hosts" /etc/second

Host=quoted
  HostName "10.0.0.7"

Match host bad exec "touch /tmp/never-by-stackhand"
  User nobody
`;

/** What ssh itself makes of the same text. */
async function bySsh(alias: string): Promise<Record<string, string>> {
  const file = join(await scratchDirectory('ssh-config'), 'config');
  await writeFile(file, text.replace(/^Match[^]*$/m, ''));
  const { stdout } = await execa('ssh', ['-G', '-F', file, alias]);
  return Object.fromEntries(
    stdout
      .split('\n')
      .map((line): [string, string] => [line.split(' ')[0] ?? '', line.split(' ').slice(1).join(' ')])
      .reverse(),
  );
}

describe('~/.ssh/config', () => {
  test.each(['kvm1', 'kvm2', 'kvm9', 'quoted', 'elsewhere'])('is read for %s as ssh reads it', async (alias) => {
    const ours = sshConfigFor(alias, text);
    const theirs = await bySsh(alias);
    expect(ours.hostName ?? alias).toBe(theirs['hostname']);
    expect(ours.user).toBe(theirs['user']);
    expect(String(ours.port ?? 22)).toBe(theirs['port']);
    expect(ours.proxyJump).toBe(theirs['proxyjump']);
  });

  test('the tokens of a path are filled in, and the home directory is left to whoever reads it', () => {
    expect(sshConfigFor('kvm1', `${text}`).identityFile).toBe('/keys/everyone-at-10.0.0.5-2222');
    expect(sshConfigFor('x', 'IdentityFile %d/.ssh/k').identityFile).toBe('~/.ssh/k');
    expect(sshConfigFor('x', 'IdentityFile none').identityFile).toBeUndefined();
  });

  test('of several known_hosts files the first counts', () => {
    expect(sshConfigFor('kvm9', text).userKnownHostsFile).toBe('/etc/known hosts');
  });

  test('an empty one says nothing', () => {
    expect(sshConfigFor('kvm1', '')).toEqual({});
  });

  test('no program is run for it', async () => {
    expect(sshConfigFor('bad', text).user).toBe('everyone');
    const canonical = 'CanonicalizeHostname yes\nCanonicalDomains example.invalid\nHost x\n CanonicalizeHostname yes';
    expect(sshConfigFor('x', canonical)).toEqual({});
    await expect(execa('ls', ['/tmp/never-by-stackhand'])).rejects.toThrow('No such file');
  });

  test('what it includes is read, too, and does not end the section it stands in', async () => {
    const home = await scratchDirectory('home');
    await mkdir(join(home, '.ssh/config.d'), { recursive: true });
    await writeFile(
      join(home, '.ssh/config'),
      'Include config.d/*.conf ~/more\nHost kvm1\n  Include config.d/user\n  Port 2201\nHost kvm2\n  Port 2202\n',
    );
    await writeFile(join(home, '.ssh/config.d/a.conf'), 'Host kvm3\n  Port 2203\n');
    await writeFile(join(home, '.ssh/config.d/user'), 'User ops\nHost other\n  User somebody\n');
    await writeFile(join(home, 'more'), 'Host kvm4\n  Port 2204\n');
    const all = await readSshConfig(home);
    expect(sshConfigFor('kvm1', all)).toMatchObject({ port: 2201, user: 'ops' });
    for (const [alias, port] of [
      ['kvm2', 2202],
      ['kvm3', 2203],
      ['kvm4', 2204],
    ] as const) {
      expect(sshConfigFor(alias, all)).toMatchObject({ port });
    }
  });

  test('that includes itself ends', async () => {
    const home = await scratchDirectory('home');
    await mkdir(join(home, '.ssh'));
    await writeFile(join(home, '.ssh/config'), 'Include config\nHost kvm1\n  Port 2201\n');
    expect(sshConfigFor('kvm1', await readSshConfig(home))).toMatchObject({ port: 2201 });
  });

  test('one that is not there is empty', async () => {
    expect(sshConfigFor('kvm1', await readSshConfig(await scratchDirectory('home'))).user).toBeUndefined();
  });
});
