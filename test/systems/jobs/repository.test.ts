import { execFileSync } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import {
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import type { Manifest } from '../../../src/contracts/vm.ts';
import { backupDirectory } from '../../../src/domain/names.ts';
import { checkFiles, readChecked } from '../../../src/systems/jobs/backup-files.ts';
import { manifestText } from '../../../src/systems/jobs/manifest.ts';
import {
  dropRepositoryLease,
  finishBackup,
  isFinished,
  listBackups,
  listRepositoryLeases,
  makePartial,
  readManifest,
  removeBackup,
  renewRepositoryLease,
  takeRepositoryLease,
  writeBackupFile,
  type Repository,
} from '../../../src/systems/jobs/repository.ts';
import { mountTmpfs } from './support/archives.ts';
import { localHost, scratch } from './support/local.ts';

const host = localHost();
const { directory, remove } = scratch();
const cleanups: (() => void)[] = [];
afterAll(() => {
  for (const cleanup of cleanups) cleanup();
  remove();
});

let count = 0;
function aRepository(): Repository {
  const root = join(directory, `repository-${count++}`);
  mkdirSync(root);
  return { mountPoint: root, mountSource: null, root };
}

// Not of any version of RFC 9562: libvirt takes those too.
const uuid = '4dea22b3-1d52-d8f3-2516-782e98ab3fa0';
const name = `web 01 'x' "y" $(id) ü`;
const vm = backupDirectory(name, uuid);
const path = `${vm}/backup_20261122T010203Z`;

const manifest = (change: Partial<Manifest> = {}): Manifest => ({
  format: 1,
  operation: 'op',
  takenAt: '2026-11-22T01:02:03.000Z',
  host: 'kvm1',
  vm: { name, uuid, autostart: true, wasRunning: true },
  archives: [
    {
      file: 'vda.tar.zst',
      source: {
        path: '/d/a.img',
        kind: 'file',
        role: 'disk',
        target: 'vda',
        size: 9,
        allocated: 9,
        archive: 'vda.tar',
      },
      ...{ compression: 'zstd', digest: 'a'.repeat(64), streamBytes: 10240, archiveBytes: 4 },
    },
  ],
  files: { 'domain.xml': 'b'.repeat(64) },
  verified: 'read',
  tools: {},
  ...change,
});

/** Writes a backup the way an operation does. */
async function aBackup(repository: Repository, at = path): Promise<void> {
  await makePartial(host, repository, `${at}.partial`, true);
  writeFileSync(join(repository.root, `${at}.partial`, 'vda.tar.zst'), 'data');
  await writeBackupFile(host, repository, `${at}.partial`, 'domain.xml', '<domain/>\n');
  await writeBackupFile(host, repository, `${at}.partial`, 'manifest.json', manifestText(manifest()), 0o644);
  await finishBackup(host, repository, at);
}

const fails = (type: string, message: RegExp) => ({ type, message: expect.stringMatching(message) as unknown });

describe('a backup', () => {
  test('is partial until it is finished, and then good', async () => {
    const repository = aRepository();
    await makePartial(host, repository, `${path}.partial`, true);
    await makePartial(host, repository, `${path}.partial`, true);
    expect(await listBackups(host, repository)).toMatchObject([{ path: `${path}.partial`, status: 'incomplete' }]);
    await aBackup(repository);
    expect(await listBackups(host, repository)).toEqual([
      {
        ...{ path, status: 'good', takenAt: '2026-11-22T01:02:03.000Z', vm: name, uuid },
        bytes: readdirSync(join(repository.root, path))
          .map((file) => statSync(join(repository.root, path, file)).size)
          .reduce((sum, size) => sum + size, 0),
      },
    ]);
    expect(await readManifest(host, repository, path)).toEqual(manifest());
    const mode = (file: string): number => statSync(join(repository.root, path, file)).mode & 0o777;
    expect([mode('.'), mode('domain.xml'), mode('manifest.json')]).toEqual([0o700, 0o600, 0o644]);
    expect(readFileSync(join(repository.root, path, 'domain.xml'), 'utf8')).toBe('<domain/>\n');
  });

  test('whose manifest has changed since it was written is damaged', async () => {
    const repository = aRepository();
    await aBackup(repository);
    const file = join(repository.root, path, 'manifest.json');
    const text = readFileSync(file, 'utf8');
    for (const changed of [
      text.replace('"target": "vda"', '"target": "sda"'),
      text.replace(/"archives": \[[^]*?\n {2}\]/, '"archives": []'),
      text.replace(/,\s+"digest": "[0-9a-f]{64}"\s+\}\s*$/, '}'),
    ]) {
      expect(changed).not.toBe(text);
      writeFileSync(file, changed);
      expect(await listBackups(host, repository)).toMatchObject([
        { status: 'damaged', why: expect.stringContaining('holds other data than was written') as unknown },
      ]);
    }
    writeFileSync(file, text);
    expect(await listBackups(host, repository)).toMatchObject([{ status: 'good' }]);
  });

  test('is finished once: again is fine, over another is not, nor without a manifest', async () => {
    const repository = aRepository();
    await aBackup(repository);
    expect(await isFinished(host, repository, path)).toBe(true);
    await finishBackup(host, repository, path);
    await makePartial(host, repository, `${path}.partial`, true);
    expect(await isFinished(host, repository, path)).toBe(false);
    await expect(finishBackup(host, repository, path)).rejects.toMatchObject(
      fails('BackupUnusable', /backup_20261122T010203Z is there already/),
    );
    const other = `${vm}/backup_20261123T010203Z`;
    await makePartial(host, repository, `${other}.partial`, true);
    await expect(finishBackup(host, repository, other)).rejects.toMatchObject(fails('BackupUnusable', /no manifest/));
  });

  test('takes a large file whole, and no name that leads elsewhere', async () => {
    const repository = aRepository();
    await makePartial(host, repository, `${path}.partial`, true);
    const content = 'ü\n'.repeat(300_000);
    await writeBackupFile(host, repository, `${path}.partial`, 'snapshots.json', content);
    expect(readFileSync(join(repository.root, `${path}.partial/snapshots.json`), 'utf8')).toBe(content);
    for (const file of ['../x', '.', '..', '', 'a/b']) {
      await expect(writeBackupFile(host, repository, `${path}.partial`, file, 'x')).rejects.toMatchObject({
        type: 'InvalidInput',
      });
    }
  });
});

