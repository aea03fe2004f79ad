import { chmod, chown, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { execa } from 'execa';
import { isFault } from '../../../src/contracts/faults.ts';
import type { Fault } from '../../../src/contracts/faults.ts';
import { postgresqlRecords } from '../../../src/systems/records/index.ts';
import type { PostgresqlAddress, PostgresqlRecords } from '../../../src/systems/records/index.ts';
import { Connections } from '../../../src/systems/records/postgresql/connections.ts';
import { builtProgram } from '../../support/built.ts';
import { until } from '../../support/poll.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import { describeRecords } from '../../systems/records/conformance.ts';
import { CutAnswers } from './support/cut-answers.ts';
import { lowPorts } from './support/ports.ts';
import { Postgresql } from './support/postgresql.ts';
import type { Program } from './support/processes.ts';

const password = 's3cret-of-records';
let postgresql: Postgresql;
let running: Program;
let certificate: string;
let databases = 0;
const opened: PostgresqlRecords[] = [];

beforeAll(async () => {
  // The conformance suite has writers in processes of their own.
  await builtProgram();
  const directory = await scratchDirectory('postgresql');
  const [port = 0] = await lowPorts(1);
  postgresql = await Postgresql.make(directory, port, 'admin', 'admin-password');
  certificate = await certificateFor('IP:127.0.0.1', postgresql);
  await start();
  await sql('postgres', `CREATE ROLE stackhand LOGIN PASSWORD '${password}'`, 'CREATE ROLE guest LOGIN');
}, 120_000);
afterEach(async () => {
  await Promise.all(opened.splice(0).map((records) => records.close()));
});
afterAll(async () => {
  await running.kill();
}, 60_000);

async function start(): Promise<void> {
  const key = certificate.replace(/pem$/, 'key');
  const tls = { ssl: 'on', ssl_cert_file: certificate, ssl_key_file: key };
  running = await postgresql.start({ ...tls, unix_socket_directories: postgresql.data });
}

/** A certificate that is its own authority, and its key beside it, for PostgreSQL's user. */
async function certificateFor(name: string, { data, user }: Postgresql): Promise<string> {
  const file = join(data, '..', `${name.replaceAll(/\W/g, '-')}.pem`);
  const key = file.replace(/pem$/, 'key');
  await execa('openssl', [
    ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=test'],
    ...['-addext', `subjectAltName=${name}`, '-out', file, '-keyout', key],
  ]);
  await chown(key, user.uid, user.gid);
  await chmod(key, 0o600);
  return file;
}

const sql = (name: string, ...statements: readonly string[]) => postgresql.sql(name, ...statements);

const urlOf = (database: string, { user = 'stackhand', port = postgresql.port } = {}): string =>
  `postgresql://${user}@127.0.0.1:${String(port)}/${database}`;

/** A new, empty database's name. */
async function database(options = ''): Promise<string> {
  databases += 1;
  const name = `records_${String(databases)}`;
  await sql('postgres', `CREATE DATABASE ${name} OWNER stackhand ${options}`);
  return name;
}

/** As a worker of its own would open it; closed after the test. */
function open(url: string, others: Partial<PostgresqlAddress> = {}): PostgresqlRecords {
  const records = postgresqlRecords({ url, password: () => password, tls: 'none', ...others });
  opened.push(records);
  return records;
}

async function failure(attempt: Promise<unknown>): Promise<Fault> {
  const error: unknown = await attempt.then(
    () => new Error('it did not fail'),
    (found: unknown) => found,
  );
  if (!isFault(error)) throw error as Error;
  return error;
}

describeRecords('a PostgreSQL', async () => {
  const url = urlOf(await database());
  return {
    open: () => open(url),
    elsewhere: [
      fileURLToPath(new URL('support/open-records.mjs', import.meta.url)),
      'openRecords',
      JSON.stringify({ url, password }),
    ],
  };
});

describe('several workers on one PostgreSQL', () => {
  test('that start at once make its tables once', async () => {
    const name = await database();
    const stores = Array.from({ length: 8 }, () => open(urlOf(name)));
    await Promise.all(stores.map((store) => store.open()));
    await Promise.all(stores.map((store, at) => store.put('op-1', `doc-${String(at)}`, at)));
    expect(await stores[0]?.names('op-1')).toHaveLength(8);
    expect(await sql(name, 'SELECT version FROM stackhand_records_version')).toEqual([{ version: 1 }]);
  });

  test('that create the same document at the same time: one does, each time', async () => {
    const url = urlOf(await database());
    const [one, two] = [open(url), open(url)];
    for (let round = 0; round < 50; round += 1) {
      const name = `turn-${String(round)}`;
      const made = await Promise.all([one.create('op-1', name, 'one'), two.create('op-1', name, 'two')]);
      expect([...made].sort()).toEqual([false, true]);
      expect(await one.get('op-1', name)).toBe(made[0] ? 'one' : 'two');
    }
  });
});

test('each connection has its deadlines, and says that something is kept when it is on disk', async () => {
  const name = await database();
  await sql(name, `ALTER DATABASE ${name} SET synchronous_commit = off`);
  const connections = new Connections({ url: urlOf(name), password: () => password, tls: 'none' });
  const names = ['statement_timeout', 'idle_in_transaction_session_timeout', 'synchronous_commit', 'application_name'];
  const settings = `SELECT name, current_setting(name) AS value FROM unnest($1::text[]) AS name`;
  const rows = await connections.query(settings, [names]);
  await connections.close();
  expect(rows.map(({ value }) => value)).toEqual(['30s', '30s', 'on', 'stackhand']);
});

describe('a PostgreSQL that goes away', () => {
  test('killed in the middle of puts, three times: nothing half, nothing lost, and the workers go on', async () => {
    const name = await database();
    const kept: string[] = [];
    const faults: Fault[] = [];
    let over = false;
    const write = async (worker: string): Promise<void> => {
      const records = open(urlOf(name));
      for (let number = 0; !over;) {
        const document = `${worker}-${String(number)}`;
        try {
          await records.put('op-1', document, { document, filler: 'x'.repeat(300_000), again: document });
          kept.push(document);
          number += 1;
        } catch (error) {
          if (!isFault(error)) throw error;
          faults.push(error);
          await pause(50);
        }
      }
    };
    const writers = ['a', 'b', 'c'].map(write);
    try {
      for (let round = 0; round < 3; round += 1) {
        const before = kept.length;
        await until('they write', () => kept.length > before + 10, 60);
        const failed = faults.length;
        await running.kill();
        await until('each found that it is away', () => faults.length >= failed + 6, 60);
        await start();
      }
      const back = kept.length;
      await until('they write again', () => kept.length > back + 10, 60);
    } finally {
      over = true;
      await Promise.all(writers);
    }
    expect(new Set(faults.map(({ type, permanent }) => `${type} ${String(permanent)}`))).toEqual(
      new Set(['RecordsUnusable false']),
    );
    expect(faults.at(-1)?.message).toContain(`127.0.0.1:${String(postgresql.port)}`);
    expect(faults.at(-1)?.remedy).toContain('check that PostgreSQL is up');
    const records = open(urlOf(name));
    const names = await records.names('op-1');
    expect(names).toEqual(expect.arrayContaining(kept));
    for (const document of names)
      expect(await records.get('op-1', document)).toMatchObject({ document, again: document });
  }, 240_000);

  test('and was there before: connections that it lost are no failure', async () => {
    const name = await database();
    const records = open(urlOf(name));
    const all = Array.from({ length: 8 }, (_, at) => `doc-${String(at)}`);
    await Promise.all(all.map((document) => records.put('op-1', document, document)));
    await sql('postgres', `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`);
    await Promise.all(all.map((document) => records.put('op-1', document, 'again')));
    expect(await records.get('op-1', 'doc-7')).toBe('again');
  });

  test('after it did what was asked, before it said so: a document that was created is known as made', async () => {
    const name = await database();
    const way = await CutAnswers.before(postgresql.port);
    try {
      const records = open(urlOf(name, { port: way.port }));
      await records.open();
      way.loseNext(1);
      expect(await records.create('op-1', 'turn', 'mine')).toBe(true);
      expect(way.left).toBe(0);
      expect(await records.create('op-1', 'turn', 'mine')).toBe(false);
      way.loseNext(1);
      await records.put('op-1', 'turn', 'changed');
      expect(await records.get('op-1', 'turn')).toBe('changed');
      way.loseNext(100);
      expect(await failure(records.put('op-1', 'turn', 'never'))).toMatchObject({ type: 'RecordsUnusable' });
    } finally {
      way.close();
    }
  });

  test('before the first use: the address and what to do', async () => {
    const [port = 0] = await lowPorts(1);
    const url = urlOf('records', { port });
    expect(await failure(open(url).list())).toMatchObject({
      type: 'RecordsUnusable',
      permanent: false,
      message: expect.stringContaining(`the records in ${url} can't be used: connect ECONNREFUSED`),
      remedy: expect.stringContaining('the operation tries again by itself'),
    });
  });
});

describe('what stays refused until somebody changes it', () => {
  let name: string;
  beforeEach(async () => {
    name = await database();
  });

  const refused = (attempt: Promise<unknown>, message: string, remedy: string): Promise<void> =>
    failure(attempt).then((fault) => {
      expect({ type: fault.type, permanent: fault.permanent }).toEqual({ type: 'RecordsRefused', permanent: true });
      expect(fault.message).toContain(message);
      expect(fault.remedy).toContain(remedy);
    });

  test('a wrong password, which is never shown', async () => {
    const wrong = 'wr0ng-s3cret';
    const fault = await failure(open(urlOf(name), { password: () => wrong }).put('op-1', 'plan', 1));
    expect(fault).toMatchObject({ type: 'RecordsRefused', permanent: true });
    expect(fault.message).toContain(urlOf(name));
    expect(fault.message).toContain('password authentication failed for user "stackhand"');
    expect(fault.remedy).toContain('records.postgresql');
    const everything = inspect(fault, { depth: 20, showHidden: true }) + JSON.stringify(fault);
    expect(everything).not.toContain(wrong);
    expect(await readFile(join(postgresql.data, '../postgresql.log'), 'utf8')).not.toContain(wrong);
  });

  test('no password, also where the environment has one', async () => {
    process.env['PGPASSWORD'] = password;
    try {
      const records = postgresqlRecords({ url: urlOf(name), tls: 'none' });
      opened.push(records);
      await refused(records.list(), 'it asks for a password, and the config names none', 'records.postgresql.password');
    } finally {
      delete process.env['PGPASSWORD'];
    }
  });

  test('a password that is changed counts without a restart', async () => {
    let current = 'former';
    const records = open(urlOf(name), { password: () => current });
    await refused(records.list(), 'password authentication failed', 'password');
    current = password;
    expect(await records.list()).toEqual([]);
  });

  test('a database that is not there', () =>
    refused(open(urlOf('nowhere')).list(), 'database "nowhere" does not exist', 'CREATE DATABASE'));

  test('a user that may not make tables', async () => {
    await sql(name, `ALTER ROLE guest PASSWORD '${password}'`, 'REVOKE CREATE ON SCHEMA public FROM public');
    await refused(open(urlOf(name, { user: 'guest' })).list(), 'permission denied', 'ALTER DATABASE');
  });

  test('tables of a newer release, which stay as they are', async () => {
    await open(urlOf(name)).put('op-1', 'plan', 1);
    await sql(name, 'UPDATE stackhand_records_version SET version = 2');
    const newer = 'are of version 2, and this program knows version 1 alone';
    await refused(open(urlOf(name)).put('op-1', 'plan', 2), newer, 'update this worker');
    await refused(open(urlOf(name)).get('op-1', 'plan'), newer, 'update this worker');
    expect(await sql(name, 'SELECT document FROM stackhand_records')).toEqual([{ document: '1\n' }]);
  });

  test('a database that can not keep every character', async () => {
    const latin = await database(`ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0`);
    await refused(open(urlOf(latin)).list(), 'keeps text as LATIN1', "ENCODING 'UTF8'");
  });
});

test('a document that somebody damaged is named', async () => {
  const name = await database();
  const records = open(urlOf(name));
  await records.put('op-1', 'plan', 1);
  await sql(name, `UPDATE stackhand_records SET document = '{"half":'`);
  expect(await failure(records.get('op-1', 'plan'))).toMatchObject({
    type: 'RecordDamaged',
    message: expect.stringContaining(`plan of op-1 in ${urlOf(name)} is damaged`),
    remedy: expect.stringContaining('delete its row'),
  });
});

describe('TLS', () => {
  const encrypted = async (name: string): Promise<unknown> =>
    (
      await sql(
        'postgres',
        `SELECT bool_and(ssl) AS all FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE datname = '${name}'`,
      )
    )[0]?.['all'];

  test('with the authority that the config names; each connection has it', async () => {
    const name = await database();
    const records = open(urlOf(name), { tls: 'verify', ca: certificate });
    await Promise.all(Array.from({ length: 8 }, (_, at) => records.put('op-1', `doc-${String(at)}`, at)));
    expect(await encrypted(name)).toBe(true);
  });

  test('is not asked of a socket', async () => {
    const name = await database();
    const url = `postgresql://stackhand@${encodeURIComponent(postgresql.data)}:${String(postgresql.port)}/${name}`;
    await open(url, { tls: 'verify' }).put('op-1', 'plan', 1);
    expect(await encrypted(name)).toBe(false);
  });

  test('without it nothing is said to the server, not even the password', async () => {
    const name = await database();
    let asked = false;
    const records = open(urlOf(name), { tls: 'verify', password: () => ((asked = true), password) });
    expect(await failure(records.list())).toMatchObject({
      type: 'RecordsRefused',
      message: expect.stringMatching(/self-signed certificate|self signed certificate/),
      remedy: expect.stringContaining('records.postgresql.ca'),
    });
    expect(asked).toBe(false);
  });

  test('a certificate of another server is refused', async () => {
    const name = await database();
    const url = urlOf(name).replace('127.0.0.1', 'localhost');
    expect(await failure(open(url, { tls: 'verify', ca: certificate }).list())).toMatchObject({
      type: 'RecordsRefused',
      message: expect.stringContaining("does not match certificate's altnames"),
    });
  });

  test('a server without TLS is told from one that is away', async () => {
    const plain = createServer((socket) => socket.once('data', () => socket.write('N')).on('error', () => {}));
    await new Promise<void>((listening) => plain.listen(0, '127.0.0.1', listening));
    const { port } = plain.address() as AddressInfo;
    expect(await failure(open(urlOf('records', { port }), { tls: 'verify' }).list())).toMatchObject({
      type: 'RecordsRefused',
      message: expect.stringContaining('the server has no TLS'),
      remedy: expect.stringContaining('tls: none'),
    });
    plain.close();
  });

  test('a file of authorities that is not there is named', () => {
    expect(() => open(urlOf('records'), { tls: 'verify', ca: '/nowhere/ca.pem' })).toThrow(
      "the certificates in /nowhere/ca.pem can't be read: ENOENT",
    );
  });
});
