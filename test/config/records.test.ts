import { describe, expect, test } from '@jest/globals';
import { parse, problems } from './parse.ts';

const database = (keys: string): string => `records:\n  postgresql: { ${keys} }\n`;
const url = 'url: postgresql://stackhand@db1/stackhand';

describe('records in PostgreSQL', () => {
  test('are verified over TLS unless it is said; files are the worker’s', () => {
    expect(parse(database(url)).records).toEqual({
      postgresql: { url: 'postgresql://stackhand@db1/stackhand', tls: 'verify' },
    });
    expect(parse(database(`${url}, password: { file: ~/pw }, ca: ca.pem`)).records.postgresql).toMatchObject({
      password: { file: '/home/ops/pw' },
      ca: '/etc/ca.pem',
    });
    expect(parse(database(`${url}, password: { env: PW }, tls: none`)).records.postgresql).toMatchObject({
      password: { env: 'PW' },
      tls: 'none',
    });
  });

  test.each([
    'postgres://a@db1.example.com:5433/b',
    'postgresql://a%40b@[2001:db8::1]/stack%20hand',
    'postgresql://a@%2Fvar%2Frun%2Fpostgresql/b',
  ])('are reached by %s', (address) => {
    expect(parse(database(`url: "${address}"`)).records.postgresql?.url).toBe(address);
  });

  test.each([
    'mysql://a@db1/b',
    'db1',
    'postgresql://db1/b',
    'postgresql://a@db1',
    'postgresql://a@db1/',
    'postgresql://a@db1/b/c',
    'postgresql:///b?host=db1',
    'postgresql://a@db1/b?sslmode=disable',
    'postgresql://a@db1/b?password=hunter2',
    'postgresql://a@db1/%',
    'postgresql://a@db1:port/b',
  ])('are not reached by %s, which may hold a secret and is not shown', (address) => {
    expect(problems(database(`url: "${address}"`))).toEqual([
      'stackhand.yaml:2:22 records.postgresql.url: found this string, expected postgresql://USER@HOST/DATABASE',
    ]);
  });

  test('a password in the file is refused wherever it stands, and never repeated', () => {
    for (const keys of [
      'url: "postgresql://a:hunter2@db1/b"',
      `${url}, password: hunter2`,
      `${url}, password: [hunter2]`,
    ]) {
      const found = problems(database(keys));
      expect(found).toEqual([expect.stringMatching(/\{ env: NAME \} or \{ file: PATH \}/)]);
      expect(found.join()).not.toContain('hunter2');
    }
  });

  test('contradictions are told', () => {
    expect(problems(`records:\n  directory: /srv\n  postgresql: { ${url} }\n`)).toEqual([
      'stackhand.yaml:2:3 records: has both directory and postgresql: say one of them',
    ]);
    expect(problems(database(`${url}, tls: none, ca: /ca.pem`))).toEqual([
      expect.stringContaining('records.postgresql.ca: is for tls: verify, and tls says none'),
    ]);
    expect(problems(database(`${url}, tls: off`))[0]).toContain('found "off", expected one of verify, none');
    expect(problems('records: { postgres: { } }\n')[0]).toContain('did you mean postgresql?');
    expect(problems('records: { postgresql: { } }\n')[0]).toContain('url: is missing');
  });
});
