import { describe, expect, test } from '@jest/globals';
import type { ArchiveEntry, Source } from '../../src/contracts/vm.ts';
import { restorePath } from '../../src/domain/restore-paths.ts';

const entry = (source: Partial<Source> & { path: string }): ArchiveEntry => ({
  file: 'x.tar.zst',
  source: {
    kind: 'file',
    role: 'disk',
    target: 'vda',
    format: 'qcow2',
    size: 1,
    allocated: 1,
    archive: 'x.tar',
    ...source,
  },
  compression: 'zstd',
  digest: '0',
  streamBytes: 1,
  archiveBytes: 1,
});

const same = { vm: 'web01', formerUuid: 'aaaa', uuid: 'aaaa', mark: '0a1b2c3d' };
const clone = { ...same, name: 'web02', uuid: 'bbbb' };
const nothing = (): boolean => false;
const everything = (): boolean => true;

describe('under its own name', () => {
  test('a disk goes back to where it was, if nothing is there', () => {
    expect(restorePath(entry({ path: '/images/web01.raw' }), same, nothing)).toBe('/images/web01.raw');
  });

  test('what is there is never overwritten: the restored one carries the mark of its restore', () => {
    expect(restorePath(entry({ path: '/images/web01.raw' }), same, everything)).toBe(
      '/images/web01.restored-0a1b2c3d.raw',
    );
    expect(restorePath(entry({ path: '/images/.raw' }), same, everything)).toBe('/images/.raw.restored-0a1b2c3d');
  });

  test('a directory that was named takes all disks', () => {
    const elsewhere = { ...same, directory: '/other/' };
    expect(restorePath(entry({ path: '/images/web01.raw' }), elsewhere, nothing)).toBe('/other/web01.raw');
  });
});

describe('under another name', () => {
  test('disks and UEFI variables carry it, backing files do not', () => {
    const at = (source: Partial<Source> & { path: string }): string => restorePath(entry(source), clone, nothing);
    expect(at({ path: '/images/web01.raw' })).toBe('/images/web02-vda.raw');
    expect(at({ path: '/nvram/web01_VARS.fd', role: 'nvram' })).toBe('/nvram/web02-VARS.fd');
    expect(at({ path: '/images/golden.qcow2', role: 'backing' })).toBe('/images/golden.qcow2');
  });

  test('the TPM has the directory of the new UUID', () => {
    const tpm = entry({ path: '/swtpm/aaaa', kind: 'directory', role: 'tpm' });
    expect(restorePath(tpm, clone, nothing)).toBe('/swtpm/bbbb');
    expect(restorePath(tpm, same, everything)).toBe('/swtpm/aaaa.restored-0a1b2c3d');
  });

  test('no character of a name can leave the directory or look like an option', () => {
    const odd = { ...clone, name: '-rf $(x)/..' };
    expect(restorePath(entry({ path: '/images/web01.raw' }), odd, nothing)).toBe('/images/_rf___x__..-vda.raw');
  });
});
