import { execFileSync } from 'node:child_process';
import { appendFileSync, chmodSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import type { ArchiveEntry, Source } from '../../../src/contracts/vm.ts';
import { startCompare, startVerify } from '../../../src/systems/jobs/verify.ts';
import { entryFor, image, Jobs, localDirectory, MiB, mountTmpfs, sourceOf } from './support/archives.ts';
import { localHost, scratch } from './support/local.ts';

const { directory, paths, remove } = scratch();
const jobs = new Jobs(localHost(), paths);
const at = (name: string): string => join(directory, name);
const cleanups: (() => void)[] = [];

afterAll(async () => {
  await jobs.stopAll();
  for (const cleanup of cleanups) cleanup();
  remove();
}, 60_000);

async function verify(archive: string, entry: ArchiveEntry, on = jobs): Promise<void> {
  const ref = on.ref('verify-vda');
  await startVerify(on.host, paths, ref, { archive, entry, share: localDirectory(dirname(archive)) });
  await on.end(ref);
}

const corrupt = (message: RegExp) => ({ type: 'ArchiveCorrupt', message: expect.stringMatching(message) as unknown });

const disk = image(at(` -a "b" 'c'\n\\n$(d)`), 64 * MiB, [[3 * MiB, MiB]]);

describe('a sound archive passes', () => {
  test.each(['zstd', 'gzip', 'none'] as const)('as %s', async (compression) => {
    const entry = await jobs.archive(sourceOf(disk), at(compression), { compression });
    await verify(at(`${compression}/${entry.file}`), entry);
  });

  test('and a spoiled one does not, where there is no Python', async () => {
    const few = new Jobs(localHost({ STACKHAND_PYTHON: '' }), paths);
    const entry = await jobs.archive(sourceOf(disk), at('few'));
    await verify(at(`few/${entry.file}`), entry, few);
    const another = { ...entry, digest: entry.digest.replace(/^./, (digit) => (digit === '0' ? '1' : '0')) };
    await expect(verify(at(`few/${entry.file}`), another, few)).rejects.toMatchObject(corrupt(/holds other data/));
  });

  test('read from its file system, not from memory (mounts a loop device, so it needs root)', async () => {
    writeFileSync(at('fs'), Buffer.alloc(16 * MiB));
    execFileSync('mkfs.ext4', ['-q', '-F', at('fs')]);
    mkdirSync(at('mounted'));
    try {
      execFileSync('mount', ['-o', 'loop', at('fs'), at('mounted')], { stdio: 'pipe' });
    } catch (error) {
      throw new Error('this test mounts a loop device: run it as root, where /dev/loop-control is', { cause: error });
    }
    cleanups.push(() => execFileSync('umount', [at('mounted')]));
    const entry = await jobs.archive(sourceOf(disk), at('mounted/backup'));
    const archive = at(`mounted/backup/${entry.file}`);
    const cached = (): number => Number(execFileSync('fincore', ['-nbo', 'PAGES', archive]).toString());
    readFileSync(archive);
    expect(cached()).toBeGreaterThan(0);
    // It tells how much is in memory when the reader starts.
    mkdirSync(at('bin'));
    writeFileSync(
      at('bin/dd'),
      `#!/bin/bash\n[[ $* == *bs=* ]] && fincore -nbo PAGES "${archive}" >"${at('pages')}"
exec /usr/bin/dd "$@"\n`,
    );
    chmodSync(at('bin/dd'), 0o755);
    const host = localHost({ PATH: `${at('bin')}${delimiter}${process.env['PATH'] ?? ''}` });
    await verify(archive, entry, new Jobs(host, paths));
    expect(Number(readFileSync(at('pages'), 'utf8'))).toBe(0);
  });

  test('of a block device, and of a directory', async () => {
    const device = image(at('device'), 5 * MiB, [[MiB, MiB]]);
    const block = await jobs.archive(sourceOf(device, 'block'), at('block'));
    await verify(at(`block/${block.file}`), block);
    mkdirSync(at('tpm'));
    writeFileSync(at('tpm/state'), 'state');
    const tpm = await jobs.archive(sourceOf(at('tpm'), 'directory'), at('of-tpm'));
    await verify(at(`of-tpm/${tpm.file}`), tpm);
  });
});

describe('an archive is corrupt when', () => {
  let count = 0;
  /** A fresh archive, spoiled by `spoil`. */
  const spoiled = async (compression: 'zstd' | 'none', spoil: (archive: string) => void) => {
    const backup = at(`spoiled-${count++}`);
    const entry = await jobs.archive(sourceOf(disk), backup, { compression });
    const archive = join(backup, entry.file);
    spoil(archive);
    return { archive, entry };
  };
  const flip = (archive: string): void => {
    const data = readFileSync(archive);
    const middle = Math.floor(data.length / 2);
    data[middle] = data[middle]! ^ 1;
    writeFileSync(archive, data);
  };

  test('one bit of it is another', async () => {
    for (const [compression, why] of [
      ['none', /vda.tar holds other data than was read: sha256 [0-9a-f]{64} instead of [0-9a-f]{64}/],
      ['zstd', /vda.tar.zst can't be unpacked/],
    ] as const) {
      const { archive, entry } = await spoiled(compression, flip);
      await expect(verify(archive, entry)).rejects.toMatchObject(corrupt(why));
    }
  });

  test('it is cut short', async () => {
    const { archive, entry } = await spoiled('zstd', (path) => truncateSync(path, 500_000));
    await expect(verify(archive, entry)).rejects.toMatchObject(corrupt(/has 500000 bytes instead of \d+/));
    const believed = { ...entry, archiveBytes: 500_000 };
    await expect(verify(archive, believed)).rejects.toMatchObject(corrupt(/can't be unpacked/));
  });

  test('something comes after its end', async () => {
    const { archive, entry } = await spoiled('none', (path) => appendFileSync(path, Buffer.alloc(512)));
    const believed = { ...entry, archiveBytes: entry.archiveBytes + 512 };
    await expect(verify(archive, believed)).rejects.toMatchObject(corrupt(/holds other data than was read/));
  });

  test('it is not there', async () => {
    const { archive, entry } = await spoiled('none', (path) => rmSync(path));
    await expect(verify(archive, entry)).rejects.toMatchObject(corrupt(/vda.tar is not there/));
  });

  test.each<[string, RegExp, (source: Source) => Source, string]>([
    ['two members', /holds 2 members instead of one/, (source) => source, '-- member other'],
    ['a directory', /something else than a file/, (source) => source, '--exclude other -- folder'],
    ['another name', /holds other instead of member/, (source) => source, '-- other'],
    ['another size', /holds 5 bytes of member instead of 6/, (source) => ({ ...source, size: 6 }), '-- member'],
  ])('its tar, with a right digest, holds %s', async (_, why, claim, members) => {
    const place = at(`members-${count++}`);
    mkdirSync(join(place, 'folder'), { recursive: true });
    writeFileSync(join(place, 'member'), 'short');
    writeFileSync(join(place, 'other'), 'short');
    execFileSync('bash', ['-c', `tar -cf vda.tar ${members}`], { cwd: place });
    const source = claim(sourceOf(join(place, 'member')));
    const archive = join(place, 'vda.tar');
    const entry = entryFor(source, archive, readFileSync(archive), 'none');
    await expect(verify(archive, entry)).rejects.toMatchObject(corrupt(why));
  });

  test('a block device is of another size', async () => {
    const device = image(at('shorter'), MiB, [[0, MiB]]);
    const entry = await jobs.archive(sourceOf(device, 'block'), at('shorter.d'));
    const longer = { ...entry, source: { ...entry.source, size: 2 * MiB } };
    await expect(verify(at(`shorter.d/${entry.file}`), longer)).rejects.toMatchObject(
      corrupt(/holds 1048576 bytes instead of 2097152/),
    );
  });
});

test('a share that is gone is lost, not a corrupt archive (mounts a tmpfs, so it needs root)', async () => {
  const share = mountTmpfs(directory, 'leaving', 'size=64m');
  const entry = await jobs.archive(sourceOf(disk), share.mountPoint, { share });
  share.unmount();
  const ref = jobs.ref('verify-vda');
  await startVerify(jobs.host, paths, ref, { archive: join(share.mountPoint, entry.file), entry, share });
  await expect(jobs.end(ref)).rejects.toMatchObject({ type: 'ShareLost' });
});

describe('a source read again', () => {
  const source = image(at('again'), 8 * MiB, [[MiB, MiB]]);
  const compare = async (entry: ArchiveEntry, python?: string): Promise<void> => {
    const reading = python === undefined ? jobs : new Jobs(localHost({ STACKHAND_PYTHON: python }), paths);
    const ref = reading.ref('compare-vda');
    await startCompare(reading.host, paths, ref, { source: entry.source, entry });
    await reading.end(ref);
  };

  test('is what was archived, whichever program reads it; or it is said to have changed', async () => {
    const entry = await jobs.archive(sourceOf(source), at('first'));
    await compare(entry);
    await compare(entry, '');
    writeFileSync(source, 'changed', { flag: 'r+' });
    await expect(compare(entry)).rejects.toMatchObject({
      type: 'SourceChanged',
      message: expect.stringMatching(/again is not what was archived/) as unknown,
    });
    rmSync(source);
    await expect(compare(entry)).rejects.toMatchObject({ type: 'SourceUnreadable' });
  });
});

describe('a backup that was removed is named so, and not called corrupt', () => {
  const removed = { type: 'BackupNotFound', message: expect.stringMatching(/is not there any more/) as unknown };
  const read = async (name: string, entry: ArchiveEntry, host = jobs.host): Promise<void> => {
    const ref = jobs.ref('verify-vda');
    await startVerify(host, paths, ref, {
      archive: at(`${name}/${entry.file}`),
      entry,
      share: localDirectory(directory),
    });
    await jobs.end(ref);
  };

  test('before it is read', async () => {
    const entry = await jobs.archive(sourceOf(disk), at('gone'));
    rmSync(at('gone'), { recursive: true });
    await expect(read('gone', entry)).rejects.toMatchObject(removed);
  });

  test('while it is read', async () => {
    const entry = await jobs.archive(sourceOf(disk), at('going'));
    // As NFS says it of a file that another client has removed.
    mkdirSync(at('stale'));
    writeFileSync(
      at('stale/dd'),
      `#!/bin/bash\n[[ $* == *bs=* ]] || exit 0\nrm -rf '${at('going')}'\necho "dd: error reading: Stale file handle" >&2\nexit 1\n`,
      { mode: 0o755 },
    );
    const host = localHost({ PATH: `${at('stale')}${delimiter}${process.env['PATH'] ?? ''}` });
    await expect(read('going', entry, host)).rejects.toMatchObject(removed);
  });
});
