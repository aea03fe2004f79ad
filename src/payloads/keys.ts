import { readFileSync, statSync } from 'node:fs';
import { Fault } from '../contracts/faults.ts';

/** A key of AES-256-GCM with the name that payloads carry, so that whoever reads one knows which key to take. */
export interface PayloadKey {
  readonly id: string;
  /** 32 bytes. */
  readonly key: Buffer;
}

const keyBytes = 32;
const lineShape = /^(?<id>[A-Za-z0-9][A-Za-z0-9._-]{0,63})\s+(?<base64>[A-Za-z0-9+/]+={0,2})$/;

/**
 * The keys of STACKHAND_PAYLOAD_KEYS_FILE (a line `ID BASE64` each, # begins a comment) or STACKHAND_PAYLOAD_KEYS (the
 * same, lines or separated by commas). The first one encrypts, all of them decrypt. Empty where neither is set.
 * @throws Fault ConfigInvalid: a file that others can read, a line that is no key, a key of another length. It names
 *   lines and ids, never what may be a key
 */
export function readPayloadKeys(env: NodeJS.ProcessEnv): readonly PayloadKey[] {
  const file = env['STACKHAND_PAYLOAD_KEYS_FILE'] || undefined;
  const given = env['STACKHAND_PAYLOAD_KEYS'] || undefined;
  if (file !== undefined && given !== undefined)
    throw wrong('STACKHAND_PAYLOAD_KEYS', 'STACKHAND_PAYLOAD_KEYS and STACKHAND_PAYLOAD_KEYS_FILE are both set', {
      remedy: 'set one of them: two lists have no first key',
    });
  if (file !== undefined) return parseKeys(readPrivate(file).split(/\r?\n/), file);
  if (given !== undefined) return parseKeys(given.split(/[\n,]/), 'STACKHAND_PAYLOAD_KEYS');
  return [];
}

function parseKeys(lines: readonly string[], where: string): PayloadKey[] {
  const keys: PayloadKey[] = [];
  for (const [at, line] of lines.entries()) {
    const text = line.trim();
    if (text === '' || text.startsWith('#')) continue;
    const key = parseKey(text, `${where}, line ${String(at + 1)}`);
    if (keys.some(({ id }) => id === key.id)) throw wrong(where, `${where} has two keys ${key.id}`, {});
    keys.push(key);
  }
  // An empty list would send everything in clear, which is not what somebody who names one wants.
  if (keys.length === 0) throw wrong(where, `${where} holds no key`, { remedy: howToMakeOne });
  return keys;
}

function parseKey(text: string, where: string): PayloadKey {
  const { id, base64 } = lineShape.exec(text)?.groups ?? {};
  if (id === undefined || base64 === undefined)
    throw wrong(where, `${where}: expected ID BASE64, an id of letters, digits, dots, dashes and underscores`, {
      remedy: howToMakeOne,
    });
  const key = Buffer.from(base64, 'base64');
  if (key.length !== keyBytes)
    throw wrong(where, `${where}: the key ${id} has ${String(key.length)} bytes; it has to have ${String(keyBytes)}`, {
      remedy: howToMakeOne,
    });
  return { id, key };
}

function readPrivate(file: string): string {
  let text: string;
  let mode: number;
  try {
    mode = statSync(file).mode;
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const { code = 'an error' } = error as NodeJS.ErrnoException;
    throw wrong(file, `the keys in ${file} can't be read: ${code}`, {
      remedy: 'let this user read the file, or correct STACKHAND_PAYLOAD_KEYS_FILE',
    });
  }
  // The group may read: a file of root's for the worker's group is private enough, and how systemd hands one over.
  if ((mode & 0o027) !== 0)
    throw wrong(file, `others on this machine can read or change ${file}, which holds keys`, {
      remedy: `chmod 600 ${file}; once others could read them, make new keys`,
    });
  return text;
}

const howToMakeOne = 'a key is made by: echo "$(date +%Y-%m) $(openssl rand -base64 32)"';

const wrong = (where: string, message: string, details: { readonly remedy?: string }): Fault =>
  new Fault('ConfigInvalid', message, { where, remedy: 'correct it where this program is started', ...details });
