import { execFileSync } from 'node:child_process';
import { copyFile, open, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { DiskFormat } from '../../../src/contracts/image.ts';
import { inspectImage, localFile } from '../../../src/systems/image-files/index.ts';
import { scratchDirectory } from '../../support/scratch.ts';

const mebibyte = 1024 * 1024;

/** Files that the real qemu-img made. */
describe('an image that is looked at', () => {
  let directory = '';
  const path = (name: string): string => join(directory, name);
  const qemu = (...args: readonly string[]): void =>
    void execFileSync('qemu-img', args, { cwd: directory, stdio: ['ignore', 'ignore', 'inherit'] });
  const inspect = (name: string, said?: DiskFormat) => inspectImage(localFile(path(name)), name, said);

  beforeAll(async () => {
    directory = await scratchDirectory('images');
    // Data at both ends, so that it matters where a copy is cut off; one ends within a cluster.
    for (const [name, end] of [
      ['disk.raw', mebibyte + 1536],
      ['even.raw', mebibyte],
    ] as const) {
      const raw = await open(path(name), 'w');
      await raw.write(Buffer.alloc(3 * mebibyte, 'a'), 0, 3 * mebibyte, 0);
      await raw.write(Buffer.alloc(end, 'z'), 0, end, 600 * mebibyte);
      await raw.close();
    }
  });

  test.each([
    { format: 'raw', options: [], says: 'raw' },
    { format: 'qcow2', options: [], says: 'qcow2' },
    { format: 'qcow2', options: ['-o', 'compat=0.10'], says: 'qcow2' },
    { format: 'qcow2', options: ['-o', 'cluster_size=4k'], says: 'qcow2' },
    { format: 'qcow2', options: ['-o', 'extended_l2=on'], says: 'qcow2' },
    { format: 'qcow2', options: ['-o', 'preallocation=metadata'], says: 'qcow2' },
    { format: 'qcow2', options: ['-c'], says: 'qcow2' },
    { format: 'qcow2', options: ['-c', '-o', 'compression_type=zstd'], says: 'qcow2' },
    { format: 'vmdk', options: ['-o', 'subformat=streamOptimized'], says: 'vmdk' },
    { format: 'vmdk', options: [], says: 'vmdk' },
    { format: 'vdi', options: [], says: 'vdi' },
    { format: 'vpc', options: [], says: 'vhd' },
    { format: 'vpc', options: ['-o', 'subformat=fixed'], says: 'vhd' },
    { format: 'vhdx', options: [], says: 'vhdx' },
  ])('$format $options is known by its content and is whole', async ({ format, options, says }) => {
    qemu('convert', '-O', format, ...options, 'disk.raw', 'whole');
    expect((await inspect('whole')).diskFormat).toBe(says);
  });

  test('an ISO is one, also where it begins like a disk', async () => {
    const iso = Buffer.alloc(40 * 1024);
    iso.write('CD001', 32_769);
    iso.writeUInt16LE(0xaa55, 510);
    await writeFile(path('cd'), iso);
    expect((await inspect('cd')).diskFormat).toBe('iso');
  });

  test('tells how large its disk is, and what must stay as it is', async () => {
    qemu('create', '-f', 'qcow2', 'empty.qcow2', '10G');
    const { size } = await stat(path('empty.qcow2'));
    expect(await inspect('empty.qcow2')).toEqual({
      diskFormat: 'qcow2',
      virtualSize: 10 * 1024 * mebibyte,
      size,
      pin: expect.stringContaining(String(size)),
    });
  });

  test('a name that says another format is an error, unless the format is said; one that says nothing is none', async () => {
    await writeFile(path('disk.qcow2'), 'no format at all');
    await expect(inspect('disk.qcow2')).rejects.toMatchObject({
      type: 'ImageFormatUnclear',
      message: expect.stringContaining('raw by its content and qcow2 by its name'),
      remedy: 'say which: --disk-format raw, or --disk-format qcow2',
    });
    expect((await inspect('disk.qcow2', 'raw')).diskFormat).toBe('raw');
    await writeFile(path('disk.img'), 'no format at all');
    expect((await inspect('disk.img')).diskFormat).toBe('raw');
  });

  /** A sparse VMDK with that descriptor in it. */
  const vmdk = async (name: string, descriptor: (whole: string) => string): Promise<void> => {
    qemu('create', '-f', 'vmdk', name, '16M');
    const file = await open(path(name), 'r+');
    const { buffer } = await file.read(Buffer.alloc(20 * 512), 0, 20 * 512, 512);
    const changed = descriptor(buffer.toString('latin1').replace(/\0+$/, ''));
    await file.write(
      Buffer.concat([Buffer.from(changed, 'latin1'), Buffer.alloc(20 * 512)]).subarray(0, 20 * 512),
      0,
      20 * 512,
      512,
    );
    await file.close();
  };

  test.each([
    ['has a parent', (text: string) => text.replace(/parentCID=\w+/, 'parentCID=12345678'), 'differs from another'],
    [
      'names another file',
      (text: string) => text.replace(/^RW .*$/m, 'RW 32768 FLAT "/etc/shadow" 0'),
      'other extents',
    ],
    ['names one file more', (text: string) => `${text}\nRW 1 FLAT "/etc/shadow" 0\n`, 'other extents'],
    ['is of two kinds', (text: string) => `#createType=:monolithicFlat"\n${text}`, 'other files'],
  ])('a VMDK whose descriptor %s is refused', async (_, change, why) => {
    await vmdk('lying.vmdk', (text) => text);
    expect((await inspect('lying.vmdk')).diskFormat).toBe('vmdk');
    await vmdk('lying.vmdk', change);
    await expect(inspect('lying.vmdk')).rejects.toMatchObject({
      type: 'ImageRefused',
      message: expect.stringContaining(why),
    });
  });

  test('a text that qemu would read as a description of files is no VMDK, however it begins', async () => {
    await writeFile(path('text'), '\n# Disk DescriptorFile\ncreateType="monolithicFlat"\nRW 1 FLAT "/etc/shadow" 0\n');
    await expect(inspect('text', 'vmdk')).rejects.toMatchObject({ type: 'ImageRefused' });
  });

  test('a VDI or VHD that was cut off is refused', async () => {
    for (const [format, name] of [
      ['vdi', 'cut.vdi'],
      ['vpc', 'cut.vhd'],
    ] as const) {
      qemu('convert', '-O', format, 'even.raw', name);
      await truncate(path(name), Math.floor((await stat(path(name))).size / 3) * 2);
      await expect(inspect(name)).rejects.toMatchObject({ message: expect.stringContaining('cut off') });
    }
  });

  test('a qcow2 with tables larger than qemu opens is refused, and not read', async () => {
    qemu('create', '-f', 'qcow2', 'huge.qcow2', '16M');
    const file = await open(path('huge.qcow2'), 'r+');
    const entries = Buffer.alloc(4);
    entries.writeUInt32BE(0xffff_ffff);
    await file.write(entries, 0, 4, 36);
    await file.truncate(40 * 1024 ** 3);
    await file.close();
    await expect(inspect('huge.qcow2')).rejects.toMatchObject({
      type: 'ImageRefused',
      message: expect.stringContaining('larger than qemu opens'),
    });
  });

  test('a backing file, data in another file, and a VMDK in pieces are refused, whatever format is said', async () => {
    qemu('create', '-f', 'qcow2', 'base.qcow2', '16M');
    qemu('create', '-f', 'qcow2', '-b', 'base.qcow2', '-F', 'qcow2', 'top.qcow2');
    qemu('create', '-f', 'qcow2', '-o', 'data_file=data.raw,data_file_raw=on', 'pointer.qcow2', '16M');
    qemu('convert', '-O', 'vmdk', '-o', 'subformat=monolithicFlat', 'base.qcow2', 'flat.vmdk');
    for (const [name, why] of [
      ['top.qcow2', 'backing file'],
      ['pointer.qcow2', 'data in another file'],
      ['flat.vmdk', 'description of other files'],
    ] as const)
      for (const said of [undefined, 'raw'] as const)
        await expect(inspect(name, said)).rejects.toMatchObject({
          type: 'ImageRefused',
          message: expect.stringContaining(why),
        });
  });

  test.each([
    { kind: 'plain', options: [] },
    { kind: 'old', options: ['-o', 'compat=0.10'] },
    { kind: 'compressed', options: ['-c'] },
    { kind: 'with subclusters', options: ['-o', 'extended_l2=on'] },
  ])('a qcow2 ($kind) that was cut off is refused, wherever it was cut', async ({ options }) => {
    qemu('convert', '-O', 'qcow2', ...options, 'even.raw', 'whole.qcow2');
    const { size } = await stat(path('whole.qcow2'));
    for (const left of [size - 512, size - 70_000, Math.floor(size / 2), 200_000, 300]) {
      await copyFile(path('whole.qcow2'), path('cut.qcow2'));
      await truncate(path('cut.qcow2'), Math.min(left, size - 512));
      await expect(inspect('cut.qcow2')).rejects.toMatchObject({ type: 'ImageRefused' });
    }
  });
});
