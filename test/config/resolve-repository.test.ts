import { describe, expect, test } from '@jest/globals';
import { mountOptions } from '../../src/config/mount-options.ts';
import { resolveRepositories, resolveRepository as resolve } from '../../src/config/resolve-repository.ts';
import { parse } from './parse.ts';

const host = { runDirectory: '/run/stackhand' };
const config = parse(`
repositories:
  nas: 192.168.100.10:/osp16_backup
  vault: { source: "nas2:/export/", options: "hard,nfsvers=4.2", mountPoint: /mnt/vault/, directory: vms/, keep: { last: 3 } }
  disk: /srv/backup
  offsite: { type: fuse.sshfs, source: "backup@store:/srv", options: port=2200 }
  files: { type: cifs, source: //files/backup, options: credentials=/root/.smb }
  cluster: { type: glusterfs, source: "gl1:vol" }
defaults: { repository: nas }
`);
const repository = (spec?: string) => resolve(config, spec, host);
const safe = 'soft,timeo=600,retrans=2,retry=0,nosuid,nodev,noexec';

describe('a name of the config', () => {
  test('an NFS export by its short form gets options that end', () => {
    expect(repository('nas')).toEqual({
      name: 'nas',
      type: 'nfs',
      source: '192.168.100.10:/osp16_backup',
      options: safe,
      mountPoint: expect.stringMatching(/^\/run\/stackhand\/mnt\/192\.168\.100\.10-osp16-backup-[0-9a-f]{8}$/),
    });
  });

  test('with keys of its own', () => {
    expect(repository('vault')).toEqual({
      name: 'vault',
      type: 'nfs',
      source: 'nas2:/export',
      options: 'timeo=600,retrans=2,retry=0,nosuid,nodev,noexec,hard,nfsvers=4.2',
      mountPoint: '/mnt/vault',
      directory: 'vms',
      keep: { last: 3 },
    });
  });

  test('a directory of the host: nothing is mounted', () => {
    expect(repository('disk')).toEqual({
      name: 'disk',
      type: 'none',
      source: '/srv/backup',
      options: '',
      mountPoint: '/srv/backup',
    });
  });

  test('other file systems', () => {
    expect(repository('offsite')).toMatchObject({ type: 'fuse.sshfs', source: 'backup@store:/srv' });
    expect(repository('offsite').options).toMatch(/^reconnect,.*ServerAliveInterval=15.*,port=2200$/);
    expect(repository('files').options).toBe('nosuid,nodev,noexec,credentials=/root/.smb');
    expect(repository('cluster').options).toBe('');
    expect(resolveRepositories(config, host)).toHaveLength(6);
  });
});

describe('what the config does not have', () => {
  test.each([
    ['nas9:/backup', 'nfs', 'nas9:/backup'],
    ['[fd00::1]:/backup', 'nfs', '[fd00::1]:/backup'],
    ['nas9:/', 'nfs', 'nas9:/'],
    ['nas9:/with space,comma', 'nfs', 'nas9:/with space,comma'],
    ['/var/backups/', 'none', '/var/backups'],
    ['/with space', 'none', '/with space'],
  ])('%s is used as it stands', (spec, type, source) => {
    expect(repository(spec)).toMatchObject({ name: spec, type, source });
  });

  test.each([
    '',
    '-o',
    '-nas:/x',
    'nas:relative',
    '/',
    '/a/../b',
    'nas:/a/../b',
    'relative/dir',
    'a b:/x',
    'nas:/x\ny',
    '$(id):/x',
  ])('%j is refused', (spec) =>
    expect(() => repository(spec)).toThrow(expect.objectContaining({ type: 'UnknownRepository' })),
  );

  test('the nearest names, or what to do about the kind, are told', () => {
    expect(() => repository('vualt')).toThrow('there is no repository "vualt" in the config; did you mean vault?');
    expect(() => repository('root@nas:/b')).toThrow(
      expect.objectContaining({ remedy: expect.stringContaining('type: fuse.sshfs') }),
    );
    expect(() => repository('//nas/b')).toThrow(
      expect.objectContaining({ remedy: expect.stringContaining('type: cifs') }),
    );
  });
});

describe('without a name', () => {
  test('the default of the config', () => expect(repository().name).toBe('nas'));

  test('else the only repository', () => {
    expect(resolve(parse('repositories: { a: /srv/a }'), undefined, host).name).toBe('a');
  });

  test('else nobody guesses', () => {
    expect(() => resolve(parse(''), undefined, host)).toThrow(
      expect.objectContaining({ type: 'UnknownRepository', message: 'nothing says where backups are kept' }),
    );
    expect(() => resolve(parse('repositories: { a: /srv/a, b: /srv/b }'), undefined, host)).toThrow(
      /2 repositories \(a, b\)/,
    );
  });
});

describe('the default mount point', () => {
  const point = (spec: string, where = host) => resolve(config, spec, where).mountPoint;

  test('is one for a source, under whatever name, so that operations share the mount', () => {
    expect(point('192.168.100.10:/osp16_backup')).toBe(point('nas'));
    expect(point('192.168.100.10:/osp16_backup/')).toBe(point('nas'));
  });

  test('differs between sources that read alike, and stays short', () => {
    expect(point('nas:/a/b')).not.toBe(point('nas:/a-b'));
    expect(point(`nas:/${'long/'.repeat(200)}`).length).toBeLessThan(80);
    expect(point('nas:/with space')).toMatch(/^\/run\/stackhand\/mnt\/nas-with-space-[0-9a-f]{8}$/);
  });

  test('lies in the run directory of the host', () => {
    expect(point('nas', { runDirectory: '/run/other' })).toMatch(/^\/run\/other\/mnt\//);
  });
});

describe('given options replace the defaults that they contradict', () => {
  test.each([
    ['softerr', 'timeo=600,retrans=2,retry=0,nosuid,nodev,noexec,softerr'],
    ['timeo=50,exec', 'soft,retrans=2,retry=0,nosuid,nodev,timeo=50,exec'],
    ['', safe],
    ['ro', `${safe},ro`],
  ])('%j', (given, expected) => expect(mountOptions('nfs4', given)).toBe(expected));
});
