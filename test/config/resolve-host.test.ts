import { describe, expect, test } from '@jest/globals';
import { resolveHost as resolve, resolveHosts } from '../../src/config/resolve-host.ts';
import type { HostContext } from '../../src/config/resolve-host.ts';
import { parse } from './parse.ts';

const config = parse(`
hosts:
  kvm1: root@10.0.0.1:2222
  kvm2: { user: heat-admin, site: berlin, proxyJump: kvm1, identityFile: ~/.ssh/kvm2 }
  kvm3: { address: alias3, runDirectory: /run/x, stateDirectory: /srv/x, sudo: false }
  kvm4: { transport: openssh, address: alias3 }
  v6: root@[fd00::1]:22
  here: local
`);
const sshConfigText = `
Host alias3 other
  HostName alias3.example.com
  User ssh-user
  Port 2022
  IdentityFile ~/.ssh/alias3
  UserKnownHostsFile ~/.ssh/known3
  ProxyJump gate
Host *.lab !bad.lab
  User lab
Host *
  ServerAliveInterval 10
`;
const context: HostContext = { home: '/home/ops', user: 'ops', sshConfigText };
const host = (spec: string) => resolve(config, spec, context);

describe('a name of the config', () => {
  test('short: user, address and port', () => {
    expect(host('kvm1')).toEqual({
      name: 'kvm1',
      transport: 'ssh2',
      address: '10.0.0.1',
      port: 2222,
      user: 'root',
      sudo: false,
      runDirectory: '/run/stackhand',
      stateDirectory: '/var/lib/stackhand',
    });
  });

  test('without an address it is the address; a jump host of the config travels as what it stands for', () => {
    expect(host('kvm2')).toMatchObject({
      address: 'kvm2',
      port: 22,
      user: 'heat-admin',
      sudo: true,
      site: 'berlin',
      proxyJump: 'root@10.0.0.1:2222',
      identityFile: '/home/ops/.ssh/kvm2',
    });
  });

  test('what it leaves open comes from ~/.ssh/config, what it says wins', () => {
    expect(host('kvm3')).toEqual({
      name: 'kvm3',
      transport: 'ssh2',
      address: 'alias3.example.com',
      port: 2022,
      user: 'ssh-user',
      identityFile: '/home/ops/.ssh/alias3',
      knownHosts: '/home/ops/.ssh/known3',
      proxyJump: 'gate',
      sudo: false,
      runDirectory: '/run/x',
      stateDirectory: '/srv/x',
    });
  });

  test("over the system's ssh the alias stays, so that ssh applies its own config to it", () => {
    const target = host('kvm4');
    expect(target).toMatchObject({ transport: 'openssh', address: 'alias3', user: 'ssh-user', port: 2022 });
    expect(target).not.toHaveProperty('proxyJump');
    expect(target).not.toHaveProperty('identityFile');
  });

  test('an IPv6 address', () => expect(host('v6')).toMatchObject({ address: 'fd00::1', port: 22 }));

  test('the machine of the worker', () => {
    expect(host('here')).toMatchObject({ name: 'here', transport: 'local', user: 'ops', sudo: true });
    expect(host('local')).toMatchObject({ name: 'local', transport: 'local' });
    expect(resolve(config, 'local', { ...context, user: 'root' }).sudo).toBe(false);
  });

  test('all of them, in their order', () => {
    expect(resolveHosts(config, context).map(({ name }) => name)).toEqual(Object.keys(config.hosts));
  });

  test('with another user or port it is that host, under the spelling that was used', () => {
    expect(host('heat-admin@kvm1')).toMatchObject({
      name: 'heat-admin@kvm1',
      address: '10.0.0.1',
      port: 2222,
      user: 'heat-admin',
      sudo: true,
    });
    expect(host('kvm1:22')).toMatchObject({ address: '10.0.0.1', port: 22, user: 'root' });
  });
});

describe('a host that the config does not have', () => {
  test.each([
    ['root@new1', { address: 'new1', user: 'root', port: 22, sudo: false }],
    ['admin@new1:2200', { address: 'new1', user: 'admin', port: 2200, sudo: true }],
    ['user@corp@new1', { address: 'new1', user: 'user@corp' }],
    ['ssh://new1', { address: 'new1', user: 'ops' }],
    ['ssh://root@new1:2200/', { address: 'new1', user: 'root', port: 2200 }],
    ['root@[fe80::1%eth0]:2200', { address: 'fe80::1%eth0', port: 2200 }],
    ['[fd00::2]:2200', { address: 'fd00::2', port: 2200, user: 'ops' }],
    ['fd00::2', { address: 'fd00::2', port: 22 }],
    ['10.0.0.9', { address: '10.0.0.9', user: 'ops' }],
    ['alias3', { address: 'alias3.example.com', user: 'ssh-user', port: 2022 }],
    ['root@alias3', { address: 'alias3.example.com', user: 'root' }],
    ['node7.lab', { address: 'node7.lab', user: 'lab' }],
  ])('%s', (spec, expected) => expect(host(spec)).toMatchObject({ name: spec, ...expected }));

  test.each(['unknown', 'unknown:22', 'bad.lab', 'localhost', 'constructor'])(
    '%s: a bare name that nobody knows is more likely misspelt than meant',
    (spec) =>
      expect(() => host(spec)).toThrow(
        expect.objectContaining({ type: 'UnknownHost', remedy: expect.stringContaining(`USER@${spec}`) }),
      ),
  );

  test.each([
    '',
    ' ',
    '-oProxyCommand=id',
    'root@-x',
    '-l@x',
    'a b',
    'root@kvm1;id',
    '$(id)',
    'root@',
    'a:0',
    'a:99999',
    "r'@x",
    'http://x',
    '__proto__',
    '[nonsense]:22',
    'ssh://',
  ])('%j is no host at all', (spec) =>
    expect(() => host(spec)).toThrow(expect.objectContaining({ type: 'UnknownHost' })),
  );

  test('the nearest names are told, of the config and of ~/.ssh/config', () => {
    expect(() => host('kvm')).toThrow(/there is no host "kvm" in the config; did you mean kvm1 or kvm2 or kvm3\?/);
    expect(() => host('alais3')).toThrow(
      expect.objectContaining({ details: expect.objectContaining({ candidates: ['alias3'] }) }),
    );
    expect(() => host('localhost')).toThrow(/the machine of the worker is called local/);
  });

  test('an SSH config with only patterns for everybody makes no name known', () => {
    const everybody = { ...context, sshConfigText: 'Host *\n  User x\n' };
    expect(() => resolve(config, 'new1', everybody)).toThrow(/no host "new1"/);
    expect(resolve(config, 'ssh://new1', everybody).user).toBe('x');
  });
});