describe('a repository lists', () => {
  test('each backup with what it is worth', async () => {
    const repository = aRepository();
    const at = (day: number): string => `${vm}/backup_202611${String(day)}T010203Z`;
    const inside = (day: number, file: string): string => join(repository.root, at(day), file);
    await aBackup(repository, at(10));
    for (const day of [11, 12, 13, 14, 15, 16, 17]) {
      execFileSync('cp', ['-a', join(repository.root, at(10)), join(repository.root, at(day))]);
    }
    for (const day of [16, 17])
      writeFileSync(inside(day, 'manifest.json'), manifestText(manifest({ verified: 'none' })));
    execFileSync('rm', [inside(11, 'vda.tar.zst')]);
    writeFileSync(inside(12, 'vda.tar.zst'), 'longer');
    writeFileSync(inside(13, 'manifest.json'), '{"format":1}');
    writeFileSync(inside(14, 'damaged'), 'vda.tar.zst holds other data\n');
    execFileSync('rm', [inside(15, 'domain.xml')]);
    await writeBackupFile(host, repository, at(17), 'verified', 'now\n');
    const found = await listBackups(host, repository);
    expect(found.map(({ path: where, status, why }) => [where, status, why])).toEqual([
      [at(10), 'good', undefined],
      [at(11), 'damaged', 'vda.tar.zst is missing'],
      [at(12), 'damaged', 'vda.tar.zst has 6 bytes instead of 4'],
      [at(13), 'damaged', expect.stringContaining("its manifest can't be read")],
      [at(14), 'damaged', 'vda.tar.zst holds other data'],
      [at(15), 'damaged', 'domain.xml is missing'],
      [at(16), 'unverified', undefined],
      [at(17), 'good', undefined],
    ]);
    await expect(readManifest(host, repository, at(13))).rejects.toMatchObject(fails('BackupUnusable', /manifest/));
    await expect(readManifest(host, repository, at(20))).rejects.toMatchObject(fails('BackupNotFound', /20261120/));
  });

  test('as good again what a later verification found whole', async () => {
    const repository = aRepository();
    await aBackup(repository);
    await writeBackupFile(host, repository, path, 'damaged', 'the share was ill\n');
    utimesSync(join(repository.root, path, 'damaged'), 1_700_000_000, 1_700_000_000);
    await writeBackupFile(host, repository, path, 'verified', 'now\n');
    expect(await listBackups(host, repository)).toMatchObject([{ status: 'good' }]);
  });

  test('what is not of this program as foreign, without entering it or following links', async () => {
    const repository = aRepository();
    const elsewhere = aRepository();
    mkdirSync(join(elsewhere.root, path), { recursive: true });
    mkdirSync(join(repository.root, 'photos/2024/summer'), { recursive: true });
    mkdirSync(join(repository.root, 'lost+found'));
    mkdirSync(join(repository.root, vm, 'notes'), { recursive: true });
    mkdirSync(join(repository.root, vm, 'backup_20261399T010203Z'));
    mkdirSync(join(repository.root, vm, 'backup_20261101T010203Z'));
    symlinkSync(join(elsewhere.root, path), join(repository.root, path));
    symlinkSync(join(elsewhere.root, vm), join(repository.root, 'linked-1b2c3d4e'));
    writeFileSync(join(repository.root, 'README'), 'file');
    writeFileSync(join(repository.root, vm, '.stackhand-lease-x'), 'file');
    const found = await listBackups(host, repository);
    expect(found.map((backup) => [backup.path, backup.status])).toEqual([
      ['photos', 'foreign'],
      [`${vm}/backup_20261101T010203Z`, 'incomplete'],
      [path, 'foreign'],
      [`${vm}/backup_20261399T010203Z`, 'foreign'],
      [`${vm}/notes`, 'foreign'],
    ]);
  });

  test('nothing when it has not been written to, and refuses when its share is not mounted', async () => {
    const repository = aRepository();
    expect(await listBackups(host, { ...repository, root: join(repository.root, 'not/yet') })).toEqual([]);
    const unmounted = { ...repository, mountSource: '192.0.2.1:/export' };
    await expect(listBackups(host, unmounted)).rejects.toMatchObject(fails('ShareLost', /nothing is mounted/));
    await expect(makePartial(host, unmounted, `${path}.partial`, true)).rejects.toMatchObject({ type: 'ShareLost' });
    expect(readdirSync(repository.root)).toEqual([]);
  });
});

