import { randomUUID } from 'node:crypto';
import { Connections } from './postgresql/connections.ts';
import type { PostgresqlAddress } from './postgresql/connections.ts';
import { ensureTables } from './postgresql/table.ts';
import { checkRecordName, fromJson, keepNewer, toJson } from './records.ts';
import type { Records } from './records.ts';

export interface PostgresqlRecords extends Records {
  /** Makes the tables where there are none; every other call does it as well. RecordsRefused where that can't be. */
  open(): Promise<void>;
  /** Waits for what is under way. Nothing can be kept or read after it. */
  close(): Promise<void>;
}

/** Records in a PostgreSQL that several workers share: a row for a document. Nothing is connected before the first use. */
export function postgresqlRecords(address: PostgresqlAddress): PostgresqlRecords {
  const connections = new Connections(address);
  const { place } = connections;
  let opened: Promise<void> | undefined;
  const open = (): Promise<void> => {
    opened ??= ensureTables(connections).catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
    return opened;
  };
  const query = async (text: string, ...values: readonly string[]) => {
    await open();
    try {
      return await connections.query(text, values);
    } catch (error) {
      // What is there when it is back may be another database, or one that a newer release has changed.
      opened = undefined;
      throw error;
    }
  };
  return {
    place,
    open,
    close: () => connections.close(),

    // Where the same is there already nothing is written: a retry leaves no dead rows behind.
    put: async (operation, name, value) => {
      check(operation, name);
      const [there] = await query(
        'SELECT document FROM stackhand_records WHERE operation = $1 AND name = $2',
        ...[operation, name],
      );
      if (there !== undefined) keepNewer(String(there['document']), `${name} of ${operation} in ${place}`);
      await query(
        `INSERT INTO stackhand_records AS there (operation, name, document) VALUES ($1, $2, $3)
         ON CONFLICT (operation, name) DO UPDATE SET document = excluded.document, changed = now()
         WHERE there.document <> excluded.document`,
        ...[operation, name, toJson(value)],
      );
    },

    create: async (operation, name, value) => {
      check(operation, name);
      const maker = randomUUID();
      const made = await query(
        `INSERT INTO stackhand_records (operation, name, document, maker) VALUES ($1, $2, $3, $4)
         ON CONFLICT DO NOTHING RETURNING 1`,
        ...[operation, name, toJson(value), maker],
      );
      if (made.length > 0) return true;
      // A connection may be lost after the row was made and before that was said: then the next try finds its own.
      const own = 'SELECT 1 FROM stackhand_records WHERE operation = $1 AND name = $2 AND maker = $3';
      return (await query(own, operation, name, maker)).length > 0;
    },

    get: async (operation, name) => {
      check(operation, name);
      const [row] = await query(
        'SELECT document FROM stackhand_records WHERE operation = $1 AND name = $2',
        ...[operation, name],
      );
      return row === undefined
        ? undefined
        : fromJson(String(row['document']), `${name} of ${operation} in ${place}`, damagedRow);
    },

    names: async (operation) => {
      checkRecordName('operation', operation);
      const rows = await query('SELECT name FROM stackhand_records WHERE operation = $1 ORDER BY name', operation);
      return rows.map(({ name }) => String(name));
    },

    list: async () => {
      const rows = await query('SELECT DISTINCT operation FROM stackhand_records ORDER BY operation');
      return rows.map(({ operation }) => String(operation));
    },

    forget: async (operation, name) => {
      check(operation, name);
      await query('DELETE FROM stackhand_records WHERE operation = $1 AND name = $2', operation, name);
    },

    remove: async (operation) => {
      checkRecordName('operation', operation);
      await query('DELETE FROM stackhand_records WHERE operation = $1', operation);
    },
  };
}

function check(operation: string, name: string): void {
  checkRecordName('operation', operation);
  checkRecordName('document', name);
}

const damagedRow = 'delete its row of stackhand_records; what it held is lost, and nothing else needs it';
