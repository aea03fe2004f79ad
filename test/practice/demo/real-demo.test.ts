import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { execa } from 'execa';
import { missingForLab, missingForLocal } from '../../../scripts/lib/lab-packages.mjs';
import { agree, announcement, mustCarry } from '../../../scripts/lib/real-demo.mjs';
import { scratchDirectory } from '../../support/scratch.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const line = 'npm run demo -- --real';
const debian = { system: 'Debian GNU/Linux 12', likes: ['debian'], architecture: 'x64', root: true };

/** Without a terminal, as a script or a pipe has it. */
const demo = (...args: string[]) =>
  execa(process.execPath, ['scripts/demo.mjs', ...args], { cwd: root, stdin: 'ignore', reject: false });

describe('npm run demo', () => {
  test('tells every option with --help, and starts nothing', async () => {
    const { exitCode, stdout, stderr } = await demo('--help');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    for (const option of ['--real', '--yes', '--once', '--directory DIR']) expect(stdout).toContain(option);
  });

  test.each([['--rael'], ['real'], ['--directory']])('says that there is no %s', async (word) => {
    const { exitCode, stdout, stderr } = await demo(word);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain(word);
    expect(stderr).toContain('npm run demo -- --help');
  });

  test('--real asks before anything is touched: nobody to ask is a no', async () => {
    const directory = await scratchDirectory('demo');
    const { exitCode, stderr } = await demo('--real', '--once', '--directory', directory);
    expect(exitCode).toBe(1);
    // Where this can't be run at all, that is said instead; each with what to type.
    expect(stderr).toMatch(/✗ (this needs a yes|--real (makes|installs|has))/);
    expect(stderr).toMatch(/→ .*npm run demo/);
    expect(await readdir(directory)).toEqual([]);
  });
});

describe('a real hypervisor', () => {
  test('is made on Debian and what descends from it, on x86-64, by root', () => {
    expect(() => mustCarry(debian, line)).not.toThrow();
    expect(() => mustCarry({ ...debian, likes: ['linuxmint', 'ubuntu', 'debian'] }, line)).not.toThrow();
  });

  test.each([
    [
      { system: 'Fedora Linux 41', likes: ['fedora'], root: false },
      /Debian or Ubuntu.*Fedora Linux 41/,
      /practice site/,
    ],
    [{ architecture: 'arm64' }, /x86-64.*arm64/, /practice site/],
    [{ root: false }, /namespaces, mounts .*needs root/, /^sudo .* npm run demo -- --real$/],
  ])('is refused elsewhere with what to type instead: %o', (facts, why, remedy) => {
    const expected: unknown = expect.objectContaining({
      message: expect.stringMatching(why),
      remedy: expect.stringMatching(remedy),
    });
    expect(() => mustCarry({ ...debian, ...facts }, line)).toThrow(expected);
  });

  test('needs packages, of which those that are there are not named', () => {
    const here = ['/usr/bin/ssh', '/usr/bin/zstd', '/usr/bin/python3'];
    const missing = missingForLocal((file) => here.includes(file));
    expect(missing).toEqual(expect.arrayContaining(['qemu-system-x86', 'libvirt-daemon-system', 'sshfs']));
    expect(missing).not.toContain('zstd');
    expect(missingForLocal(() => true)).toEqual([]);
    expect(missingForLab(() => false)).toEqual(expect.arrayContaining(missingForLocal(() => false)));
  });

  test('is announced with the packages that will be installed, and the services they start', () => {
    const told = announcement(['libvirt-daemon-system', 'sshfs']).join('\n');
    expect(told).toContain('apt-get: libvirt-daemon-system sshfs\n');
    expect(told).toContain('the services of libvirt-daemon-system;');
    expect(announcement(['sshfs']).join('\n')).not.toContain('services');
    expect(announcement([]).join('\n')).toContain('installed  nothing');
  });

  test('needs a yes: said before, or on a terminal', async () => {
    await expect(agree(['sshfs'], { terminal: false, yes: true, line })).resolves.toBeUndefined();
    await expect(agree(['sshfs'], { terminal: false, yes: false, line })).rejects.toMatchObject({
      remedy: 'npm run demo -- --real --yes',
    });
  });
});
