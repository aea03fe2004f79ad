import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { startArchive } from '../../../src/systems/jobs/archive.ts';
import { followJob, listJobs, type JobProgress } from '../../../src/systems/jobs/job.ts';
import { fingerprint, image, Jobs, localDirectory, MiB, mountTmpfs, sha256Of, sourceOf } from './support/archives.ts';
import { eventually, localHost, scratch } from './support/local.ts';
import { standInVirsh } from './support/stand-in-virsh.ts';

const { directory, paths, remove } = scratch();
const virsh = standInVirsh(join(directory, 'virsh'));
const jobs = new Jobs(localHost(virsh.env), paths);
const at = (name: string): string => join(directory, name);
const cleanups: (() => void)[] = [];

afterAll(async () => {
  await jobs.stopAll();
  for (const cleanup of cleanups) cleanup();
  remove();
}, 60_000);

const bootId = execFileSync('cat', ['/proc/sys/kernel/random/boot_id'], { encoding: 'utf8' }).trim();
const domain = { uuid: '8c1f1f0e-0000-4000-8000-000000000001', bootId };

/** A host on which `name` is another program than usual. */
function hostWith(name: string, script: string): Jobs {
  const bin = at(`bin-${name}`);
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, name), `#!/bin/bash\n${script}\n`);
  chmodSync(join(bin, name), 0o755);
  return new Jobs(localHost({ PATH: `${bin}${delimiter}${virsh.env['PATH']}` }), paths);
}

/** A host on which the program that writes archives does something else. */
const hostWhoseWriter = (script: string): Jobs =>
  hostWith('dd', `[[ $* == *of=./vda* ]] || exec /usr/bin/dd "$@"\n${script}`);