describe('a removal', () => {
  test('takes a backup, or a partial one, and what an earlier removal left; again is fine', async () => {
    const repository = aRepository();
    const second = `${vm}/backup_20261123T010203Z`;
    await aBackup(repository);
    execFileSync('cp', ['-a', join(repository.root, path), join(repository.root, second)]);
    mkdirSync(join(repository.root, `${second}.removing`));
    writeFileSync(join(repository.root, `${second}.removing/vda.tar.zst`), 'old');
    await removeBackup(host, repository, second);
    expect(readdirSync(join(repository.root, vm))).toEqual(['backup_20261122T010203Z']);
    await makePartial(host, repository, `${second}.partial`, true);
    await removeBackup(host, repository, `${second}.partial`);
    mkdirSync(join(repository.root, `${second}.removing`));
    await removeBackup(host, repository, `${second}.removing`);
    expect(readdirSync(join(repository.root, vm))).toEqual(['backup_20261122T010203Z']);
    await removeBackup(host, repository, path);
    await removeBackup(host, repository, path);
    expect(readdirSync(repository.root)).toEqual([]);
  });

  test.each([
    ['', 'the repository itself'],
    ['photos', 'a directory'],
    [vm, "a VM's directory"],
    [`${vm}/..`, 'a way up'],
    [`../${vm}/backup_20261122T010203Z`, 'a way out'],
    [`${vm}/notes`, 'another directory of the VM'],
    [`${vm}/backup_20261122T010203Z/..`, 'a way up from a backup'],
    [`./${vm}/backup_20261122T010203Z`, 'a detour'],
    ['/etc/backup_20261122T010203Z', 'an absolute path'],
  ])('of "%s" (%s) is refused', async (where) => {
    await expect(removeBackup(host, aRepository(), where)).rejects.toMatchObject({ type: 'BackupNotFound' });
  });

  test('of a link, or through one, is refused', async () => {
    const [repository, elsewhere] = [aRepository(), aRepository()];
    mkdirSync(join(elsewhere.root, path), { recursive: true });
    writeFileSync(join(elsewhere.root, path, 'vda.tar.zst'), 'data');
    mkdirSync(join(repository.root, vm));
    symlinkSync(join(elsewhere.root, path), join(repository.root, path));
    await expect(removeBackup(host, repository, path)).rejects.toMatchObject(fails('BackupNotFound', /is a link/));
    expect(lstatSync(join(repository.root, path)).isSymbolicLink()).toBe(true);
    const linked = aRepository();
    symlinkSync(join(elsewhere.root, vm), join(linked.root, vm));
    await expect(removeBackup(host, linked, path)).rejects.toMatchObject(fails('BackupNotFound', /is a link/));
    expect(existsSync(join(elsewhere.root, path, 'vda.tar.zst'))).toBe(true);
  });
});

