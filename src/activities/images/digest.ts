import { createHash, getHashes } from 'node:crypto';
import type { Hash } from 'node:crypto';
import type { ImageDigest } from '../../contracts/image.ts';
import { rateMeter, tell } from '../shared/heartbeat.ts';

/** Python's hashlib, by whose names Glance goes, calls some of them otherwise than OpenSSL does. */
const opensslNames: Readonly<Record<string, string>> = { blake2b: 'blake2b512', blake2s: 'blake2s256' };
const opensslName = (algorithm: string): string => opensslNames[algorithm] ?? algorithm.replace('_', '-');

export const isKnownAlgorithm = (algorithm: string): boolean => getHashes().includes(opensslName(algorithm));

/** Gives the bytes on, and hashes them on their way: one read for both. */
export class Digesting {
  readonly #hash: Hash;
  readonly #algorithm: string;
  readonly #total: number;

  constructor(algorithm: string, total: number) {
    this.#algorithm = algorithm;
    this.#hash = createHash(opensslName(algorithm));
    this.#total = total;
  }

  /** Tells how far it is as it goes. */
  async *through(bytes: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
    const meter = rateMeter();
    let done = 0;
    let toldAt = 0;
    for await (const part of bytes) {
      this.#hash.update(part);
      done += part.length;
      if (Date.now() - toldAt > 250) {
        toldAt = Date.now();
        const rate = meter(done);
        tell({ done, total: this.#total, ...(rate === undefined ? {} : { rate: Math.round(rate) }) });
      }
      yield part;
    }
  }

  /** Once, at the end. */
  digest(): ImageDigest {
    return { algorithm: this.#algorithm, value: this.#hash.digest('hex') };
  }
}

/** Reads all of it for its digest alone. */
export async function digestOf(
  bytes: AsyncIterable<Uint8Array>,
  algorithm: string,
  total: number,
): Promise<ImageDigest> {
  const digesting = new Digesting(algorithm, total);
  for await (const _ of digesting.through(bytes));
  return digesting.digest();
}
