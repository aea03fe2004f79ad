import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ArchiveEntry } from '../../../src/contracts/vm.ts';
import { startExtract, startSame } from '../../../src/systems/jobs/extract.ts';
import { entryFor, image, Jobs, localDirectory, MiB, mountTmpfs, sha256Of, sourceOf } from './support/archives.ts';
import { localHost, scratch } from './support/local.ts';

const { directory, paths, remove } = scratch();
const jobs = new Jobs(localHost(), paths);
const at = (name: string): string => join(directory, name);
const cleanups: (() => void)[] = [];

beforeAll(() => {
  mkdirSync(join(paths.state, 'operations'), { recursive: true });
});
afterAll(async () => {
  await jobs.stopAll();
  for (const cleanup of cleanups) cleanup();
  remove();
}, 60_000);

async function extract(archive: string, entry: ArchiveEntry, destination: string): Promise<void> {
  const ref = jobs.ref('extract-vda');
  const share = localDirectory(dirname(archive));
  await startExtract(jobs.host, paths, ref, { archive, entry, destination, share });
  await jobs.end(ref);
}

const fails = (type: string, message: RegExp) => ({ type, message: expect.stringMatching(message) as unknown });

/** A directory of its own for what is restored. */
function place(name: string): string {
  mkdirSync(at(name));
  return at(name);
}

describe('an image', () => {
  const disk = image(at(`-web01 'x' "y"\n\\n`), 64 * MiB, [
    [0, 8192],
    [40 * MiB, 2 * MiB],
  ]);
  chownSync(disk, 64055, 107);
  chmodSync(disk, 0o640);
  utimesSync(disk, 1_700_000_000, 1_700_000_000);
  const archived = jobs.archive(sourceOf(disk), at('backup'));
  const archive = at('backup/vda.tar.zst');

  test('comes back byte for byte, sparse, with owner, mode and time, and nothing beside it', async () => {
    const destination = join(place('restored'), 'other name.img');
    await extract(archive, await archived, destination);
    expect(sha256Of(destination)).toBe(sha256Of(disk));
    const { uid, gid, mode, mtimeMs, blocks, nlink } = statSync(destination);
    expect({ uid, gid, mode, mtimeMs, nlink }).toEqual({
      ...{ uid: 64055, gid: 107, mode: 0o100640, mtimeMs: 1_700_000_000_000, nlink: 1 },
    });
    expect(blocks).toBeLessThanOrEqual(statSync(disk).blocks + 16);
    expect(readdirSync(at('restored'))).toEqual(['other name.img']);
  });

  test.each([
    ['a file', (path: string) => writeFileSync(path, 'precious')],
    ['a link to nowhere', (path: string) => symlinkSync('nowhere', path)],
    ['a directory', (path: string) => mkdirSync(path)],
  ])('never takes the place of %s', async (what, make) => {
    const destination = join(place(what), 'disk.img');
    make(destination);
    await expect(extract(archive, await archived, destination)).rejects.toMatchObject(
      fails('RestoreRefused', /disk.img is there already/),
    );
    expect(readdirSync(at(what))).toEqual(['disk.img']);
    if (what === 'a file') expect(readFileSync(destination, 'utf8')).toBe('precious');
  });

  test('needs the directory that it goes to', async () => {
    await expect(extract(archive, await archived, at('no/such/disk.img'))).rejects.toMatchObject(
      fails('RestoreRefused', /the directory .*no\/such is not there/),
    );
  });

  test('of which one bit is another does not come back at all', async () => {
    const entry = await jobs.archive(sourceOf(disk), at('flipped'), { compression: 'none' });
    const data = readFileSync(at('flipped/vda.tar'));
    data[1_000_000] = data[1_000_000]! ^ 1;
    writeFileSync(at('flipped/vda.tar'), data);
    const destination = join(place('from-flipped'), 'disk.img');
    await expect(extract(at('flipped/vda.tar'), entry, destination)).rejects.toMatchObject(
      fails('ArchiveCorrupt', /vda.tar holds other data than was backed up/),
    );
    expect(readdirSync(at('from-flipped'))).toEqual([]);
  });

  test('brings nothing else with it that its archive may hold', async () => {
    const evil = place('evil');
    writeFileSync(join(evil, 'disk.img'), 'disk');
    writeFileSync(join(evil, 'passwd'), 'evil');
    execFileSync('tar', ['-cPf', 'vda.tar', '--transform=s,^passwd,../passwd,', 'passwd', 'disk.img'], { cwd: evil });
    const path = join(evil, 'vda.tar');
    const entry = entryFor(sourceOf(join(evil, 'disk.img')), path, readFileSync(path), 'none');
    await extract(path, entry, join(place('from-evil'), 'disk.img'));
    expect(readdirSync(at('from-evil'))).toEqual(['disk.img']);
    expect(existsSync(at('passwd'))).toBe(false);
  });

  test('that finds no room leaves none of itself (mounts a tmpfs, so it needs root)', async () => {
    const small = mountTmpfs(directory, 'small', 'size=1m');
    cleanups.push(small.unmount);
    await expect(extract(archive, await archived, join(small.mountPoint, 'disk.img'))).rejects.toMatchObject(
      fails('DestinationFull', /no room for .*disk.img: .*No space left/),
    );
    expect(readdirSync(small.mountPoint)).toEqual([]);
  });

  test('is or is not what a file on the host holds', async () => {
    const entry = await archived;
    const same = async (path: string): Promise<string | undefined> => {
      const ref = jobs.ref('same-vda');
      await startSame(jobs.host, paths, ref, { archive, entry, path, share: localDirectory(dirname(archive)) });
      return (await jobs.end(ref)).result['same'];
    };
    expect(await same(disk)).toBe('yes');
    expect(await same(image(at('of its size'), 64 * MiB, [[0, 8192]]))).toBe('no');
    expect(await same(image(at('shorter'), 63 * MiB, []))).toBe('no');
    expect(await same(at('absent'))).toBe('no');
    expect(await same(directory)).toBe('no');
  });
});

