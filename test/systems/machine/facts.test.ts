import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Host } from '../../../src/systems/host/host.ts';
import { machineFacts } from '../../../src/systems/machine/index.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import { localHost } from '../jobs/support/local.ts';

describe('what a host tells of itself', () => {
  let bin = '';
  /** This machine with programs of the test's own, and with no word of a reboot but theirs. */
  const host = (): Host => {
    const local = localHost({ PATH: `${bin}:${process.env['PATH'] ?? ''}` });
    const withoutReboot = (part: string): string => part.replaceAll('/run/reboot-required', `${bin}/reboot-required`);
    return { ...local, name: 'here', run: (argv, options) => local.run(argv.map(withoutReboot), options) };
  };
  const program = async (name: string, text: string): Promise<void> => {
    await writeFile(join(bin, name), `#!/bin/sh\n${text}\n`);
    await chmod(join(bin, name), 0o755);
  };
  beforeEach(async () => (bin = await scratchDirectory('bin')));

  test('this machine, by its own programs', async () => {
    const facts = await machineFacts(host());
    expect(Math.abs(facts.clock.ahead)).toBeLessThanOrEqual(facts.clock.uncertain + 0.05);
    expect(facts.cpus).toBeGreaterThan(0);
    expect(facts.memory.available).toBeLessThan(facts.memory.total);
    for (const { size, used, mountPoint } of facts.space) {
      expect(mountPoint).toMatch(/^\//);
      expect(used).toBeLessThanOrEqual(size);
    }
  });

  describe('of the mount points that are asked for', () => {
    const told = async (...mounts: string[]): Promise<unknown> => {
      const { space, spaceless } = await machineFacts(host(), mounts);
      return { space: space.map(({ mountPoint }) => mountPoint), spaceless };
    };

    test('those that give no answer are named', async () => {
      expect(await told('/', '/nowhere at all')).toEqual({ space: ['/'], spaceless: ['/nowhere at all'] });
    });

    test('a directory that nothing is mounted at is none', async () => {
      const plain = join(bin, 'a share');
      await mkdir(plain);
      expect(await told(plain, `${plain}//`)).toEqual({ space: [], spaceless: [plain, plain] });
    });

    test('a slash at the end, and a link to one, are as good', async () => {
      await symlink('/proc', join(bin, 'link'));
      expect(await told('/proc', '/proc/', '//', join(bin, 'link'))).toEqual({
        space: ['/proc', '/proc', '/', join(bin, 'link')],
        spaceless: [],
      });
    });
  });

  describe('df', () => {
    const header = "echo '1K-blocks Used Avail Inodes IUsed Mounted on'";
    const root = "echo ' 1000 400 600 - - /'; echo '  500 100 400 9 1 /a disk'";
    const told = async (text: string): Promise<unknown> => {
      await program('df', text);
      const { space, spaceHidden } = await machineFacts(host());
      return { space: space.map(({ mountPoint, used }) => `${mountPoint} ${String(used)}`), spaceHidden };
    };
    const both = ['/ 400', '/a disk 100'];

    test('that answers for all', async () => {
      expect(await told(`${header}; ${root}`)).toEqual({ space: both, spaceHidden: false });
    });

    test('that one file system gave no answer to, tells of the others', async () => {
      const failed = 'echo "df: /data: Stale file handle" >&2';
      expect(await told(`${failed}; ${header}; ${root}; exit 1`)).toEqual({ space: both, spaceHidden: true });
      expect(await told(`${failed}; exit 1`)).toEqual({ space: [], spaceHidden: true });
    });

    test('that finds none, as in a container of overlays, hides none', async () => {
      // In its own language it would say something else.
      const none = 'if [ "$LC_ALL" = C ]; then echo "df: no file systems processed"; else echo "df: nichts"; fi >&2';
      expect(await told(`${none}; exit 1`)).toEqual({ space: [], spaceHidden: false });
    });

    test.each(['exit 124', 'exit 137', 'kill -9 $$', 'exit 2'])('that ends with %s', async (end) => {
      expect(await told(end)).toEqual({ space: [], spaceHidden: true });
    });
  });

  describe('whether a reboot is due', () => {
    const told = async (text: string): Promise<unknown> => {
      await program('needs-restarting', text);
      const { reboot, rebootHidden } = await machineFacts(host());
      return { reboot, rebootHidden };
    };

    test('as needs-restarting has it', async () => {
      expect(await told('exit 0')).toEqual({ reboot: undefined, rebootHidden: false });
      expect(await told('exit 1')).toEqual({ reboot: expect.stringContaining('core system'), rebootHidden: false });
    });

    test.each(['exit 137', 'kill -9 $$', 'exit 2'])('is hidden where that ends with %s', async (end) => {
      expect(await told(end)).toEqual({ reboot: undefined, rebootHidden: true });
    });
  });
});