describe('a small file of a backup', () => {
  const content = '<domain>ü</domain>\n';
  const digest = createHash('sha256').update(content).digest('hex');
  const described = { files: { 'domain.xml': digest } };

  test('is read as it was written, and held against its digest', async () => {
    const repository = aRepository();
    await makePartial(host, repository, `${path}.partial`, false);
    await writeBackupFile(host, repository, `${path}.partial`, 'domain.xml', content);
    const read = () => readChecked(host, repository, `${path}.partial`, 'domain.xml', described);
    expect(await read()).toBe(content);
    await checkFiles(host, repository, `${path}.partial`, described);

    writeFileSync(join(repository.root, `${path}.partial/domain.xml`), '<domain>ÿ</domain>\n');
    await expect(read()).rejects.toMatchObject(fails('ArchiveCorrupt', /domain.xml holds other data than was written/));
    await expect(checkFiles(host, repository, `${path}.partial`, described)).rejects.toMatchObject({
      type: 'ArchiveCorrupt',
    });
  });

  test('that is not there, or a link, or that no manifest names, is named', async () => {
    const repository = aRepository();
    await makePartial(host, repository, `${path}.partial`, false);
    const read = (files: Record<string, string>) =>
      readChecked(host, repository, `${path}.partial`, 'domain.xml', { files });
    await expect(read(described.files)).rejects.toMatchObject(fails('ArchiveCorrupt', /domain.xml is not there/));
    symlinkSync('/etc/passwd', join(repository.root, `${path}.partial/domain.xml`));
    await expect(read(described.files)).rejects.toMatchObject(fails('ArchiveCorrupt', /is not there/));
    await expect(read({})).rejects.toMatchObject(fails('BackupUnusable', /has no domain.xml/));
  });
});

