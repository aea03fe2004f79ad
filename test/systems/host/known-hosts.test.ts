import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { execa } from 'execa';
import { fingerprint, judgeHostKey, knownTypes, parseKnownHosts } from '../../../src/systems/host/known-hosts.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import { generateKey } from '../../support/sshd.ts';

/** A public key in SSH's own format: its type, and anything. */
function key(type = 'ssh-ed25519'): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(type.length);
  return Buffer.concat([length, Buffer.from(type), randomBytes(32)]);
}

const [mine, other, rsa] = [key(), key(), key('ssh-rsa')];
const line = (names: string, of: Buffer, type = 'ssh-ed25519'): string => `${names} ${type} ${of.toString('base64')}\n`;
const judge = (text: string, address: string, port = 22): string =>
  judgeHostKey(parseKnownHosts(text), address, port, mine).state;

describe('a host key against known_hosts', () => {
  test.each([
    ['its name', 'kvm1', 'kvm1', 22, 'same'],
    ['its name in other letters', 'KVM1', 'kvm1', 22, 'same'],
    ['one of several names', '10.0.0.5,kvm1', 'kvm1', 22, 'same'],
    ['another name', 'kvm10', 'kvm1', 22, 'unknown'],
    ['a pattern', '*.example.com', 'kvm1.example.com', 22, 'same'],
    ['a pattern of one letter', 'kvm?', 'kvm1', 22, 'same'],
    ['a dot that is only a dot', 'kvm1.lan', 'kvm1xlan', 22, 'unknown'],
    ['a name taken out of a pattern', '*.lan,!kvm1.lan', 'kvm1.lan', 22, 'unknown'],
    ['its port', '[kvm1]:2222', 'kvm1', 2222, 'same'],
    ['another port', '[kvm1]:2222', 'kvm1', 2223, 'unknown'],
    ['another port than the default', '[kvm1]:2222', 'kvm1', 22, 'unknown'],
    ['its plain name, for a port of its own', 'kvm1', 'kvm1', 2222, 'same'],
    ['an IPv6 address', 'fe80::1', 'fe80::1', 22, 'same'],
    ['an IPv6 address and port', '[fe80::1]:2222', 'fe80::1', 2222, 'same'],
  ])('by %s: "%s"', (_, names, address, port, state) => {
    expect(judge(line(names, mine), address, port)).toBe(state);
  });

  test('is changed where another key of its type is known', () => {
    expect(judge(line('kvm1', other), 'kvm1')).toBe('changed');
  });

  test('is the same where one of several fits', () => {
    expect(judge(line('kvm1', other) + line('kvm1', mine), 'kvm1')).toBe('same');
  });

  test('is unknown where only other types are known, and they are named', () => {
    const known = parseKnownHosts(line('kvm1', rsa, 'ssh-rsa'));
    expect(judgeHostKey(known, 'kvm1', 22, mine)).toEqual({ state: 'unknown', otherTypes: ['ssh-rsa'] });
  });

  test('is revoked even where it is known', () => {
    expect(judge(`${line('kvm1', mine)}@revoked ${line('*', mine)}`, 'kvm1')).toBe('revoked');
  });

  test('is not known by the key of a certificate authority', () => {
    expect(judge(`@cert-authority ${line('kvm1', mine)}`, 'kvm1')).toBe('unknown');
  });

  test.each(['# a comment\n', '\n', 'kvm1\n', 'kvm1 ssh-ed25519 AAAA\n', 'kvm1 ssh-rsa AAAAC3NzaC1lZDI1NTE5\n'])(
    'a line that is none is passed over: %j',
    (text) => {
      expect(parseKnownHosts(text)).toEqual([]);
    },
  );

  test('the known types are those of its lines', () => {
    const known = parseKnownHosts(line('kvm1', mine) + line('kvm2', other) + line('kvm1', rsa, 'ssh-rsa'));
    expect(knownTypes(known, 'kvm1', 22)).toEqual(['ssh-ed25519', 'ssh-rsa']);
  });

  test('hashes and fingerprints are those of ssh-keygen', async () => {
    const directory = await scratchDirectory('known-hosts');
    const path = join(directory, 'key');
    await generateKey(path);
    const [, encoded = ''] = (await readFile(`${path}.pub`, 'utf8')).split(' ');
    const real = Buffer.from(encoded, 'base64');
    const file = join(directory, 'known_hosts');
    await writeFile(file, `${line('kvm1', real)}${line('[kvm1]:2222', real)}`);
    await execa('ssh-keygen', ['-q', '-H', '-f', file]);
    const hashed = parseKnownHosts(await readFile(file, 'utf8'));
    expect(hashed).toHaveLength(2);
    expect(judgeHostKey(hashed, 'kvm1', 22, real).state).toBe('same');
    expect(judgeHostKey(hashed.slice(1), 'kvm1', 2222, real).state).toBe('same');
    expect(judgeHostKey(hashed, 'kvm2', 22, real).state).toBe('unknown');
    const { stdout } = await execa('ssh-keygen', ['-lf', `${path}.pub`]);
    expect(stdout).toContain(` ${fingerprint(real)} `);
  });
});
