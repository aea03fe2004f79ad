import { Fault, isFault } from '../../../contracts/faults.ts';
import type { FaultDetails } from '../../../contracts/faults.ts';

/**
 * What PostgreSQL and the way to it can answer, as the fault that names the address and what to do. Only messages are
 * passed on: the server's details may quote a row, and no message has a password in it.
 */
export function asFault(error: unknown, place: string): Fault {
  if (isFault(error)) return error;
  const { code = '', message } = error as Error & { code?: string };
  const refused = refusals.find(({ matches }) => matches(code, message));
  const details: FaultDetails = { where: place, remedy: refused?.remedy ?? remedies[code] ?? waits };
  const said = refused?.said ?? (message || code || 'no answer');
  return refused === undefined
    ? new Fault('RecordsUnusable', `the records in ${place} can't be used: ${said}`, details, { cause: error })
    : new Fault('RecordsRefused', `the records in ${place} are refused: ${said}`, details, { cause: error });
}

const waits = 'check that PostgreSQL is up and that the worker reaches it there; the operation tries again by itself';

const remedies: Readonly<Record<string, string>> = {
  // disk_full, too_many_connections, read_only_sql_transaction
  '53100': 'free space on the disk of PostgreSQL; the operation tries again by itself',
  '53300': 'raise max_connections of PostgreSQL: each worker uses up to 4; the operation tries again by itself',
  '25006': 'name the primary in records.postgresql.url: a standby only reads; the operation tries again by itself',
};

interface Refusal {
  readonly matches: (code: string, message: string) => boolean;
  readonly said?: string;
  readonly remedy: string;
}

/** What stays as it is until somebody changes something. */
const refusals: readonly Refusal[] = [
  {
    matches: (_, message) => /client password must be/.test(message),
    said: 'it asks for a password, and the config names none',
    remedy: 'name it as records.postgresql.password: { file: PATH } or { env: NAME }',
  },
  {
    // invalid_password, and every other reason of pg_hba.conf
    matches: (code) => code === '28P01' || code === '28000',
    remedy: 'check the user and password of records.postgresql in the config, and pg_hba.conf of the server',
  },
  {
    // invalid_catalog_name
    matches: (code) => code === '3D000',
    remedy: 'make it: CREATE DATABASE stackhand OWNER stackhand; or correct records.postgresql.url in the config',
  },
  {
    // insufficient_privilege, and no schema in which to make a table
    matches: (code) => code === '42501' || code === '3F000',
    remedy: 'make that user the owner of the database: ALTER DATABASE stackhand OWNER TO stackhand',
  },
  {
    matches: (_, message) => message === 'The server does not support SSL connections',
    said: 'the server has no TLS',
    remedy:
      'switch TLS on there (ssl = on), or, where nobody else is on the way to it, say tls: none of records.postgresql in the config',
  },
  {
    matches: (code) => /CERT|SELF_SIGNED|UNABLE_TO_|^ERR_TLS|^ERR_SSL|^ERR_OSSL/.test(code),
    remedy:
      'name the file of the CA that signed it as records.postgresql.ca, and the server in the url as its certificate names it',
  },
];

const lost = ['Connection terminated unexpectedly', 'Client has encountered a connection error and is not queryable'];
/** Node's codes of a broken connection; admin_shutdown and crash_shutdown; deadlock_detected, serialization_failure. */
const passing = ['ECONNRESET', 'EPIPE', '57P01', '57P02', '40P01', '40001'];

/** Whether a new connection, at once, may do better. Where none can be made, that is for later. */
export function worthAnotherTry(error: unknown): boolean {
  const { code = '', message = '' } = error as Partial<Error & { code: string }>;
  return passing.includes(code) || lost.includes(message);
}
