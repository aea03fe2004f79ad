import { readFileSync } from 'node:fs';
import pg from 'pg';
import { Fault } from '../../../contracts/faults.ts';
import { asFault, worthAnotherTry } from './failures.ts';

/** How a worker reaches the database of its records. */
export interface PostgresqlAddress {
  /** postgresql://USER@HOST[:PORT]/DATABASE, never with a password. A HOST that begins with %2F is a socket's directory. */
  readonly url: string;
  /** Asked for each connection, so that a new one counts without a restart. */
  readonly password?: () => string;
  /** verify: TLS, and the server has to show a certificate for its name. none: in clear. A socket has none. */
  readonly tls: 'verify' | 'none';
  /** PEM file of those who may have signed that certificate, instead of those that Node trusts. */
  readonly ca?: string;
}

/** One at a time is enough for most; a mass operation's pages come from several activities. */
const connections = 4;
const connectMs = 15_000;
/** Longer than the server itself allows a statement: what this ends is a server that vanished without a word. */
const answerMs = 60_000;

/**
 * What each connection begins with. A statement that waits too long fails, and is tried again by whoever needs it; a
 * machine that vanishes in the middle of a transaction holds its locks no longer than this; and what is kept is on disk
 * when it is said to be, also where the server's default is to be quicker than that. Not sent as startup options, which
 * poolers refuse.
 */
const beginning = `SELECT set_config('statement_timeout', '30s', false),
  set_config('idle_in_transaction_session_timeout', '30s', false),
  set_config('synchronous_commit',
    CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END, false)`;

type Row = Record<string, unknown>;

/** A few connections to one database. Everything they fail with is a Fault that names the address. */
export class Connections {
  /** The address, for people: it holds no secret. */
  readonly place: string;
  readonly #pool: pg.Pool;

  /** @throws ConfigInvalid where the file of CAs can't be read */
  constructor(address: PostgresqlAddress) {
    this.place = address.url;
    this.#pool = new pg.Pool({
      ...partsOf(address),
      // Without one, none: neither the environment nor a .pgpass is asked.
      password: address.password ?? (() => ''),
      max: connections,
      connectionTimeoutMillis: connectMs,
      query_timeout: answerMs,
      idleTimeoutMillis: 60_000,
      // A worker that can't start for another reason ends at once.
      allowExitOnIdle: true,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      application_name: 'stackhand',
      // eslint-disable-next-line @typescript-eslint/no-misused-promises -- it is waited for, whatever its type says
      onConnect: async (client) => {
        await client.query(beginning);
      },
    });
    // An idle connection was lost: the pool drops it, and the next use makes a new one.
    this.#pool.on('error', () => {});
  }

  /** One statement, tried again where its connection was lost: so it has to be one that may run twice. */
  query(text: string, values: readonly unknown[]): Promise<Row[]> {
    return this.#again(async () => (await this.#pool.query<Row>(text, [...values])).rows);
  }

  /** Statements that count together or not at all. */
  transaction<T>(run: (query: (text: string, values?: unknown[]) => Promise<Row[]>) => Promise<T>): Promise<T> {
    return this.#again(async () => {
      const client = await this.#pool.connect();
      let failure: Error | undefined;
      try {
        await client.query('BEGIN');
        const result = await run(async (text, values = []) => (await client.query<Row>(text, values)).rows);
        await client.query('COMMIT');
        return result;
      } catch (error) {
        failure = error as Error;
        throw error;
      } finally {
        // One that failed is closed, which takes everything back.
        client.release(failure);
      }
    });
  }

  /** Waits for what is under way. */
  close(): Promise<void> {
    return this.#pool.end();
  }

  /** Each idle connection may turn out to be lost, as after the server's restart. */
  async #again<T>(run: () => Promise<T>): Promise<T> {
    for (let left = connections; ; left -= 1) {
      try {
        return await run();
      } catch (error) {
        if (left === 0 || !worthAnotherTry(error)) throw asFault(error, this.place);
      }
    }
  }
}

function partsOf({ url, tls, ca }: PostgresqlAddress): pg.PoolConfig {
  const { username, hostname, port, pathname } = new URL(url);
  // An IPv6 address stands in brackets.
  const host = decodeURIComponent(hostname).replace(/^\[(.*)\]$/, '$1');
  return {
    host,
    port: port === '' ? 5432 : Number(port),
    user: decodeURIComponent(username),
    database: decodeURIComponent(pathname.slice(1)),
    ssl: tls === 'none' || host.startsWith('/') ? false : ca === undefined ? true : { ca: readAuthorities(ca) },
  };
}

function readAuthorities(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code = 'an error' } = error as NodeJS.ErrnoException;
    throw new Fault('ConfigInvalid', `the certificates in ${file} can't be read: ${code}`, {
      where: file,
      remedy: 'let the user that runs the worker read the file, or correct records.postgresql.ca in the config file',
    });
  }
}
