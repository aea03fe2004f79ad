import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { loadConfig, userConfigFile } from '../../src/config/load.ts';

let home: string;
let cwd: string;
const oneHost = (name: string) => `hosts:\n  ${name}: root@kvm1\n`;
const hosts = (places: Parameters<typeof loadConfig>[0]) =>
  Object.keys(loadConfig({ env: {}, cwd, home, ...places }).config.hosts);

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'config-'));
  cwd = join(home, 'project');
  mkdirSync(cwd);
});
afterEach(() => rmSync(home, { recursive: true }));

function put(path: string, text: string, mode = 0o600): string {
  const file = join(home, path);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, text, { mode });
  return file;
}

describe('the first of these places counts', () => {
  test('none: the program works without a config file', () => {
    const { config, file } = loadConfig({ env: {}, cwd, home });
    expect(file).toBeUndefined();
    expect(config).toMatchObject({ hosts: {}, repositories: {}, notifications: [], defaults: { verify: 'read' } });
  });

  test('~/.config/stackhand/config.yaml, which XDG_CONFIG_HOME moves', () => {
    put('.config/stackhand/config.yaml', oneHost('user'));
    put('xdg/stackhand/config.yaml', oneHost('xdg'));
    expect(hosts({})).toEqual(['user']);
    expect(hosts({ env: { XDG_CONFIG_HOME: join(home, 'xdg') } })).toEqual(['xdg']);
    expect(hosts({ env: { XDG_CONFIG_HOME: 'relative' } })).toEqual(['user']);
    expect(userConfigFile({ env: {}, home })).toBe(join(home, '.config/stackhand/config.yaml'));
  });

  test('./stackhand.yaml before it, STACKHAND_CONFIG before that, --config first of all', () => {
    put('.config/stackhand/config.yaml', oneHost('user'));
    const local = put('project/stackhand.yaml', oneHost('local'));
    put('env.yaml', oneHost('env'));
    put('project/given.yaml', oneHost('given'));
    const env = { STACKHAND_CONFIG: '~/env.yaml' };
    expect(hosts({})).toEqual(['local']);
    expect(loadConfig({ env: {}, cwd, home }).file).toBe(local);
    expect(hosts({ env })).toEqual(['env']);
    expect(hosts({ env, path: 'given.yaml' })).toEqual(['given']);
    expect(hosts({ env: { STACKHAND_CONFIG: '' } })).toEqual(['local']);
  });
});

describe('a file that was named and is not usable is an error, not another place to look', () => {
  test('missing', () => {
    put('project/stackhand.yaml', oneHost('local'));
    expect(() => hosts({ path: 'nowhere.yaml' })).toThrow(
      expect.objectContaining({
        type: 'ConfigInvalid',
        message: `there is no config file ${join(cwd, 'nowhere.yaml')}`,
        remedy: expect.stringContaining('stackhand init'),
      }),
    );
  });

  test('a directory, or no UTF-8 text', () => {
    expect(() => hosts({ path: '.' })).toThrow(/can't be read: it is a directory/);
    writeFileSync(join(cwd, 'latin1.yaml'), Buffer.from('# gr\xfc\xdfe\n', 'latin1'));
    expect(() => hosts({ path: 'latin1.yaml' })).toThrow(/can't be read: it is not UTF-8 text/);
  });

  test('writable by everybody, since it names commands that the worker runs', () => {
    const file = put('project/stackhand.yaml', oneHost('kvm1'));
    chmodSync(file, 0o666);
    expect(() => hosts({})).toThrow(expect.objectContaining({ type: 'ConfigInvalid', remedy: `chmod o-w ${file}` }));
    chmodSync(file, 0o664);
    expect(hosts({})).toEqual(['kvm1']);
  });

  test('readable by others while it holds an address that is a secret', () => {
    const text =
      'notifications:\n  - { on: [failed], webhook: { url: "https://h/services/T01/a1b2c3d4e5f6a7b8c9d0e1" } }\n';
    put('project/open.yaml', text, 0o644);
    put('project/closed.yaml', text, 0o600);
    expect(() => hosts({ path: 'open.yaml' })).toThrow(/open.yaml:2:\d+ notifications\[0\].webhook.url: others/);
    expect(hosts({ path: 'closed.yaml' })).toEqual([]);
  });

  test('with problems: each with file, line and column, and where to look first', () => {
    const file = put('project/stackhand.yaml', 'hosts:\n  kvm1:\n    prot: 22\n    port: x\n');
    expect(() => hosts({})).toThrow(
      expect.objectContaining({
        details: { where: `${file}:3` },
        message: [
          'the config file has 2 problems:',
          `  ${file}:3:5 hosts.kvm1.prot: there is no such key here; did you mean port?`,
          `  ${file}:4:11 hosts.kvm1.port: found "x", expected a whole number from 1 to 65535`,
        ].join('\n'),
      }),
    );
  });
});

test('paths of the worker begin at home or at the directory of the file, wherever it is started', () => {
  const file = put(
    'etc/stackhand.yaml',
    [
      'hosts:',
      '  a: { identityFile: ~/.ssh/id, knownHosts: keys/known }',
      '  b: { identityFile: /abs/id }',
      'records: { directory: records }',
      'notifications:',
      '  - on: [failed]',
      '    webhook: { url: { file: hook }, headers: { X-Token: { file: ~/token }, Accept: a/b } }',
      'repositories: { nas: { source: "nas:/b", directory: vms } }',
    ].join('\n'),
  );
  const { config } = loadConfig({ path: file, env: {}, cwd, home });
  expect(config).toMatchObject({
    hosts: {
      a: { identityFile: join(home, '.ssh/id'), knownHosts: join(home, 'etc/keys/known') },
      b: { identityFile: '/abs/id' },
    },
    records: { directory: join(home, 'etc/records') },
    notifications: [
      {
        webhook: {
          url: { file: join(home, 'etc/hook') },
          headers: { 'X-Token': { file: join(home, 'token') }, Accept: 'a/b' },
        },
      },
    ],
    repositories: { nas: { directory: 'vms' } },
  });
});