describe('somebody else who may write to the share', () => {
  const foreign = (...paths: string[]): void => {
    for (const each of paths) chownSync(each, 65534, 65534);
  };

  test('leads nobody elsewhere by a directory that is there before', async () => {
    const repository = aRepository();
    mkdirSync(join(repository.root, `${path}.partial`), { recursive: true });
    await expect(makePartial(host, repository, `${path}.partial`, false)).rejects.toMatchObject(
      fails('BackupUnusable', /is there already/),
    );
    // Made between two tries of an operation.
    foreign(join(repository.root, `${path}.partial`));
    await expect(makePartial(host, repository, `${path}.partial`, true)).rejects.toMatchObject(
      fails('ShareNotWritable', /belongs to somebody else/),
    );
    await removeBackup(host, repository, `${path}.partial`);
    mkdirSync(join(repository.root, vm));
    foreign(join(repository.root, vm));
    await expect(makePartial(host, repository, `${path}.partial`, false)).rejects.toMatchObject(
      fails('ShareNotWritable', /belongs to somebody else/),
    );
  });

  test('gets nothing written, and no mode changed, through a link', async () => {
    const repository = aRepository();
    const secret = join(directory, 'secret');
    writeFileSync(secret, 'as it was\n', { mode: 0o600 });
    await makePartial(host, repository, `${path}.partial`, false);
    const bin = join(directory, 'link-bin');
    mkdirSync(bin);
    // A link takes the place of what was just removed, and of what was just written.
    writeFileSync(
      join(bin, 'rm'),
      `#!/bin/bash\n/usr/bin/rm "$@"\n[[ $* == *.new* ]] && ln -s '${secret}' "\${!#}"\nexit 0\n`,
      { mode: 0o755 },
    );
    const raced = localHost({ PATH: `${bin}:${process.env['PATH'] ?? ''}` });
    await expect(
      writeBackupFile(raced, repository, `${path}.partial`, 'domain.xml', 'mine', 0o644),
    ).rejects.toMatchObject({ type: 'ShareNotWritable' });
    await expect(
      takeRepositoryLease(raced, repository, vm, { operation: 'op', workflowId: 'w', mode: 'shared' }),
    ).rejects.toMatchObject({ type: 'ShareNotWritable' });
    expect([readFileSync(secret, 'utf8'), statSync(secret).mode & 0o777]).toEqual(['as it was\n', 0o600]);
  });

  test('gets nothing told of what a link leads to', async () => {
    const repository = aRepository();
    const secret = join(directory, 'two-lines');
    writeFileSync(secret, 'exclusive\na secret\n');
    mkdirSync(join(repository.root, vm));
    symlinkSync(secret, join(repository.root, vm, '.stackhand-lease-other'));
    expect(await listRepositoryLeases(host, repository, vm)).toEqual([]);
    await takeRepositoryLease(host, repository, vm, { operation: 'op', workflowId: 'w', mode: 'exclusive' });
  });
});

