import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { HostKey } from '../../contracts/inspect.ts';
import { Fault } from '../../contracts/faults.ts';
import type { HostTarget } from '../../contracts/targets.ts';
import { describe } from './conclude.ts';
import {
  fingerprint,
  hostName,
  judgeHostKey,
  keyType,
  parseKnownHosts,
  type PresentedKey,
  readKnownHosts,
  userKnownHosts,
} from './known-hosts.ts';
import { scanWithOpenssh } from './openssh-scan.ts';
import { expandHome, settingsOf, type HostOptions, type Settings } from './settings.ts';
import { scanWithSsh2 } from './ssh2-scan.ts';

export type { HostKey };

/** The key that the host presents now, whether it is known or not; nothing is logged in to but its jump hosts. */
export async function scanHostKey(target: HostTarget, options: HostOptions = {}): Promise<HostKey> {
  const settings = settingsOf(options);
  const { key, address, port } = await scan(target, settings);
  const files = [target.knownHosts ?? userKnownHosts(settings.home)];
  const { state } = judgeHostKey(await readKnownHosts(files, settings.home), address, port, key);
  return {
    type: keyType(key),
    fingerprint: fingerprint(key),
    line: `${hostName(address, port)} ${keyType(key)} ${key.toString('base64')}`,
    known: state === 'revoked' ? 'changed' : state,
  };
}

async function scan(target: HostTarget, settings: Settings): Promise<PresentedKey> {
  switch (target.transport) {
    case 'local':
      throw new Fault('InvalidInput', `${target.name} is this machine: it has no host key to trust`);
    case 'ssh2':
      return scanWithSsh2(target, settings);
    case 'openssh':
      return scanWithOpenssh(target, settings);
  }
}

/**
 * Adds a line of scanHostKey to the known_hosts of the target, after a person has compared the fingerprint. A line
 * that is there already is left; another key of the same type for that host is HostKeyChanged, and nothing is written.
 */
export async function trustHostKey(
  target: HostTarget,
  line: string,
  options: HostOptions = {},
): Promise<{ readonly knownHosts: string }> {
  const { home } = settingsOf(options);
  const knownHosts = expandHome(target.knownHosts ?? userKnownHosts(home), home);
  const [entry, ...more] = parseKnownHosts(line);
  const name = /^(?:\[(?<inner>[^\]]+)\]:(?<port>\d+)|(?<plain>[^[\],*?!|]+))$/.exec(entry?.names ?? '')?.groups;
  if (!entry || !name || more.length > 0 || entry.marker !== undefined) {
    throw new Fault('InvalidInput', 'that is not a line of known_hosts for one host');
  }
  const address = name['inner'] ?? name['plain'] ?? '';
  const port = Number(name['port'] ?? 22);
  const text = await readFile(knownHosts, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  const { state } = judgeHostKey(parseKnownHosts(text), address, port, entry.key);
  if (state === 'changed' || state === 'revoked') {
    const message = `${knownHosts} has another ${entry.type} key for ${describe(target)}`;
    throw new Fault('HostKeyChanged', message, { where: target.name });
  }
  if (state === 'unknown') {
    await mkdir(dirname(knownHosts), { recursive: true, mode: 0o700 });
    const separator = text === '' || text.endsWith('\n') ? '' : '\n';
    await appendFile(knownHosts, `${separator}${line.trim()}\n`, { mode: 0o600 });
  }
  return { knownHosts };
}
