import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { readPayloadKeys } from '../../src/payloads/keys.ts';
import { scratchDirectory } from '../support/scratch.ts';

const base64 = (fill: string, bytes = 32): string => Buffer.alloc(bytes, fill).toString('base64');

let directory: string;
beforeAll(async () => {
  directory = await scratchDirectory('keys');
});

async function keysFile(text: string, mode = 0o600): Promise<string> {
  const file = join(directory, `keys-${Math.random().toString(36).slice(2)}`);
  await writeFile(file, text);
  await chmod(file, mode);
  return file;
}

const ids = (env: NodeJS.ProcessEnv): string[] => readPayloadKeys(env).map(({ id }) => id);

/** What is said, with its remedy, and never a key. */
function refusal(env: NodeJS.ProcessEnv): string {
  try {
    readPayloadKeys(env);
  } catch (error) {
    const { type, message, remedy } = error as { type: string; message: string; remedy: string };
    expect(type).toBe('ConfigInvalid');
    return `${message} → ${remedy}`;
  }
  throw new Error('it was taken');
}

describe('keys for payloads', () => {
  test('none where nothing is said', () => {
    expect(readPayloadKeys({})).toEqual([]);
    expect(readPayloadKeys({ STACKHAND_PAYLOAD_KEYS: '', STACKHAND_PAYLOAD_KEYS_FILE: '' })).toEqual([]);
  });

  test('come from a file, a line each, in its order', async () => {
    const file = await keysFile(`# newest first\n2026-11 ${base64('b')}\r\n\n2025-11   ${base64('a')}\n`);
    expect(readPayloadKeys({ STACKHAND_PAYLOAD_KEYS_FILE: file })).toEqual([
      { id: '2026-11', key: Buffer.alloc(32, 'b') },
      { id: '2025-11', key: Buffer.alloc(32, 'a') },
    ]);
  });

  test('come from the environment, as lines or separated by commas', () => {
    expect(ids({ STACKHAND_PAYLOAD_KEYS: `two ${base64('b')}, one ${base64('a')}` })).toEqual(['two', 'one']);
    expect(ids({ STACKHAND_PAYLOAD_KEYS: `two ${base64('b')}\none ${base64('a')}\n` })).toEqual(['two', 'one']);
  });

  test.each([0o644, 0o604, 0o660, 0o602])('in a file of mode %o are refused', async (mode) => {
    const file = await keysFile(`one ${base64('a')}\n`, mode);
    expect(refusal({ STACKHAND_PAYLOAD_KEYS_FILE: file })).toBe(
      `others on this machine can read or change ${file}, which holds keys → chmod 600 ${file}; once others could read them, make new keys`,
    );
  });

  test.each([0o400, 0o640, 0o440])('in a file of mode %o are taken', async (mode) => {
    expect(ids({ STACKHAND_PAYLOAD_KEYS_FILE: await keysFile(`one ${base64('a')}\n`, mode) })).toEqual(['one']);
  });

  test.each([
    ['of another length', `one ${base64('a', 16)}`, 'the key one has 16 bytes; it has to have 32'],
    ['without an id', base64('secret'), 'line 1: expected ID BASE64'],
    ['before its id', `${base64('secret')} one`, 'line 1: expected ID BASE64'],
    ['that is no Base64', 'one p@ssw0rd-secret', 'line 1: expected ID BASE64'],
    ['of an id that is there', `one ${base64('a')}\none ${base64('b')}`, 'has two keys one'],
    ['left out', '# none yet', 'holds no key'],
  ])('one %s is refused, and not told', async (_, text, told) => {
    const said = refusal({ STACKHAND_PAYLOAD_KEYS_FILE: await keysFile(text) });
    expect(said).toContain(told);
    expect(said).not.toContain('p@ssw0rd');
    expect(said).not.toContain(base64('secret').slice(0, 12));
    expect(refusal({ STACKHAND_PAYLOAD_KEYS: text })).toContain(told);
  });

  test('in both places, or in a file that is not there, are refused', async () => {
    const file = await keysFile(`one ${base64('a')}`);
    const both = { STACKHAND_PAYLOAD_KEYS_FILE: file, STACKHAND_PAYLOAD_KEYS: `two ${base64('b')}` };
    expect(refusal(both)).toContain('are both set');
    expect(refusal({ STACKHAND_PAYLOAD_KEYS_FILE: `${file}.not` })).toContain("can't be read: ENOENT");
  });
});