describe('a lease', () => {
  const holder = (mode: 'shared' | 'exclusive', operation = randomUUID()) => ({
    ...{ operation, workflowId: `vm-backup/kvm1/web01/${operation.slice(0, 8)}`, mode },
  });
  const leases = ({ root }: Repository): string[] =>
    existsSync(join(root, vm))
      ? readdirSync(join(root, vm)).filter((file) => file.startsWith('.stackhand-lease-'))
      : [];

  test('is shared by several, and exclusive for one', async () => {
    const repository = aRepository();
    const [one, two, alone] = [holder('shared'), holder('shared'), holder('exclusive')];
    await takeRepositoryLease(host, repository, vm, one);
    await takeRepositoryLease(host, repository, vm, one);
    await takeRepositoryLease(host, repository, vm, two);
    await expect(takeRepositoryLease(host, repository, vm, alone)).rejects.toMatchObject(
      fails('RepositoryBusy', /is held by vm-backup\/kvm1\/web01\/.{8}, renewed \d+ s ago/),
    );
    expect(leases(repository)).toHaveLength(2);
    for (const { operation } of [one, two, two]) await dropRepositoryLease(host, repository, vm, operation);
    await takeRepositoryLease(host, repository, vm, alone);
    await expect(takeRepositoryLease(host, repository, vm, one)).rejects.toMatchObject({ type: 'RepositoryBusy' });
    await dropRepositoryLease(host, repository, vm, alone.operation);
    expect(readdirSync(repository.root)).toEqual([]);
  });

  test('of two that take it at once goes to one at most', async () => {
    const repository = aRepository();
    const takers = Array.from({ length: 4 }, () => holder('exclusive'));
    const taken = await Promise.allSettled(takers.map((one) => takeRepositoryLease(host, repository, vm, one)));
    const got = taken.filter(({ status }) => status === 'fulfilled').length;
    expect(got).toBeLessThanOrEqual(1);
    expect(leases(repository)).toHaveLength(got);
  });

  test('counts for 30 minutes after it was renewed', async () => {
    const repository = aRepository();
    const [old, next] = [holder('exclusive'), holder('exclusive')];
    await takeRepositoryLease(host, repository, vm, old);
    const file = join(repository.root, vm, `.stackhand-lease-${old.operation}`);
    const ago = Date.now() / 1000 - 31 * 60;
    utimesSync(file, ago, ago);
    await renewRepositoryLease(host, repository, vm, old.operation);
    await expect(takeRepositoryLease(host, repository, vm, next)).rejects.toMatchObject({ type: 'RepositoryBusy' });
    utimesSync(file, ago, ago);
    await takeRepositoryLease(host, repository, vm, next);
  });

  test('for reading needs the backup to be there, and makes nothing', async () => {
    const repository = aRepository();
    const [reader, remover] = [holder('shared'), holder('exclusive')];
    await expect(takeRepositoryLease(host, repository, vm, reader, path)).rejects.toMatchObject(
      fails('BackupNotFound', /backup_20261122T010203Z is not there any more/),
    );
    expect(readdirSync(repository.root)).toEqual([]);
    await aBackup(repository);
    await takeRepositoryLease(host, repository, vm, reader, path);
    expect(await listRepositoryLeases(host, repository, vm)).toEqual([
      { operation: reader.operation, workflowId: reader.workflowId },
    ]);
    await expect(takeRepositoryLease(host, repository, vm, remover)).rejects.toMatchObject(
      fails('RepositoryBusy', new RegExp(reader.workflowId)),
    );
    await dropRepositoryLease(host, repository, vm, reader.operation);
    await removeBackup(host, repository, path);
    mkdirSync(join(repository.root, vm));
    await expect(takeRepositoryLease(host, repository, vm, reader, path)).rejects.toMatchObject({
      type: 'BackupNotFound',
    });
    expect(leases(repository)).toEqual([]);
  });

  test('that was dropped is not renewed into being', async () => {
    const repository = aRepository();
    const other = holder('shared');
    await takeRepositoryLease(host, repository, vm, other);
    await renewRepositoryLease(host, repository, vm, randomUUID());
    expect(leases(repository)).toEqual([`.stackhand-lease-${other.operation}`]);
  });
});

describe('a share (these mount a tmpfs, so they need root)', () => {
  test('that is full, or read-only, is named', async () => {
    const small = mountTmpfs(directory, 'small', 'size=256k');
    cleanups.push(small.unmount);
    const full: Repository = { mountPoint: small.mountPoint, mountSource: small.mountSource, root: small.mountPoint };
    await makePartial(host, full, `${path}.partial`, true);
    const content = 'x'.repeat(400_000);
    await expect(writeBackupFile(host, full, `${path}.partial`, 'domain.xml', content)).rejects.toMatchObject(
      fails('ShareFull', /domain.xml can't be written: .*No space left/),
    );
    expect(readdirSync(join(small.mountPoint, `${path}.partial`))).not.toContain('domain.xml');
    execFileSync('mount', ['-o', 'remount,ro', small.mountPoint]);
    const other = `${vm}/backup_20261123T010203Z.partial`;
    await expect(makePartial(host, full, other, true)).rejects.toMatchObject(fails('ShareNotWritable', /Read-only/));
  });
});
