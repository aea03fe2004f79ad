import { execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { Host } from '../../../src/systems/host/host.ts';
import type { RepositoryTarget } from '../../../src/contracts/targets.ts';
import {
  acquireMount,
  listMountLeases,
  probeShare,
  releaseMount,
  shareSpace,
} from '../../../src/systems/jobs/mounts.ts';
import { loadScript } from '../../../src/systems/jobs/script.ts';
import { eventually, localHost, scratch } from './support/local.ts';

// Real processes, on machines that may be busy with other tests.
jest.setTimeout(90_000);

const host = localHost();
const { directory, paths, remove } = scratch();

const mounts = (): string[] => {
  const { filesystems } = JSON.parse(execFileSync('findmnt', ['-J', '-l', '-o', 'TARGET']).toString()) as {
    filesystems: { target: string }[];
  };
  return filesystems.map(({ target }) => target).filter((target) => target.startsWith(directory));
};

const unmountAll = (): void => {
  for (const path of mounts().reverse()) execFileSync('umount', [path]);
};

afterEach(unmountAll);
afterAll(remove);

let count = 0;
/** A file system in memory: its source is a name, as a server's export is. */
function repository(more: Partial<RepositoryTarget> = {}): RepositoryTarget {
  count += 1;
  return {
    name: 'nas',
    type: 'tmpfs',
    source: `export ${count}`,
    options: 'size=2m,mode=0755',
    mountPoint: join(directory, `mnt ${count}`),
    ...more,
  };
}

const mountBy = (...argv: string[]): void => void execFileSync('mount', argv);

describe('mounting (needs root: these are real mounts)', () => {
  beforeAll(() => {
    if (process.getuid?.() !== 0) throw new Error('mounting needs root: run this test as root (sudo npm test)');
  });

  test('the first of several operations mounts, the last one out unmounts and removes the mount point it made', async () => {
    const nas = repository({ directory: 'osp' });
    const [one, two] = [randomUUID(), randomUUID()];
    expect(await acquireMount(host, paths, nas, one)).toEqual({
      mountedByUs: true,
      share: { mountPoint: nas.mountPoint, mountSource: nas.source },
      root: `${nas.mountPoint}/osp`,
    });
    expect(await acquireMount(host, paths, nas, two)).toMatchObject({ mountedByUs: true });
    expect(await acquireMount(host, paths, nas, one)).toMatchObject({ mountedByUs: true });
    expect(mounts()).toHaveLength(1);
    expect((await listMountLeases(host, paths)).map((lease) => lease.operation).sort()).toEqual([one, two].sort());
    expect(await releaseMount(host, paths, nas, one)).toEqual({ unmounted: false });
    expect(await releaseMount(host, paths, nas, one)).toEqual({ unmounted: false });
    expect(mounts()).toHaveLength(1);
    expect(await releaseMount(host, paths, nas, two)).toEqual({ unmounted: true });
    expect(await releaseMount(host, paths, nas, two)).toEqual({ unmounted: false });
    expect(mounts()).toEqual([]);
    expect(existsSync(nas.mountPoint)).toBe(false);
    expect(await listMountLeases(host, paths)).toEqual([]);
  });

  test('eight operations at once mount once', async () => {
    const nas = repository();
    const operations = Array.from({ length: 8 }, () => randomUUID());
    await Promise.all(operations.map((operation) => acquireMount(host, paths, nas, operation)));
    expect(mounts()).toHaveLength(1);
    const released = await Promise.all(operations.map((operation) => releaseMount(host, paths, nas, operation)));
    expect(released.filter(({ unmounted }) => unmounted)).toHaveLength(1);
    expect(mounts()).toEqual([]);
  });

  test('what somebody mounted from the same source is used and left', async () => {
    const nas = repository();
    mkdirSync(nas.mountPoint);
    mountBy('-t', 'tmpfs', `${nas.source}`, nas.mountPoint);
    const operation = randomUUID();
    expect(await acquireMount(host, paths, nas, operation)).toMatchObject({ mountedByUs: false });
    expect(await listMountLeases(host, paths)).toEqual([
      { operation, mountPoint: nas.mountPoint, source: nas.source, mountedByUs: false },
    ]);
    expect(await releaseMount(host, paths, nas, operation)).toEqual({ unmounted: false });
    expect(mounts()).toHaveLength(1);
  });

  test('another source there is MountBusy, and no lease stays', async () => {
    const nas = repository();
    mkdirSync(nas.mountPoint);
    mountBy('-t', 'tmpfs', 'something', nas.mountPoint);
    await expect(acquireMount(host, paths, nas, randomUUID())).rejects.toMatchObject({
      type: 'MountBusy',
      message: expect.stringContaining('something is mounted'),
    });
    expect(await listMountLeases(host, paths)).toEqual([]);
  });

  test('bind mounts are told by their directory, since they come back as a device', async () => {
    const source = join(directory, 'srv');
    mkdirSync(source);
    const nas = repository({ type: 'none ', options: 'bind', source });
    expect(await acquireMount(host, paths, nas, 'a')).toMatchObject({ mountedByUs: true });
    expect(await acquireMount(host, paths, nas, 'a')).toMatchObject({ mountedByUs: true });
    const other = { ...nas, source: join(directory, 'run') };
    await expect(acquireMount(host, paths, other, 'b')).rejects.toMatchObject({ type: 'MountBusy' });
    expect(await releaseMount(host, paths, nas, 'a')).toEqual({ unmounted: true });
  });

  test('what a crash between the flag and the mount left is taken up by the retry, and by the undo', async () => {
    const nas = repository();
    const broken = localHost({
      PATH: `${standIn('mount', 'read -r _ _ _ up _ </proc/$PPID/stat; kill -KILL $up $PPID')}:${process.env['PATH']}`,
    });
    await expect(acquireMount(broken, paths, nas, 'a')).rejects.toMatchObject({ type: 'CommandFailed' });
    expect(await listMountLeases(host, paths)).toMatchObject([{ operation: 'a', mountedByUs: true }]);
    expect(await acquireMount(host, paths, nas, 'a')).toMatchObject({ mountedByUs: true });
    expect(await releaseMount(host, paths, nas, 'a')).toEqual({ unmounted: true });
  });

  test('one that is dead is mounted anew, also while somebody is in it, if we had mounted it', async () => {
    const nas = repository();
    // As stat says it of a file system in user space without its process.
    const withStat = (flag: string): Host =>
      localHost({
        PATH: `${standIn(
          'stat',
          `[[ -e '${flag}' && "$*" == *'${nas.mountPoint}' ]] && mountpoint -q '${nas.mountPoint}' && echo "stat: cannot statx: Transport endpoint is not connected" >&2 && rm '${flag}' && exit 1; exec /usr/bin/stat "$@"`,
        )}:${process.env['PATH']}`,
      });
    const dead = join(directory, 'dead');
    await acquireMount(host, paths, nas, 'a');
    writeFileSync(join(nas.mountPoint, 'of the first mount'), '');
    const user = spawn('sleep', ['300'], { cwd: nas.mountPoint });
    await eventually('it uses the mount', () => user.pid !== undefined);
    writeFileSync(dead, '');
    expect(await acquireMount(withStat(dead), paths, nas, 'b')).toMatchObject({ mountedByUs: true });
    expect(existsSync(join(nas.mountPoint, 'of the first mount'))).toBe(false);
    expect(mounts()).toHaveLength(1);
    user.kill('SIGKILL');
    await releaseMount(host, paths, nas, 'a');
    expect(await releaseMount(host, paths, nas, 'b')).toEqual({ unmounted: true });

    mkdirSync(nas.mountPoint, { recursive: true });
    mountBy('-t', 'tmpfs', nas.source, nas.mountPoint);
    writeFileSync(dead, '');
    await expect(acquireMount(withStat(dead), paths, nas, 'c')).rejects.toMatchObject({
      type: 'MountFailed',
      message: expect.stringContaining('umount -l'),
    });
    expect(mounts()).toHaveLength(1);
    expect(await listMountLeases(host, paths)).toEqual([]);
  });

  test('a failed mount says what mount said, and leaves nothing', async () => {
    const nas = repository({ options: 'no_such_option=1' });
    await expect(acquireMount(host, paths, nas, 'a')).rejects.toMatchObject({
      type: 'MountFailed',
      message: expect.stringMatching(/wrong fs type|bad option/),
    });
    expect(existsSync(nas.mountPoint)).toBe(false);
    expect(await listMountLeases(host, paths)).toEqual([]);
    expect(readdirSync(join(paths.run, 'mounts')).filter((name) => !name.endsWith('.lock'))).toEqual([]);
  });

  test.each([
    [
      'nfs',
      'mount: /m: bad option; for several filesystems (e.g. nfs, cifs) you might need a /sbin/mount.<type> helper program.',
      'nfs-common',
    ],
    ['cifs', "mount: /m: unknown filesystem type 'cifs'.", 'cifs-utils'],
    ['fuse.sshfs', '/bin/sh: 1: sshfs: not found', 'fuse-sshfs'],
  ])('a missing helper of %s is ToolMissing with its package', async (type, said, named) => {
    const without = localHost({ PATH: `${standIn('mount', `echo "${said}" >&2; exit 32`)}:${process.env['PATH']}` });
    await expect(acquireMount(without, paths, repository({ type }), 'a')).rejects.toMatchObject({
      type: 'ToolMissing',
      message: expect.stringContaining(named),
    });
  });

  test('a busy mount stays, names who uses it, and is unmounted by the next try', async () => {
    const nas = repository();
    await acquireMount(host, paths, nas, 'a');
    const user = spawn('sleep', ['300'], { cwd: nas.mountPoint });
    await eventually('it uses the mount', () => user.pid !== undefined);
    await expect(releaseMount(host, paths, nas, 'a')).rejects.toMatchObject({
      type: 'UnmountFailed',
      message: expect.stringContaining(`sleep (pid ${user.pid})`),
    });
    expect(await listMountLeases(host, paths)).toHaveLength(1);
    user.kill('SIGKILL');
    await new Promise((resolve) => user.once('exit', resolve));
    expect(await releaseMount(host, paths, nas, 'a')).toEqual({ unmounted: true });
  });

  test('what stays of a mount in user space holds neither the lock nor the connection', async () => {
    const daemon = standIn('mount', '/bin/mount "$@" && (setsid sleep 300 & echo $! >"$0.pid")');
    const nas = repository();
    const withDaemon = localHost({ PATH: `${daemon}:${process.env['PATH']}` });
    await acquireMount(withDaemon, paths, nas, 'a');
    expect(await releaseMount(host, paths, nas, 'a')).toEqual({ unmounted: true });
    execFileSync('bash', ['-c', 'kill "$(<"$1")"', 'bash', join(daemon, 'mount.pid')]);
  });
});

describe('a repository', () => {
  test('of type none is a directory that has to be there', async () => {
    const here = repository({ type: 'none', mountPoint: directory, source: directory, directory: '/a/b/' });
    expect(await acquireMount(host, paths, here, 'a')).toEqual({
      mountedByUs: false,
      share: { mountPoint: directory, mountSource: null },
      root: `${directory}/a/b`,
    });
    await probeShare(host, paths, here, 'a');
    expect(readdirSync(join(directory, 'a/b'))).toEqual([]);
    expect(await releaseMount(host, paths, here, 'a')).toEqual({ unmounted: false });
    await expect(acquireMount(host, paths, { ...here, mountPoint: '/no/such' }, 'a')).rejects.toMatchObject({
      type: 'MountFailed',
      remedy: expect.stringContaining('make the directory'),
    });
  });

  test('is refused when its paths could leave the mount point, or be options of mount', async () => {
    for (const more of [
      { mountPoint: 'mnt' },
      { mountPoint: '/a/../b' },
      { directory: 'a/../../b' },
      { source: '-o' },
    ]) {
      await expect(acquireMount(host, paths, repository(more), 'a')).rejects.toMatchObject({ type: 'ConfigInvalid' });
    }
  });
});

describe('probing a share (needs root)', () => {
  test('leaves nothing behind, and tells the space', async () => {
    const nas = repository({ directory: 'osp/kvm1' });
    await acquireMount(host, paths, nas, 'a');
    await probeShare(host, paths, nas, 'a');
    expect(readdirSync(join(nas.mountPoint, 'osp/kvm1'))).toEqual([]);
    expect(await shareSpace(host, nas)).toEqual({ free: 2 * 1024 * 1024, total: 2 * 1024 * 1024 });
  });

  test('finds a full share, a read-only one, and none at all', async () => {
    const full = repository();
    await acquireMount(host, paths, full, 'a');
    writeFileSync(join(full.mountPoint, 'fill'), Buffer.alloc(1900 * 1024));
    await expect(probeShare(host, paths, full, 'a')).rejects.toMatchObject({ type: 'ShareFull' });
    expect(readdirSync(full.mountPoint)).toEqual(['fill']);

    const readOnly = repository({ options: 'ro' });
    await acquireMount(host, paths, readOnly, 'a');
    await expect(probeShare(host, paths, readOnly, 'a')).rejects.toMatchObject({ type: 'ShareNotWritable' });

    const gone = repository();
    await acquireMount(host, paths, gone, 'a');
    unmountAll();
    mkdirSync(gone.mountPoint, { recursive: true });
    await expect(probeShare(host, paths, gone, 'a')).rejects.toMatchObject({ type: 'ShareLost' });
    expect(readdirSync(gone.mountPoint)).toEqual([]);
  });

  test('sees a working directory that lies under the mount, also of a bind mount on the same device', async () => {
    const source = join(directory, 'srv2');
    const mountPoint = join(directory, 'over');
    mkdirSync(source);
    mkdirSync(mountPoint);
    const script = {
      name: 'test',
      text: `${loadScript('checks').text}
cd "$1" && cwd_is_on_share "$1" "$2"; echo "before: $?"
mount --bind "$2" "$1"
cwd_is_on_share "$1" "$2"; echo "under: $?"
cd "$1" && cwd_is_on_share "$1" "$2"; echo "on: $?"
mkdir sub && mount -t tmpfs other sub && cd sub && cwd_is_on_share "$1" "$2"; echo "below: $?"`,
    };
    const { stdout } = await host.run(['bash', '-c', script.text, 'stackhand', mountPoint, source]);
    expect(stdout.trim().split('\n')).toEqual(['before: 1', 'under: 1', 'on: 0', 'below: 0']);
  });
});

/** A directory for PATH with one program that runs this bash text. */
function standIn(name: string, text: string): string {
  const bin = join(directory, `bin-${randomUUID()}`);
  mkdirSync(bin);
  writeFileSync(join(bin, name), `#!/bin/bash\n${text}\n`);
  chmodSync(join(bin, name), 0o755);
  return bin;
}
