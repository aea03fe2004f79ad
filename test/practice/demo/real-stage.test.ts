import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { claimDirectory } from '../../../src/practice/directory.ts';
import { countRuns, mountPointsOf } from '../../../src/practice/demo/host-files.ts';
import { source, writeConfig } from '../../../src/practice/demo/real-config.ts';
import { label, real } from '../../../src/practice/demo/real-stage.ts';
import { parse, problems } from '../../config/parse.ts';
import { scratchDirectory } from '../../support/scratch.ts';

describe('what the demo reads of a real hypervisor', () => {
  test("starts and stops by qemu's log, which has much else", () => {
    const log = [
      '2026-11-25 21:08:32.220+0000: starting up libvirt version: 9.0.0, package: 9.0.0-4+deb12u2 (Debian)',
      'LC_ALL=C \\',
      '/usr/bin/qemu-system-x86_64 \\',
      '-name guest=web01,debug-threads=on \\',
      'char device redirected to /dev/pts/0 (label charserial0)',
      '2026-11-25T21:12:01.102436Z qemu-system-x86_64: terminating on signal 15 from pid 60 (/usr/sbin/libvirtd)',
      '2026-11-25 21:12:01.303+0000: shutting down, reason=shutdown',
      '2026-11-25 21:12:41.118+0000: starting up libvirt version: 9.0.0, package: 9.0.0-4+deb12u2 (Debian)',
      '',
    ].join('\n');
    expect(countRuns(log)).toEqual({ starts: 2, stops: 1 });
    expect(countRuns('')).toEqual({ starts: 0, stops: 0 });
  });

  test('its own share, not one that this machine has mounted for itself', () => {
    const table = [
      'overlay /mnt overlay rw,relatime,lowerdir=/mnt 0 0',
      'me@elsewhere:/home /home/me/there fuse.sshfs rw,nosuid,nodev 0 0',
      `${source} /mnt/backup fuse.sshfs rw,nosuid,nodev,relatime,user_id=0,group_id=0 0 0`,
      '',
    ].join('\n');
    expect(mountPointsOf(source, table)).toEqual(['/mnt/backup']);
    expect(mountPointsOf(source, table.replace(source, 'other'))).toEqual([]);
  });
});

test('the config file is one that the program takes, and host keys are held against known_hosts', async () => {
  const directory = await scratchDirectory('real');
  const hostKey = join(directory, 'host.pub');
  await writeFile(hostKey, 'ssh-ed25519 AAAA root@hv\n');
  const access = { port: 4321, identityFile: join(directory, 'id'), hostKey };
  const { config, knownHosts } = writeConfig(directory, access);
  expect(await readFile(knownHosts, 'utf8')).toBe('[127.0.0.1]:4321 ssh-ed25519 AAAA root@hv\n');
  const text = await readFile(config, 'utf8');
  expect(problems(text)).toEqual([]);
  expect(parse(text)).toMatchObject({
    hosts: { hypervisor: { port: 4321, knownHosts } },
    repositories: { share: { source, options: expect.stringContaining(`UserKnownHostsFile=${knownHosts}`) } },
    defaults: { repository: 'share' },
  });
});

describe('clearing away', () => {
  test('ends what a killed demo left running, and removes its directory', async () => {
    const directory = claimDirectory(await scratchDirectory('left'), label);
    await mkdir(join(directory, 'hypervisor/images'), { recursive: true });
    const left = spawn('sleep', ['1000'], { env: { ...process.env, STACKHAND_PRACTICE: directory } });
    const other = spawn('sleep', ['1000'], { env: { ...process.env, STACKHAND_PRACTICE: `${directory}-2` } });
    try {
      const ended = once(left, 'exit');
      await real.clear(directory);
      expect(await ended).toEqual([null, 'SIGKILL']);
      expect(existsSync(directory)).toBe(false);
      expect(other.exitCode ?? other.signalCode).toBe(null);
    } finally {
      other.kill('SIGKILL');
    }
  });

  test('leaves a directory alone that holds something else', async () => {
    const directory = await scratchDirectory('precious');
    await real.clear(directory);
    await writeFile(join(directory, 'precious'), '');
    await expect(real.clear(directory)).rejects.toThrow('holds something else');
    expect(() => claimDirectory(directory, label)).toThrow('holds something else');
    expect(existsSync(join(directory, 'precious'))).toBe(true);
  });

  test('has nothing to do where nothing is', async () => {
    await expect(real.clear(join(await scratchDirectory('none'), 'none'))).resolves.toBeUndefined();
  });
});
