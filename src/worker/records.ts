import type { Config } from '../config/schema.ts';
import { readSecret } from '../config/secret.ts';
import { isFault } from '../contracts/faults.ts';
import { directoryRecords, postgresqlRecords } from '../systems/records/index.ts';
import type { Records } from '../systems/records/index.ts';

export interface OpenRecords {
  readonly records: Records;
  close(): Promise<void>;
}

/**
 * The records that the config names. A database that is away is told, and waited for by whoever needs it.
 * @throws RecordsRefused, ConfigInvalid: what stays so until somebody changes something ends the worker before it serves
 */
export async function openRecords({ records: place }: Config, env: NodeJS.ProcessEnv): Promise<OpenRecords> {
  if (place.postgresql === undefined)
    return { records: directoryRecords(place.directory), close: () => Promise.resolve() };
  const { password, ...address } = place.postgresql;
  const secret = password && { password: () => readSecret(password, env) };
  const records = postgresqlRecords({ ...address, ...secret });
  try {
    await records.open();
  } catch (error) {
    if (!isFault(error) || error.permanent) {
      await records.close();
      throw error;
    }
    process.stderr.write(`worker: ${error.message}\n  → ${error.remedy}\n`);
  }
  return { records, close: () => records.close() };
}