describe('an archive of an image', () => {
  const disk = image(at(`web01 'x' "y"`), 64 * MiB, [
    [3 * MiB, MiB],
    [40 * MiB, 2 * MiB],
  ]);

  test.each([
    ['zstd', 'vda.tar.zst', 'zstd -dc'],
    ['gzip', 'vda.tar.gz', 'gzip -dc'],
    ['none', 'vda.tar', 'cat'],
  ] as const)('%s is restored by plain tools, sparse', async (compression, file, unpack) => {
    const backup = at(`plain-${compression}`);
    const seen: JobProgress[] = [];
    virsh.set('shut off');
    const entry = await jobs.archive(sourceOf(disk), backup, { compression, domain, seen });
    expect(entry).toMatchObject({ file, compression, archiveBytes: statSync(join(backup, file)).size });
    execFileSync('bash', ['-c', `${unpack} <${file} >stream && tar -xf stream`], { cwd: backup });
    expect(entry.digest).toBe(sha256Of(join(backup, 'stream')));
    expect(entry.streamBytes).toBe(statSync(join(backup, 'stream')).size);
    const copy = join(backup, `web01 'x' "y"`);
    expect(sha256Of(copy)).toBe(sha256Of(disk));
    expect(statSync(copy).blocks).toBeLessThanOrEqual(statSync(disk).blocks + 16);
    const total = statSync(disk).blocks * 512;
    expect(seen.at(-1)).toEqual({ done: total, total, read: true });
  });

  test('is compressed by pigz, on all cores, where that is there', async () => {
    const host = hostWith('pigz', `touch "$(dirname "$0")/used"; exec gzip "$@"`);
    const entry = await host.archive(sourceOf(disk), at('pigz'), { compression: 'gzip' });
    expect(existsSync(at('bin-pigz/used'))).toBe(true);
    execFileSync('gzip', ['-t', at(`pigz/${entry.file}`)]);
  });

  test('is read whole before it is written whole; from then on the VM may run', async () => {
    const slow = hostWith('zstd', `/usr/bin/zstd "$@"; until [[ -e '${at('released')}' ]]; do sleep 0.05; done`);
    const ref = slow.ref('archive-vda');
    mkdirSync(at('early'));
    const spec = { source: sourceOf(disk), directory: at('early'), share: localDirectory(at('early')) };
    virsh.set('shut off');
    await startArchive(slow.host, paths, ref, { ...spec, domain, compression: 'zstd' });
    expect(await followJob(slow.host, paths, ref, { until: 'read' })).toEqual({ state: 'read' });
    expect(await listJobs(slow.host, paths)).toContainEqual({ ref, status: 'running' });
    virsh.set('running');
    writeFileSync(at('released'), '');
    expect(await slow.end(ref)).toMatchObject({ state: 'done', result: { file: 'vda.tar.zst' } });
  });

  test('is the same where there is no Python, and no openssl', async () => {
    const bin = at('bin-few');
    mkdirSync(bin);
    execFileSync('bash', ['-c', 'ln -sft "$0" /usr/bin/* /usr/sbin/* /bin/bash; rm "$0"/{python*,openssl}', bin]);
    const few = new Jobs(localHost({ PATH: bin, STACKHAND_PYTHON: '' }), paths);
    const [plain, usual] = [
      await few.archive(sourceOf(disk), at('few')),
      await jobs.archive(sourceOf(disk), at('usual')),
    ];
    expect([plain.digest, plain.streamBytes]).toEqual([usual.digest, usual.streamBytes]);
  });

  test('is written over what an earlier try left', async () => {
    mkdirSync(at('again'));
    writeFileSync(at('again/vda.tar.zst'), Buffer.alloc(9 * MiB));
    const entry = await jobs.archive(sourceOf(disk), at('again'));
    expect(statSync(at('again/vda.tar.zst')).size).toBe(entry.archiveBytes);
    expect(entry.archiveBytes).toBeLessThan(4 * MiB);
  });

  test('is never written through a link, nor to where one leads', async () => {
    writeFileSync(at('precious'), 'as it was');
    // What takes the place of the file that was just removed.
    const raced = hostWith('rm', `/usr/bin/rm "$@"; [[ $* == *./vda* ]] && ln -s '${at('precious')}' "\${!#}"; exit 0`);
    await expect(raced.archive(sourceOf(disk), at('raced'))).rejects.toMatchObject({ type: 'ShareNotWritable' });
    expect(readFileSync(at('precious'), 'utf8')).toBe('as it was');

    mkdirSync(at('elsewhere'));
    symlinkSync(at('elsewhere'), at('led'));
    await expect(jobs.archive(sourceOf(disk), at('led'))).rejects.toMatchObject({ type: 'ShareNotWritable' });
    expect(readdirSync(at('elsewhere'))).toEqual([]);
  });

  test('keeps to a bandwidth, and to the lowest priority', async () => {
    const since = performance.now();
    const ref = jobs.ref('archive-vda');
    mkdirSync(at('slow'));
    const source = sourceOf(image(at('slow-disk'), 6 * MiB, [[0, 6 * MiB]]));
    const spec = { source, directory: at('slow'), share: localDirectory(at('slow')), domain: null } as const;
    await startArchive(jobs.host, paths, ref, { ...spec, compression: 'none', bandwidth: 2 * MiB, idle: true });
    const files = join(paths.run, 'jobs', ref.operation, ref.step);
    await eventually(
      'the archive grows',
      () => existsSync(at('slow/vda.tar')) && statSync(at('slow/vda.tar')).size > 0,
    );
    const nice = execFileSync('bash', ['-c', `ps -o ni= -p "$(pgrep -n -f "${files}[/]job.sh")"`], {
      encoding: 'utf8',
    });
    expect(nice.trim()).toBe('19');
    expect(existsSync(files)).toBe(true);
    await jobs.end(ref);
    const seconds = (performance.now() - since) / 1000;
    expect(seconds).toBeGreaterThan(2.6);
    expect(seconds).toBeLessThan(15);
  });
});

test('an archive of a block device is its bytes (makes a loop device, so it needs root)', async () => {
  const content = image(at('lv'), 8 * MiB, [[3 * MiB, MiB]]);
  let device: string;
  try {
    device = execFileSync('losetup', ['-rf', '--show', content], { encoding: 'utf8', stdio: 'pipe' }).trim();
  } catch (error) {
    throw new Error('this test makes a loop device: run it as root, where /dev/loop-control is', { cause: error });
  }
  cleanups.push(() => execFileSync('losetup', ['-d', device]));
  const source = { ...sourceOf(device, 'block'), size: 8 * MiB, allocated: 8 * MiB };
  const entry = await jobs.archive(source, at('of-lv'));
  expect(entry).toMatchObject({ file: 'vda.raw.zst', digest: sha256Of(content), streamBytes: 8 * MiB });
  execFileSync('bash', ['-c', 'zstd -dc <vda.raw.zst | cmp - "$0"', content], { cwd: at('of-lv') });
});

