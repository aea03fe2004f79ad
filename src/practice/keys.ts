import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ssh2 from 'ssh2';
import type { Scratch } from './scratch.ts';

export interface Keys {
  readonly hostKey: string;
  /** Shown instead of the host key when the fault "otherHostKey" is set. */
  readonly otherHostKey: string;
  /** The client's private key: a path, as `ssh -i` takes it. */
  readonly identityFile: string;
  /** The client's public key, in SSH's wire format. */
  readonly authorized: Buffer;
}

/** Makes the site's keys once and keeps them, so that known_hosts stays right over every restart. */
export function keysOf(scratch: Scratch): Keys {
  mkdirSync(scratch.keys, { recursive: true, mode: 0o700 });
  const make = (name: string): string => {
    const file = join(scratch.keys, name);
    if (!existsSync(`${file}.pub`)) {
      const pair = newKeyPair();
      writeFileSync(file, pair.private, { mode: 0o600 });
      writeFileSync(`${file}.pub`, `${pair.public}\n`);
    }
    return file;
  };
  const hostKey = make('ssh_host_ed25519_key');
  const otherHostKey = make('other_host_ed25519_key');
  const identityFile = make('id_ed25519');
  const parsed = ssh2.utils.parseKey(readFileSync(`${identityFile}.pub`));
  if (parsed instanceof Error) throw parsed;
  return {
    hostKey: readFileSync(hostKey, 'utf8'),
    otherHostKey: readFileSync(otherHostKey, 'utf8'),
    identityFile,
    authorized: parsed.getPublicSSH(),
  };
}

/** ssh2 drops the zero byte with which one key in 256 begins, and can't read what it wrote then. */
function newKeyPair(): { private: string; public: string } {
  for (;;) {
    const pair = ssh2.utils.generateKeyPairSync('ed25519', { comment: 'stackhand practice' });
    const halves = [pair.private, pair.public].map((half) => ssh2.utils.parseKey(half));
    if (!halves.some((half) => half instanceof Error)) return pair;
  }
}

export function writeKnownHosts(scratch: Scratch, port: number): void {
  const [type, key] = readFileSync(join(scratch.keys, 'ssh_host_ed25519_key.pub'), 'utf8').split(' ');
  writeFileSync(scratch.knownHosts, `[127.0.0.1]:${port} ${type} ${key?.trim()}\n`);
}
