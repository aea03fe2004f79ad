import { createHash, createHmac } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expandHome } from './settings.ts';

/** A line of a known_hosts file, as sshd(8) describes it under SSH_KNOWN_HOSTS FILE FORMAT. */
export interface KnownHost {
  readonly marker?: string;
  /** Comma-separated patterns, or |1|salt|hash. */
  readonly names: string;
  readonly type: string;
  readonly key: Buffer;
}

/** The key a host presents, and what it is known under. */
export interface PresentedKey {
  readonly key: Buffer;
  readonly address: string;
  readonly port: number;
}

/** Lines that are no such line are passed over, as ssh does. */
export function parseKnownHosts(text: string): KnownHost[] {
  return text.split('\n').flatMap((line) => {
    const fields = line.trim().split(/\s+/);
    if (fields[0] === '' || fields[0]?.startsWith('#')) return [];
    const marker = fields[0]?.startsWith('@') ? fields.shift() : undefined;
    const [names, type, encoded] = fields;
    if (names === undefined || type === undefined || encoded === undefined) return [];
    const key = Buffer.from(encoded, 'base64');
    if (!isKeyOf(key, type)) return [];
    return [{ ...(marker !== undefined && { marker }), names, type, key }];
  });
}

/** The files ssh reads: the one named, else the user's own, and the system's. A missing one is empty. */
export async function readKnownHosts(files: readonly string[], home: string): Promise<KnownHost[]> {
  const all = [...files.map((file) => expandHome(file, home)), ...systemFiles];
  const texts = await Promise.all(all.map((file) => readFile(file, 'utf8').catch(() => '')));
  return texts.flatMap(parseKnownHosts);
}

const systemFiles = ['/etc/ssh/ssh_known_hosts', '/etc/ssh/ssh_known_hosts2'];

export function userKnownHosts(home: string): string {
  return join(home, '.ssh/known_hosts');
}

export type HostKeyVerdict =
  | { readonly state: 'same' }
  /** `otherTypes`: keys of these types are known for the host, none of this one. */
  | { readonly state: 'unknown'; readonly otherTypes: readonly string[] }
  | { readonly state: 'changed' }
  | { readonly state: 'revoked' };

/** Whether a host may present this key. As ssh does, a port of its own may also be known by the plain name. */
export function judgeHostKey(known: readonly KnownHost[], address: string, port: number, key: Buffer): HostKeyVerdict {
  const type = keyType(key);
  const name = hostName(address, port);
  const of = (wanted: string): KnownHost[] => known.filter(({ names }) => namesMatch(names, wanted));
  const here = of(name);
  const plain = name === address ? [] : of(address);
  const holds = ({ marker, key: other }: KnownHost): boolean => marker === undefined && other.equals(key);
  if ([...here, ...plain].some((entry) => entry.marker === '@revoked' && entry.key.equals(key))) {
    return { state: 'revoked' };
  }
  if (here.some(holds) || plain.some(holds)) return { state: 'same' };
  const others = here.filter(({ marker }) => marker === undefined);
  if (others.some((entry) => entry.type === type)) return { state: 'changed' };
  return { state: 'unknown', otherTypes: [...new Set(others.map((entry) => entry.type))] };
}

/** The types of key by which a host is known: it should be asked for one of these first. */
export function knownTypes(known: readonly KnownHost[], address: string, port: number): string[] {
  const names = [hostName(address, port), address];
  return known
    .filter((entry) => entry.marker === undefined && names.some((name) => namesMatch(entry.names, name)))
    .map(({ type }) => type);
}

/** How a host stands in known_hosts. */
export function hostName(address: string, port: number): string {
  return port === 22 ? address : `[${address}]:${port}`;
}

function namesMatch(names: string, wanted: string): boolean {
  const name = wanted.toLowerCase();
  if (names.startsWith('|')) {
    const [, version, salt, hash] = names.split('|');
    if (version !== '1' || salt === undefined || hash === undefined) return false;
    return createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64') === hash;
  }
  const patterns = names.toLowerCase().split(',');
  const matches = (pattern: string): boolean => wildcard(pattern).test(name);
  if (patterns.some((pattern) => pattern.startsWith('!') && matches(pattern.slice(1)))) return false;
  return patterns.some((pattern) => !pattern.startsWith('!') && matches(pattern));
}

/** Only `*` and `?` are special: brackets belong to `[host]:port`. */
function wildcard(pattern: string): RegExp {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's');
}

/** The type that stands at the start of a public key in SSH's own format (RFC 4253, 6.6). */
export function keyType(key: Buffer): string {
  if (key.length < 4) return '';
  return key.subarray(4, 4 + key.readUInt32BE(0)).toString('latin1');
}

function isKeyOf(key: Buffer, type: string): boolean {
  return key.length > 4 && keyType(key) === type;
}

/** As `ssh-keygen -l` prints it. */
export function fingerprint(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}
