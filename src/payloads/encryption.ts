import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Payload, PayloadCodec } from '@temporalio/common';
import proto from '@temporalio/proto';
import { Fault } from '../contracts/faults.ts';
import type { PayloadKey } from './keys.ts';

/** As Temporal's own samples name them, so that a codec server of anybody's finds its way. */
const encryptedEncoding = 'binary/encrypted';
const keyIdName = 'encryption-key-id';

const algorithm = 'aes-256-gcm';
const nonceBytes = 12;
const tagBytes = 16;

const { Payload: PayloadMessage } = proto.temporal.api.common.v1;

/**
 * What Temporal keeps of inputs, results, memos, heartbeats, queries, updates and texts, encrypted: a whole payload
 * becomes `nonce (12 bytes, random) | ciphertext | tag (16 bytes)` of AES-256-GCM. The first key encrypts, each
 * decrypts what names it; without any key payloads go out in clear. Payloads in clear are read either way, so that
 * encryption can be switched on below operations that run.
 */
export class EncryptionCodec implements PayloadCodec {
  readonly #keys: ReadonlyMap<string, Buffer>;
  readonly #current: PayloadKey | undefined;

  constructor(keys: readonly PayloadKey[]) {
    this.#keys = new Map(keys.map(({ id, key }) => [id, key]));
    this.#current = keys[0];
  }

  async encode(payloads: Payload[]): Promise<Payload[]> {
    const current = this.#current;
    return current === undefined ? payloads : payloads.map((payload) => encrypt(payload, current));
  }

  /** @throws Fault ConfigInvalid: the key isn't here, or the payload isn't what was encrypted with it */
  async decode(payloads: Payload[]): Promise<Payload[]> {
    return payloads.map((payload) => (isEncrypted(payload) ? this.#decrypt(payload) : payload));
  }

  #decrypt(payload: Payload): Payload {
    const id = metadata(payload, keyIdName);
    const key = this.#keys.get(id);
    if (key === undefined)
      throw new Fault('ConfigInvalid', `what Temporal holds is encrypted with the key ${id}, which is not here`, {
        where: 'STACKHAND_PAYLOAD_KEYS_FILE',
        remedy: `add the line of ${id} to the keys that this program is started with, and keep it there`,
      });
    try {
      return decrypt({ id, key }, payload.data ?? new Uint8Array());
    } catch (error) {
      throw new Fault(
        'ConfigInvalid',
        `what Temporal holds can't be decrypted with the key ${id}: it was changed, or ${id} is another key here`,
        {
          where: 'STACKHAND_PAYLOAD_KEYS_FILE',
          remedy: `compare the line of ${id} with the worker's that wrote it; an id is never used for a second key`,
        },
        { cause: error },
      );
    }
  }
}

const isEncrypted = (payload: Payload): boolean => metadata(payload, 'encoding') === encryptedEncoding;

const metadata = (payload: Payload, name: string): string =>
  Buffer.from(payload.metadata?.[name] ?? []).toString('utf8');

/** Bound to the ciphertext, so that nobody can have it read with another key than the one it names. */
const boundTo = (keyId: string): Buffer => Buffer.from(`${encryptedEncoding}\n${keyId}`);

function encrypt(payload: Payload, { id, key }: PayloadKey): Payload {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv(algorithm, key, nonce, { authTagLength: tagBytes });
  cipher.setAAD(boundTo(id));
  const sealed = [nonce, cipher.update(PayloadMessage.encode(payload).finish()), cipher.final(), cipher.getAuthTag()];
  return {
    metadata: { encoding: Buffer.from(encryptedEncoding), [keyIdName]: Buffer.from(id) },
    data: Buffer.concat(sealed),
  };
}

function decrypt({ id, key }: PayloadKey, data: Uint8Array): Payload {
  if (data.length < nonceBytes + tagBytes) throw new Error('it is cut short');
  const decipher = createDecipheriv(algorithm, key, data.subarray(0, nonceBytes), { authTagLength: tagBytes });
  decipher.setAAD(boundTo(id));
  decipher.setAuthTag(data.subarray(-tagBytes));
  const opened = Buffer.concat([decipher.update(data.subarray(nonceBytes, -tagBytes)), decipher.final()]);
  return PayloadMessage.decode(opened);
}
