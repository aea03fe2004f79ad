import { execFileSync } from 'node:child_process';
import { appendFile, copyFile, mkdir, rename, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { scanLogs } from '../../../src/systems/logs/index.ts';
import type { LogScan } from '../../../src/contracts/log-scan.ts';
import type { LogScanRequest } from '../../../src/systems/logs/index.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import { localHost } from '../jobs/support/local.ts';

const host = localHost();
const limits = { groups: 200, sample: 1000, firstSightBytes: 268_435_456 };
let directory = '';
let cursors: LogScan['cursors'] = {};

beforeEach(async () => {
  directory = await scratchDirectory('odd-logs');
  cursors = {};
});

const at = (name: string): string => join(directory, name);

/** A scan that goes on from the one before in the same test. */
async function scan(pattern = '*', request: Partial<LogScanRequest> = {}): Promise<LogScan> {
  const now = Math.floor(Date.now() / 1000);
  const result = await scanLogs(host, { globs: [at(pattern)], since: 0, now, cursors, limits, ...request });
  ({ cursors } = result);
  return result;
}

let clock = 0;
/** A line that is found as `"word" came`. */
function error(word: string): string {
  clock += 1;
  const time = `2026-03-01 10:${String(Math.floor(clock / 60)).padStart(2, '0')}:${String(clock % 60).padStart(2, '0')}`;
  return `${time}.345 7 ERROR nova.compute.manager [-] "${word}" came\n`;
}

/** [word, count] of what was found, and the names of the files. */
const found = ({ groups }: LogScan): unknown =>
  Object.fromEntries(
    groups.map(({ signature, count, paths }) => [
      `${/"(\w+)"/.exec(signature)?.[1] ?? signature} ${String(count)}`,
      paths.map((path) => basename(path)),
    ]),
  );
const quiet = { groups: [], unread: [], lost: [] };

describe('a log whose every file has a date, and no file is without', () => {
  test.each([
    ['PostgreSQL by days', 'postgresql-20261127.log', 'postgresql-20261128.log'],
    ['PostgreSQL', 'postgresql-2026-11-27_000000.log', 'postgresql-2026-11-28_000000.log'],
    ['rotatelogs', 'error_log.20261127', 'error_log.20261128'],
    ['rotatelogs by seconds', 'x.1795800735', 'x.1795887135'],
  ])('%s is read over its roll-over, each line once', async (_, yesterday, today) => {
    await writeFile(at(yesterday), error('first'));
    expect(await scan()).toMatchObject({ files: 1, unread: [], lost: [] });
    expect(await scan()).toMatchObject(quiet);
    await appendFile(at(yesterday), error('rest'));
    await writeFile(at(today), error('new'));
    const result = await scan();
    expect(result).toMatchObject({ unread: [], lost: [] });
    expect(found(result)).toEqual({ 'rest 1': [yesterday], 'new 1': [today] });
    expect(Object.keys(cursors)).toHaveLength(1);
    expect(await scan()).toMatchObject(quiet);
    await appendFile(at(today), error('newer'));
    expect(found(await scan())).toEqual({ 'newer 1': [today] });
  });

  test('what is found in it at first sight', async () => {
    await writeFile(at('pg-20261126.log.gz'), gzipSync(error('packed')));
    await writeFile(at('pg-20261127.log'), error('old'));
    await writeFile(at('pg-20261128.log'), error('new'));
    expect(found(await scan('*.log'))).toEqual({
      'packed 1': ['pg-20261126.log.gz'],
      'old 1': ['pg-20261127.log'],
      'new 1': ['pg-20261128.log'],
    });
  });

  test('yesterday is packed, or gone: today is read', async () => {
    const first = error('first');
    await writeFile(at('pg-20261127.log'), first);
    await scan('*.log');
    await rm(at('pg-20261127.log'));
    await writeFile(at('pg-20261127.log.gz'), gzipSync(first + error('rest')));
    await writeFile(at('pg-20261128.log'), error('new'));
    const packed = await scan('*.log');
    expect(found(packed)).toEqual({ 'rest 1': ['pg-20261127.log.gz'], 'new 1': ['pg-20261128.log'] });
    expect(packed).toMatchObject({ unread: [], lost: [] });
    await rm(at('pg-20261127.log.gz'));
    await rm(at('pg-20261128.log'));
    await writeFile(at('pg-20261129.log'), error('newer'));
    const result = await scan('*.log');
    expect(found(result)).toEqual({ 'newer 1': ['pg-20261129.log'] });
    const series = at('pg-*.log*');
    expect(result.lost).toEqual([{ path: series, log: series, why: expect.stringContaining('gone') }]);
    expect(await scan('*.log')).toMatchObject(quiet);
  });

  test('the newest one is emptied: nothing older is read again', async () => {
    await writeFile(at('pg-20261127.log'), error('first'));
    await writeFile(at('pg-20261128.log'), error('new'));
    await scan();
    await writeFile(at('pg-20261128.log'), '');
    expect(await scan()).toMatchObject({ groups: [], lost: [{ log: at('pg-*.log*') }] });
    await appendFile(at('pg-20261128.log'), error('newer'));
    expect(found(await scan())).toEqual({ 'newer 1': ['pg-20261128.log'] });
    await writeFile(at('pg-20261128.log'), error('anew') + error('more').repeat(5));
    expect(found(await scan())).toEqual({ 'anew 1': ['pg-20261128.log'], 'more 5': ['pg-20261128.log'] });
  });

  test('a link to the newest one is no log beside it', async () => {
    await writeFile(at('e.20261127'), error('first'));
    await symlink('e.20261127', at('current'));
    expect(found(await scan())).toEqual({ 'first 1': ['e.20261127'] });
    await writeFile(at('e.20261128'), error('new'));
    await rm(at('current'));
    await symlink('e.20261128', at('current'));
    expect(found(await scan())).toEqual({ 'new 1': ['e.20261128'] });
    expect(await scan()).toMatchObject(quiet);
  });

  test('one that is still written beside a newer one is said to be', async () => {
    await writeFile(at('e.20261127'), error('first'));
    await writeFile(at('e.20261128'), error('new'));
    await scan();
    await appendFile(at('e.20261127'), error('late'));
    await utimes(at('e.20261128'), 1_700_000_000, 1_700_000_000);
    expect((await scan()).lost).toEqual([
      { path: at('e.20261127'), log: at('e.*'), why: expect.stringContaining('after e.20261128') },
    ]);
  });

  test('more files than a process may open, of which one is read', async () => {
    for (let hour = 0; hour < 1500; hour += 1) {
      const name = at(`e.${String(1_790_000_000 + hour * 3600)}`);
      await writeFile(name, error('old'));
      await utimes(name, 1_790_000_000 + hour * 3600, 1_790_000_000 + hour * 3600);
    }
    const since = 1_790_000_000 + 1498 * 3600 + 1;
    expect(await scan('*', { since: 0 })).toMatchObject({ unread: [], lost: [], files: 200 });
    await appendFile(at(`e.${String(1_790_000_000 + 1499 * 3600)}`), error('new'));
    expect(await scan('*', { since })).toMatchObject({ groups: [{ count: 1 }], unread: [], lost: [], files: 1 });
  });

  test('once a file without a date is there, it goes on', async () => {
    await writeFile(at('app.log-20261127'), error('first'));
    await scan();
    await appendFile(at('app.log-20261127'), error('rest'));
    await writeFile(at('app.log'), error('new'));
    expect(found(await scan())).toEqual({ 'rest 1': ['app.log'], 'new 1': ['app.log'] });
  });
});

describe('files that end with a number', () => {
  test.each(['inst.1', 'agent.2001', 'server.1'])('%s is a log', async (name) => {
    await writeFile(at(name), error('first'));
    expect(found(await scan())).toEqual({ 'first 1': [name] });
    await appendFile(at(name), error('second'));
    expect(found(await scan())).toEqual({ 'second 1': [name] });
  });

  test('those of what was removed long ago are not new, though no line has a time', async () => {
    for (const name of ['gone.log.1', 'gone.log.2']) {
      await writeFile(at(name), error('old').slice('2026-03-01 '.length));
      await utimes(at(name), 1_700_000_000, 1_700_000_000);
    }
    expect(await scan('*', { since: 1_700_000_001 })).toMatchObject({ ...quiet, files: 2 });
    await appendFile(at('gone.log.1'), error('new'));
    expect(found(await scan())).toEqual({ 'new 1': ['gone.log.1'] });
  });

  test('they may be of instances, all of which write', async () => {
    await writeFile(at('server.1'), error('one'));
    await writeFile(at('server.2'), error('two'));
    await scan();
    await appendFile(at('server.1'), error('three'));
    await appendFile(at('server.2'), error('four'));
    const result = await scan();
    expect(found(result)).toEqual({ 'three 1': ['server.1'], 'four 1': ['server.2'] });
    expect(result).toMatchObject({ unread: [], lost: [] });
  });

  test('they may be shifted, each line being read once', async () => {
    await writeFile(at('java.log.0'), error('zero'));
    await writeFile(at('java.log.1'), error('one'));
    await scan();
    for (const round of ['alpha', 'beta']) {
      await appendFile(at('java.log.0'), error(`${round}rest`));
      await rename(at('java.log.1'), at('java.log.2'));
      await rename(at('java.log.0'), at('java.log.1'));
      await writeFile(at('java.log.0'), error(round));
      const result = await scan();
      expect(found(result)).toEqual({ [`${round}rest 1`]: ['java.log.1'], [`${round} 1`]: ['java.log.0'] });
      expect(result).toMatchObject({ unread: [], lost: [] });
      expect(await scan()).toMatchObject(quiet);
    }
  });

  test('also while a reboot gave the device another number', async () => {
    await writeFile(at('java.log.0'), error('zero'));
    await writeFile(at('java.log.1'), error('one'));
    await scan();
    for (const [path, cursor] of Object.entries(cursors))
      cursors = { ...cursors, [path]: { ...cursor, file: `77:${cursor.file.split(':')[1]!}` } };
    await rename(at('java.log.1'), at('java.log.2'));
    await rename(at('java.log.0'), at('java.log.1'));
    await writeFile(at('java.log.0'), error('new'));
    const result = await scan();
    expect(found(result)).toEqual({ 'new 1': ['java.log.0'] });
    expect(result).toMatchObject({ unread: [], lost: [] });
  });

  test('where the log itself comes, they are its rotated ones', async () => {
    await writeFile(at('app.log.1'), error('first'));
    await scan();
    await appendFile(at('app.log.1'), error('rest'));
    await writeFile(at('app.log'), error('new'));
    expect(found(await scan())).toEqual({ 'rest 1': ['app.log'], 'new 1': ['app.log'] });
    expect(Object.keys(cursors)).toEqual([at('app.log')]);
    await rm(at('app.log.1'));
    expect(await scan()).toMatchObject(quiet);
  });

  test('also where a directory has the name without the number', async () => {
    await mkdir(at('agent'));
    await mkdir(at('dated'));
    await writeFile(at('agent.1'), error('first'));
    await writeFile(at('dated.20261128'), error('second'));
    expect(found(await scan())).toEqual({ 'first 1': ['agent.1'], 'second 1': ['dated.20261128'] });
    expect(await scan()).toMatchObject(quiet);
  });
});

describe('a pattern that matches no log says so', () => {
  test.each([
    ['a.log.gz', 'compressed files'],
    ['a.log.1', 'rotated files of logs that no pattern names'],
    ['a.d/', 'directories'],
  ])('%s', async (name, why) => {
    if (name.endsWith('/')) await mkdir(at(name));
    else await writeFile(at(name), error('first'));
    if (name === 'a.log.1') await writeFile(at('a.log'), error('second'));
    const glob = at(name === 'a.log.1' ? '*.1' : '*');
    expect(await scan('', { globs: [glob] })).toMatchObject({
      files: 0,
      unread: [{ path: glob, log: glob, why: expect.stringContaining(why) }],
    });
  });

  test('but not where another reads it', async () => {
    await writeFile(at('a.log.1'), error('first'));
    await writeFile(at('a.log'), error('second'));
    expect(await scan('', { globs: [at('*.1'), at('*.log')] })).toMatchObject({ unread: [] });
  });
});

describe('a log in another file with the same content goes on', () => {
  const again = async (name: string): Promise<void> => {
    await copyFile(at(name), at('copy'));
    await rename(at('copy'), at(name));
  };

  test('after cp and mv', async () => {
    await writeFile(at('a.log'), error('first') + error('second'));
    await scan();
    await appendFile(at('a.log'), error('third'));
    await again('a.log');
    const result = await scan();
    expect(found(result)).toEqual({ 'third 1': ['a.log'] });
    expect(result.lost).toEqual([]);
  });

  test('after a reboot that gave the device another number, whole or rotated meanwhile', async () => {
    await writeFile(at('a.log'), error('first') + error('second'));
    await writeFile(at('e.20261127'), error('third') + error('fourth'));
    await scan();
    const other = (): void => {
      cursors = Object.fromEntries(
        Object.entries(cursors).map(([path, each]) => [path, { ...each, file: `77:${each.file.split(':')[1]!}` }]),
      );
    };
    other();
    expect(await scan()).toMatchObject(quiet);
    other();
    await appendFile(at('a.log'), error('rest'));
    await rename(at('a.log'), at('a.log.1'));
    await writeFile(at('a.log'), error('new'));
    const result = await scan();
    expect(found(result)).toEqual({ 'rest 1': ['a.log'], 'new 1': ['a.log'] });
    expect(result.lost).toEqual([]);
  });

  test('but one that is shorter, or of another one that only begins alike, is read from its start', async () => {
    const banner = '*** a program that writes the same banner, with no time in it, at each of its starts ***\n';
    await writeFile(at('a.log'), banner.repeat(15) + error('first') + error('second'));
    await writeFile(at('b.log'), 'short\n');
    await scan();
    await writeFile(at('copy'), `${banner.repeat(15)}# ${error('third')}${error('fourth')}${error('fifth')}`);
    await rename(at('copy'), at('a.log'));
    await writeFile(at('copy'), `short\n${error('sixth')}`);
    await rename(at('copy'), at('b.log'));
    const result = await scan();
    expect(found(result)).toMatchObject({ 'fourth 1': ['a.log'], 'fifth 1': ['a.log'], 'sixth 1': ['b.log'] });
    expect(result.lost.map(({ path }) => path)).toEqual([at('a.log'), at('b.log')]);
  });

  test('and not where the one before was rotated and packed', async () => {
    const banner = '*** a program that writes the same banner, with no time in it, at each of its starts ***\n';
    await writeFile(at('a.log'), banner);
    await scan();
    await writeFile(at('a.log.1.gz'), gzipSync(banner + error('rest')));
    await writeFile(at('copy'), banner + error('new'));
    await rename(at('copy'), at('a.log'));
    const result = await scan();
    expect(found(result)).toEqual({ 'rest 1': ['a.log'], 'new 1': ['a.log'] });
    expect(result.lost).toEqual([]);
  });
});

describe('what no line can be found in is said to be unread', () => {
  const why = (reason: string): object => ({
    files: 0,
    unread: [{ path: at('a.log'), log: at('a.log'), why: reason }],
  });

  test.each(['fifo', 'socket', 'device', 'link to a device'])('a %s', async (kind) => {
    if (kind === 'fifo') execFileSync('mkfifo', [at('a.log')]);
    else if (kind === 'socket')
      execFileSync('python3', [
        '-c',
        'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])',
        at('a.log'),
      ]);
    else await symlink('/dev/null', at('a.log'));
    const globs = kind === 'device' ? ['/dev/null', '/dev/nul?'] : [at('*.log'), at('a.*')];
    const path = kind === 'device' ? '/dev/null' : at('a.log');
    expect((await scan('', { globs })).unread).toEqual([{ path, log: path, why: 'it is no file' }]);
  });

  test.each([
    ['with a mark', Buffer.from(`\ufeff${error('first')}`, 'utf16le')],
    ['without', Buffer.from(error('first'), 'utf16le')],
    ['big-endian', Buffer.from(error('first') + error('second'), 'utf16le').swap16()],
  ])('UTF-16 %s', async (_, data) => {
    await writeFile(at('a.log'), data);
    expect(await scan()).toMatchObject(why('it is UTF-16, which is not read'));
    await appendFile(at('a.log'), data);
    expect(await scan()).toMatchObject(why('it is UTF-16, which is not read'));
  });

  test('lines that end with CR alone', async () => {
    await writeFile(at('a.log'), error('first').replace('\n', '\r').repeat(100));
    expect(await scan()).toMatchObject(why('its lines end with CR alone'));
    await appendFile(at('a.log'), `\n${error('second')}`);
    expect(found(await scan())).toMatchObject({ 'second 1': ['a.log'] });
    expect(await scan()).toMatchObject(quiet);
  });

  test('but not a hole, nor half of CRLF', async () => {
    await writeFile(at('a.log'), Buffer.concat([Buffer.alloc(10_000), Buffer.from(error('first'))]));
    await writeFile(at('b.log'), error('second').replace('\n', '\r'));
    expect(await scan()).toMatchObject({ files: 2, unread: [] });
    await appendFile(at('b.log'), '\n');
    expect(found(await scan())).toEqual({ 'second 1': ['b.log'] });
  });
});

test('the time of nginx is one', async () => {
  await writeFile(
    at('error.log'),
    '2026/11/25 10:11:12 [error] 7#7: "old" came\n2026/11/26 10:11:12 [error] 7#7: "new" came\n',
  );
  const midnight = new Date(2026, 10, 26).getTime();
  const result = await scan('*', { since: midnight / 1000 });
  expect(found(result)).toEqual({ 'new 1': ['error.log'] });
  expect(result.groups[0]).toMatchObject({ first: new Date(2026, 10, 26, 10, 11, 12).getTime() });
  expect((await stat(at('error.log'))).size).toBe(cursors[at('error.log')]?.offset);
});