test('an archive of a TPM state directory holds all of it', async () => {
  mkdirSync(at('tpm/tpm2'), { recursive: true });
  writeFileSync(at('tpm/tpm2/tpm2-00.permall'), 'state');
  const entry = await jobs.archive(sourceOf(at('tpm'), 'directory'), at('of-tpm'));
  const list = execFileSync('tar', ['-tf', at(`of-tpm/${entry.file}`)], { encoding: 'utf8' });
  expect(list.trim().split('\n')).toEqual(['tpm/', 'tpm/tpm2/', 'tpm/tpm2/tpm2-00.permall']);
});

describe('nothing is archived, and no file stays, when', () => {
  const disk = image(at('disk'), 4 * MiB, [[0, 4 * MiB]]);
  const fails = async (name: string, type: string, message: RegExp, run: (backup: string) => Promise<unknown>) => {
    const backup = at(name);
    mkdirSync(backup, { recursive: true });
    await expect(run(backup)).rejects.toMatchObject({ type, message: expect.stringMatching(message) as unknown });
    expect(readdirSync(backup)).toEqual([]);
  };

  /** Archives slowly, and does something in the middle. */
  const meanwhile = async (backup: string, path: string, doIt: () => void): Promise<unknown> => {
    const ref = jobs.ref('archive-vda');
    virsh.set('shut off');
    await startArchive(jobs.host, paths, ref, {
      source: sourceOf(path),
      directory: backup,
      share: localDirectory(backup),
      domain,
      compression: 'none',
      bandwidth: 3 * MiB,
    });
    await eventually('the archive is begun', () => existsSync(join(backup, 'vda.tar')));
    doIt();
    return jobs.end(ref);
  };

  test('the VM runs', async () => {
    virsh.set('running');
    await fails('vm-runs', 'PreconditionLost', /not shut off but running/, (backup) =>
      jobs.archive(sourceOf(disk), backup, { domain }),
    );
  });

  test('the VM is started meanwhile', () =>
    fails('vm-started', 'PreconditionLost', /not shut off but running/, (backup) =>
      meanwhile(backup, disk, () => virsh.set('running')),
    ));

  test('the host was rebooted since', async () => {
    virsh.set('shut off');
    await fails('rebooted', 'PreconditionLost', /rebooted/, (backup) =>
      jobs.archive(sourceOf(disk), backup, { domain: { ...domain, bootId: 'another' } }),
    );
  });

  test('the source is not what it was at the shutdown', async () => {
    const source = { ...sourceOf(disk), fingerprint: `1${fingerprint(disk)}` };
    await fails('changed', 'SourceChanged', /written to since/, (backup) => jobs.archive(source, backup));
  });

  test('the source is written to meanwhile', async () => {
    const path = image(at('changing'), 4 * MiB, [[0, 4 * MiB]]);
    await fails('changing.partial', 'SourceChanged', /changing was written to/, (backup) =>
      meanwhile(backup, path, () => appendFileSync(path, 'x')),
    );
  });

  test('the source is not there', async () => {
    const path = image(at('gone'), MiB, [[0, MiB]]);
    const source = sourceOf(path);
    unlinkSync(path);
    await fails('gone.partial', 'SourceUnreadable', /gone.*No such file/, (backup) => jobs.archive(source, backup));
  });

  test.each(['/usr/bin/python3', ''])('the source fails to be read (by "%s")', async (STACKHAND_PYTHON) => {
    const source = { ...sourceOf('/proc/self/mem'), kind: 'block', fingerprint: '', allocated: MiB } as const;
    const readers = new Jobs(localHost({ STACKHAND_PYTHON }), paths);
    await fails(`unreadable${STACKHAND_PYTHON.length}`, 'SourceUnreadable', /mem.*Input\/output error/, (backup) =>
      readers.archive(source, backup),
    );
  });

  test('the compressor is killed', () =>
    fails('killed', 'JobFailed', /compressor of vda.tar.zst was killed by signal 9/, (backup) =>
      hostWith('zstd', 'head -c 100 >/dev/null; kill -KILL $$').archive(sourceOf(disk), backup),
    ));

  test('the compressor fails', () =>
    fails('broken', 'JobFailed', /compressor of vda.tar.zst failed: zstd: out of memory/, (backup) =>
      hostWith('zstd', 'echo "zstd: out of memory" >&2; exit 11').archive(sourceOf(disk), backup),
    ));

  test.each([
    ['Disk quota exceeded', 'ShareFull'],
    ['Read-only file system', 'ShareNotWritable'],
    ['Stale file handle', 'ShareLost'],
    ['Input/output error', 'ShareLost'],
  ])('the share says at close: %s', (words, type) =>
    fails(words.replace('/', '-'), type, new RegExp(words), (backup) =>
      hostWhoseWriter(`cat >/dev/null; echo "dd: closing output file: ${words}" >&2; exit 1`).archive(
        sourceOf(disk),
        backup,
      ),
    ),
  );

  test('the share says so long before the end', async () => {
    const long = image(at('long'), 64 * MiB, [[0, 64 * MiB]]);
    const seen: JobProgress[] = [];
    const full = hostWhoseWriter(
      'head -c 2000000 >/dev/null; echo "dd: error writing: No space left on device" >&2; exit 1',
    );
    await fails('long.partial', 'ShareFull', /vda.tar could not be written: dd: error writing: No space/, (backup) =>
      full.archive(sourceOf(long), backup, { compression: 'none', bandwidth: MiB, seen }),
    );
    expect(seen.at(-1)?.done).toBeLessThan(60 * MiB);
  });
});