test('a TPM directory comes back whole, and never takes the place of another', async () => {
  mkdirSync(at('tpm/tpm2'), { recursive: true });
  writeFileSync(at('tpm/tpm2/permall'), 'state');
  const entry = await jobs.archive(sourceOf(at('tpm'), 'directory'), at('of-tpm'));
  const destination = join(place('restored-tpm'), 'swtpm');
  await extract(at(`of-tpm/${entry.file}`), entry, destination);
  expect(readFileSync(join(destination, 'tpm2/permall'), 'utf8')).toBe('state');
  expect(readdirSync(at('restored-tpm'))).toEqual(['swtpm']);
  await expect(extract(at(`of-tpm/${entry.file}`), entry, destination)).rejects.toMatchObject(
    fails('RestoreRefused', /swtpm is there already/),
  );
});

describe('a block device (these use a loop device, so they need root)', () => {
  const image8 = image(at('lv'), 8 * MiB, [[MiB, MiB]]);
  const archived = jobs.archive(sourceOf(image8, 'block'), at('of-lv'));
  const archive = at('of-lv/vda.raw.zst');

  /** A block device of that size, full of ones. */
  function loop(name: string, size: number): string {
    writeFileSync(at(name), Buffer.alloc(size, 0xff));
    try {
      const device = execFileSync('losetup', ['-f', '--show', at(name)], { encoding: 'utf8', stdio: 'pipe' }).trim();
      cleanups.push(() => execFileSync('losetup', ['-d', device]));
      return device;
    } catch (error) {
      throw new Error('this test makes a loop device: run it as root, where /dev/loop-control is', { cause: error });
    }
  }

  test('is written whole, zeros too, and what lies behind stays', async () => {
    const device = loop('larger', 9 * MiB);
    await extract(archive, await archived, device);
    const written = readFileSync(device);
    expect(written.length).toBe(9 * MiB);
    expect(written.subarray(0, 8 * MiB).equals(readFileSync(image8))).toBe(true);
    expect(written.subarray(8 * MiB).every((byte) => byte === 0xff)).toBe(true);
  });

  test('is refused when it is too small, in use, or not a block device', async () => {
    const entry = await archived;
    await expect(extract(archive, entry, loop('tiny', 7 * MiB))).rejects.toMatchObject(
      fails('RestoreRefused', /has 7340032 bytes, and the disk needs 8388608/),
    );

    const mounted = loop('mounted', 9 * MiB);
    execFileSync('mkfs.ext4', ['-q', '-F', mounted]);
    execFileSync('mount', [mounted, place('mountpoint')]);
    cleanups.unshift(() => execFileSync('umount', [at('mountpoint')]));
    await expect(extract(archive, entry, mounted)).rejects.toMatchObject(
      fails('RestoreRefused', /is in use: mounted on .*mountpoint/),
    );
    expect(readdirSync(at('mountpoint'))).toEqual(['lost+found']);

    const open = loop('open', 9 * MiB);
    const script = 'exec 9<"$0"; echo ready; read -r _';
    const holder = spawn('bash', ['-c', script, open], { stdio: ['pipe', 'pipe', 'inherit'] });
    await new Promise((resolve) => holder.stdout.once('data', resolve));
    await expect(extract(archive, entry, open)).rejects.toMatchObject(
      fails('RestoreRefused', new RegExp(`is open in process ${holder.pid!} \\(bash\\)`)),
    );
    holder.stdin.end();

    writeFileSync(at(basename('plain')), '');
    await expect(extract(archive, entry, at('plain'))).rejects.toMatchObject(
      fails('RestoreRefused', /plain is not a block device/),
    );
  });
});
