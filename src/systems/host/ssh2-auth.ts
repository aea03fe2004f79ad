import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import ssh2, { type AnyAuthMethod } from 'ssh2';
import type { Hop } from './hops.ts';
import { expandHome, type Settings } from './settings.ts';

/** What a login can be tried with, in order, and what can't be used and why. */
export interface Credentials {
  readonly methods: readonly { readonly label: string; readonly method: AnyAuthMethod }[];
  readonly unusable: readonly string[];
}

const defaultKeys = ['id_ed25519', 'id_ecdsa', 'id_rsa'];

/** The key that was named, then the agent's, then the user's default ones: sshd gives up after 6 (MaxAuthTries). */
export async function credentialsFor(hop: Hop, settings: Settings): Promise<Credentials> {
  const { home, env } = settings;
  const unusable: string[] = [];
  const keys = async (files: readonly string[], named: boolean): Promise<Credentials['methods']> => {
    const loaded = await Promise.all(files.map((file) => loadKey(expandHome(file, home))));
    return loaded.flatMap((key, index) => {
      const label = files[index] ?? '';
      if (key instanceof Buffer) return [{ label, method: { type: 'publickey', username: hop.user, key } }];
      if (named || key !== missing) unusable.push(`${label} ${key}`);
      return [];
    });
  };
  const agent = env['SSH_AUTH_SOCK'];
  if (agent === undefined || agent === '') unusable.push('ssh-agent is not running (SSH_AUTH_SOCK is not set)');
  const named = await keys(hop.identityFiles, true);
  const others = await keys(
    defaultKeys.map((name) => join(home, '.ssh', name)).filter((file) => !hop.identityFiles.includes(file)),
    false,
  );
  return {
    methods: [
      ...named,
      ...(agent
        ? [{ label: 'the keys of ssh-agent', method: { type: 'agent' as const, username: hop.user, agent } }]
        : []),
      ...others,
    ],
    unusable,
  };
}

const missing = "doesn't exist";

/** The key's text, or why it can't be used. */
async function loadKey(file: string): Promise<Buffer | string> {
  let text: Buffer;
  try {
    text = await readFile(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? missing : `can't be read (${code})`;
  }
  const parsed = ssh2.utils.parseKey(text);
  if (!(parsed instanceof Error)) return text;
  if (/encrypted|passphrase/i.test(parsed.message)) {
    return 'has a passphrase, which nobody can type here: load it into ssh-agent';
  }
  return `is no key that ssh2 reads (${parsed.message}): transport: openssh uses the system's ssh`;
}