describe('a share (these mount a tmpfs, so they need root)', () => {
  const disk = image(at('random'), 6 * MiB, [[0, 6 * MiB]]);

  test('that is full is named, and the half file is gone', async () => {
    const share = mountTmpfs(directory, 'small', 'size=2m');
    cleanups.push(share.unmount);
    await expect(jobs.archive(sourceOf(disk), share.mountPoint, { share })).rejects.toMatchObject({
      type: 'ShareFull',
      message: expect.stringMatching(/vda.tar.zst could not be written.*No space left/) as unknown,
    });
    expect(readdirSync(share.mountPoint)).toEqual([]);
  });

  test.each([
    ['zstd', ''],
    ['gzip', '/usr/bin/python3'],
    ['none', ''],
    ['none', '/usr/bin/python3'],
  ] as const)(
    'that is full is named where a closed pipe kills nobody, as in a service of systemd (%s, "%s")',
    async (compression, STACKHAND_PYTHON) => {
      const share = mountTmpfs(directory, `service-${compression}${STACKHAND_PYTHON.length}`, 'size=2m');
      cleanups.push(share.unmount);
      const service = hostWith(
        'setsid',
        `trap '' PIPE; STACKHAND_PYTHON=${STACKHAND_PYTHON} exec /usr/bin/setsid "$@"`,
      );
      const archiving = service.archive(sourceOf(disk), share.mountPoint, { share, compression, level: 12 });
      await expect(archiving).rejects.toMatchObject({ type: 'ShareFull' });
    },
  );

  test('that is read-only is named', async () => {
    const share = mountTmpfs(directory, 'read-only', 'ro');
    cleanups.push(share.unmount);
    await expect(jobs.archive(sourceOf(disk), share.mountPoint, { share })).rejects.toMatchObject({
      type: 'ShareNotWritable',
    });
  });

  test('that is not mounted gets nothing written below its mount point', async () => {
    mkdirSync(at('empty'));
    const share = { mountPoint: at('empty'), mountSource: '192.0.2.1:/export' };
    await expect(jobs.archive(sourceOf(disk), at('empty'), { share })).rejects.toMatchObject({
      type: 'ShareLost',
      message: expect.stringMatching(/nothing is mounted/) as unknown,
    });
    expect(readdirSync(at('empty'))).toEqual([]);
  });

  test('that goes away meanwhile fails the archive, and nothing lands below the mount point', async () => {
    const share = mountTmpfs(directory, 'leaving', 'size=64m');
    const ref = jobs.ref('archive-vda');
    const source = sourceOf(disk);
    await startArchive(jobs.host, paths, ref, {
      ...{ source, directory: share.mountPoint, share, domain: null, compression: 'none', bandwidth: 3 * MiB },
    });
    await eventually('the archive is begun', () => existsSync(join(share.mountPoint, 'vda.tar')));
    share.unmount();
    await expect(jobs.end(ref)).rejects.toMatchObject({ type: 'ShareLost' });
    expect(readdirSync(share.mountPoint)).toEqual([]);
    rmSync(share.mountPoint, { recursive: true });
  });
});
