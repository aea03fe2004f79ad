import { fileURLToPath } from 'node:url';
import type { DataConverter } from '@temporalio/common';
import { EncryptionCodec } from './encryption.ts';
import { readPayloadKeys } from './keys.ts';

/**
 * How the client reads and writes what Temporal holds. Also without keys it has the codec, which then says which key
 * is missing where the SDK would only name an unknown encoding.
 * @throws Fault ConfigInvalid as readPayloadKeys
 */
export function clientConverter(env: NodeJS.ProcessEnv): DataConverter {
  return { payloadCodecs: [new EncryptionCodec(readPayloadKeys(env))] };
}

/** The same for a worker, with messages and stack traces of failures as payloads too once there are keys. */
export function workerConverter(env: NodeJS.ProcessEnv): {
  readonly dataConverter: DataConverter;
  readonly encrypts: boolean;
} {
  const keys = readPayloadKeys(env);
  const payloadCodecs = [new EncryptionCodec(keys)];
  if (keys.length === 0) return { dataConverter: { payloadCodecs }, encrypts: false };
  // The SDK wants a path, since workflow code has to load it in its isolate.
  const failureConverterPath = fileURLToPath(new URL('./activity-failures.js', import.meta.url));
  return { dataConverter: { payloadCodecs, failureConverterPath }, encrypts: true };
}
