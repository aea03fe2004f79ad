import { Fault } from '../../../contracts/faults.ts';
import type { Connections } from './connections.ts';

/** Of the tables below. A release that changes them raises it, and brings older ones up to it in `ensureTables`. */
const version = 1;
/** Any number, the same in each release: who makes or changes the tables holds this advisory lock. */
const lock = 7_382_811;

/**
 * Sorted as bytes, so that names come in the same order from every database. `document` is text rather than jsonb, which
 * can't hold each character that JSON can. `maker` tells who made a row with `create`.
 */
const tables = [
  `CREATE TABLE stackhand_records (
    operation text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    document text NOT NULL,
    maker uuid,
    changed timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (operation, name)
  )`,
  'CREATE TABLE stackhand_records_version (version integer NOT NULL)',
  `INSERT INTO stackhand_records_version VALUES (${String(version)})`,
];

/**
 * Makes the tables where there are none, also when several workers start at once.
 * @throws RecordsRefused for those of a newer release, and for a database whose encoding lacks characters
 */
export async function ensureTables(connections: Connections): Promise<void> {
  const { place } = connections;
  await connections.transaction(async (query) => {
    await query('SELECT pg_advisory_xact_lock($1)', [lock]);
    const [found] = await query(
      `SELECT current_setting('server_encoding') AS encoding, to_regclass('stackhand_records_version') IS NOT NULL AS there`,
    );
    if (found?.['encoding'] !== 'UTF8')
      throw new Fault('RecordsRefused', `the database ${place} keeps text as ${String(found?.['encoding'])}`, {
        where: place,
        remedy: "make one that keeps every character: CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0",
      });
    if (found['there'] !== true) for (const statement of tables) await query(statement);
    const [row] = await query('SELECT max(version) AS version FROM stackhand_records_version');
    const there = row?.['version'];
    if (there !== version)
      throw new Fault(
        'RecordsRefused',
        `the records in ${place} are of version ${String(there)}, and this program knows version ${String(version)} alone`,
        { where: place, remedy: 'update this worker to the release of the others, or give it a database of its own' },
      );
  });
}
