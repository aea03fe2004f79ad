import { describe, expect, test } from '@jest/globals';
import { fitsDefinition } from '../../../src/activities/shared/check-description.ts';
import type { Manifest } from '../../../src/contracts/vm.ts';
import { localHost } from '../../systems/jobs/support/local.ts';

const uuid = '4dea22b3-1d52-d8f3-2516-782e98ab3fa0';
const definition = `<domain type='kvm'><name>web01</name><uuid>${uuid}</uuid><devices>
  <disk type='file' device='disk'><source file='/images/web01.qcow2'/><target dev='vda'/></disk>
  <disk type='file' device='cdrom'><source file='/images/a.iso'/><target dev='sda'/></disk>
</devices></domain>`;

function manifest(targets: readonly string[], vm: Partial<Manifest['vm']> = {}): Manifest {
  return {
    ...{ format: 1, operation: 'one', takenAt: '2026-11-22T01:02:03.000Z', host: 'kvm1', files: {}, tools: {} },
    ...{ verified: 'read', vm: { name: 'web01', uuid, autostart: false, wasRunning: true, ...vm } },
    archives: targets.map((target) => ({
      ...{ file: `${target}.tar.zst`, compression: 'zstd', digest: '', streamBytes: 0, archiveBytes: 0 },
      source: {
        ...{ path: `/images/${target}`, kind: 'file', role: 'disk', target, format: 'raw' },
        ...{ size: 0, allocated: 0, archive: `${target}.tar` },
      },
    })),
  };
}
const fits = (of: Manifest) => (): void => {
  fitsDefinition(localHost(), 'web01-4dea22b3/backup_20261122T010203Z', of, definition);
};
const refused = (message: RegExp) =>
  expect.objectContaining({ type: 'BackupUnusable', message: expect.stringMatching(message) as unknown });

describe('a manifest fits the definition beside it', () => {
  test('when each disk has its archive, and a CD-ROM has none', () => {
    expect(fits(manifest(['vda']))).not.toThrow();
  });

  test('not when a disk has none: what is restored would run on the disk that the definition names', () => {
    expect(fits(manifest([]))).toThrow(refused(/it has no archive of the disk vda/));
  });

  test('not when it has a disk that the VM has not', () => {
    expect(fits(manifest(['vda', 'vdb']))).toThrow(refused(/its definition has no disk vdb/));
  });

  test.each([{ name: 'db01' }, { uuid: '857d5b72-4356-4f6e-822e-91e58dc6095f' }])('not when it is of %j', (vm) => {
    expect(fits(manifest(['vda'], vm))).toThrow(refused(/its definition is of web01/));
  });
});
