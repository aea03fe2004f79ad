import { describe, expect, test } from '@jest/globals';
import { defaultPayloadConverter } from '@temporalio/common';
import type { Payload } from '@temporalio/common';
import { EncryptionCodec } from '../../src/payloads/encryption.ts';
import type { PayloadKey } from '../../src/payloads/keys.ts';

const key = (id: string, fill = id): PayloadKey => ({ id, key: Buffer.alloc(32, fill) });
const codecOf = (...keys: PayloadKey[]): EncryptionCodec => new EncryptionCodec(keys);
const value = { vm: 'web01', host: 'kvm1' };
const clear = (): Payload => defaultPayloadConverter.toPayload(value);

async function encrypted(codec: EncryptionCodec): Promise<Payload> {
  const [payload] = await codec.encode([clear()]);
  if (payload === undefined) throw new Error('it is gone');
  return payload;
}

async function read(codec: EncryptionCodec, payload: Payload): Promise<unknown> {
  const [opened] = await codec.decode([payload]);
  return defaultPayloadConverter.fromPayload(opened as Payload);
}

const text = (bytes: Uint8Array | null | undefined): string => Buffer.from(bytes ?? []).toString('latin1');

describe('the codec of payloads', () => {
  test('gives back what it took, and shows nothing of it meanwhile', async () => {
    const payload = await encrypted(codecOf(key('one')));
    expect(text(payload.metadata?.['encoding'])).toBe('binary/encrypted');
    expect(text(payload.metadata?.['encryption-key-id'])).toBe('one');
    expect(text(payload.data)).not.toMatch(/web01|kvm1|json/);
    expect(await read(codecOf(key('one')), payload)).toEqual(value);
  });

  test('takes a new nonce each time', async () => {
    const codec = codecOf(key('one'));
    const nonces = await Promise.all([...Array(50)].map(async () => text((await encrypted(codec)).data).slice(0, 12)));
    expect(new Set(nonces).size).toBe(50);
  });

  test('encrypts with the first key, and reads with each', async () => {
    const before = await encrypted(codecOf(key('one')));
    const rotated = codecOf(key('two'), key('one'));
    const after = await encrypted(rotated);
    expect(text(after.metadata?.['encryption-key-id'])).toBe('two');
    expect(await read(rotated, before)).toEqual(value);
    expect(await read(rotated, after)).toEqual(value);
  });

  test('reads what was never encrypted; without a key it leaves everything in clear', async () => {
    expect(await read(codecOf(key('one')), clear())).toEqual(value);
    expect(await codecOf().encode([clear()])).toEqual([clear()]);
    expect(await read(codecOf(), clear())).toEqual(value);
  });

  test('names the key that is missing, and what to do', async () => {
    const payload = await encrypted(codecOf(key('one')));
    for (const codec of [codecOf(), codecOf(key('two'))])
      await expect(codec.decode([payload])).rejects.toMatchObject({
        type: 'ConfigInvalid',
        message: 'what Temporal holds is encrypted with the key one, which is not here',
        remedy: expect.stringContaining('add the line of one'),
      });
  });

  test('refuses what was changed anywhere, cut short, or encrypted with another key of that id', async () => {
    const codec = codecOf(key('one'));
    const payload = await encrypted(codec);
    const data = payload.data as Uint8Array;
    const changed = [0, 12, data.length - 1].map((at) => {
      const copy = Uint8Array.from(data);
      copy[at] = (copy[at] ?? 0) ^ 1;
      return copy;
    });
    for (const bad of [...changed, data.subarray(0, -1), data.subarray(0, 10), new Uint8Array()])
      await expect(codec.decode([{ ...payload, data: bad }])).rejects.toThrow(/can't be decrypted with the key one/);
    await expect(codecOf(key('one', 'x')).decode([payload])).rejects.toThrow(/can't be decrypted with the key one/);
  });

  test("refuses a payload that was given another key's id, though both are the same key", async () => {
    const payload = await encrypted(codecOf(key('one', 'k')));
    const relabelled = { ...payload, metadata: { ...payload.metadata, 'encryption-key-id': Buffer.from('two') } };
    await expect(codecOf(key('two', 'k')).decode([relabelled])).rejects.toThrow(/can't be decrypted/);
  });
});
