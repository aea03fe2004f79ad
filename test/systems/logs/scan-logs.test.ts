import { execFileSync, spawn } from 'node:child_process';
import {
  appendFile,
  chmod,
  copyFile,
  mkdir,
  open,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { scanLogs } from '../../../src/systems/logs/index.ts';
import type { LogScan } from '../../../src/contracts/log-scan.ts';
import type { LogScanRequest } from '../../../src/systems/logs/index.ts';
import type { Host } from '../../../src/systems/host/host.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import { localHost } from '../jobs/support/local.ts';

const host = localHost();

const limits = { groups: 200, sample: 1000, firstSightBytes: 268_435_456 };
let directory = '';
let log = '';
let cursors: LogScan['cursors'] = {};

beforeEach(async () => {
  directory = await scratchDirectory('scan-logs');
  log = join(directory, 'nova.log');
  cursors = {};
});

/** A scan that goes on from the one before in the same test. */
async function scan(request: Partial<LogScanRequest> = {}): Promise<LogScan> {
  const globs = [join(directory, '*.log')];
  const now = Math.floor(Date.now() / 1000);
  const result = await scanLogs(host, { globs, since: 0, now, cursors, limits, ...request });
  ({ cursors } = result);
  return result;
}

const two = (value: number): string => String(value).padStart(2, '0');

/** A time as oslo.log writes it, in this machine's zone. */
function stamp(at: number): string {
  const date = new Date(at);
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-');
  const clock = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':');
  return `${day} ${clock}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}

let clock = Date.now() - 3_600_000;
const context = '[None req-0c2f31a4-9a0f-4b7e-8a52-1f5d3c9b7e10 4f1d - - - default default]';
const line = (level: string, text: string, at = (clock += 7)): string =>
  `${stamp(at)} 7 ${level} nova.compute.manager ${context} ${text}\n`;
const error = (text: string): string => line('ERROR', text);
const info = (text = 'all is well'): string => line('INFO', text);

const signatures = (result: LogScan): string[] => result.groups.map(({ signature }) => signature);
const counts = (result: LogScan): Record<string, number> =>
  Object.fromEntries(
    result.groups.map(({ signature, count }) => [signature.replace('nova.compute.manager ', ''), count]),
  );

describe('a line is a finding', () => {
  test.each([
    ['of oslo.log', '2026-11-25 10:11:12.345 7 ERROR nova.compute.manager [req-1 - - - - -] broken', 'ERROR'],
    ['critical', '2026-11-25 10:11:12.345 7 CRITICAL nova [-] Unhandled error', 'CRITICAL'],
    ['fatal', '2026-11-25 10:11:12.345 UTC [12] FATAL:  sorry, too many clients', undefined],
    ['fatal and bare', '2026-11-25 10:11:12.345 FATAL: sorry', 'CRITICAL'],
    ['of MariaDB', '2026-11-25 10:11:12 0 [ERROR] mariadbd: disk is full', 'ERROR'],
    ['of RabbitMQ', '2026-11-25 10:11:12.345678+00:00 [error] <0.123.0> closing', 'ERROR'],
    ['of Apache', '[Thu Nov 26 10:11:12.123456 2026] [core:error] [pid 7:tid 8] refused', 'ERROR'],
    ['of Apache without a module', '[Thu Nov 26 10:11:12 2026] [error] refused', 'ERROR'],
    ['of Apache, an emergency', '[Sat Nov 28 16:41:56.123 2026] [core:emerg] [pid 1] no memory', 'CRITICAL'],
    ['of Apache, an alert of no module', '[Sat Nov 28 16:41:56.123 2026] [:alert] [pid 1] no memory', 'CRITICAL'],
    ['of HAProxy in syslog', 'Nov 25 10:11:12 ctl1 haproxy[7]: [alert] proxy nova has no server', 'CRITICAL'],
    ['of HAProxy on its own', '[ALERT]    (7) : proxy nova has no server', 'CRITICAL'],
    ['of nginx', '2026/11/25 10:11:12 [emerg] 7#7: no port', 'CRITICAL'],
    ['with a key', 'time="2026-11-25T10:11:12Z" level=error msg="no route"', 'ERROR'],
    ['in JSON', '{"level":"error","ts":"2026-11-25T10:11:12Z","msg":"no route"}', 'ERROR'],
    ['in JSON of oslo.log', '{"message": "no route", "name": "nova", "levelname": "ERROR"}', 'ERROR'],
    ['of a container', '2026-11-25T10:11:12.3Z stderr F 2026-11-25 10:11:12.345 7 ERROR nova [-] broken', 'ERROR'],
    ['of Docker', '{"log":"2026-11-25 10:11:12.345 7 ERROR nova [-] broken\\n","stream":"stderr","time":"x"}', 'ERROR'],
    ['of syslog', 'Nov 25 10:11:12 ctl1 nova-api[7]: 2026-11-25 10:11:12.345 7 ERROR nova [-] broken', 'ERROR'],
    ["of Python's logging", '2026-11-25 10:11:12,345 - glance - ERROR - broken', 'ERROR'],
    ['with CRLF', '2026-11-25 10:11:12.345 7 ERROR nova [-] broken\r', 'ERROR'],
    ['no', '2026-11-25 10:11:12.345 7 INFO nova [-] the state is ERROR now', undefined],
    ['no', '2026-11-25 10:11:12.345 7 WARNING nova [-] got [error] and level=error', undefined],
    ['no', 'the last run ended in ERROR', undefined],
    ['no', '2026-11-25 10:11:12,345 - glance - INFO - broken - ERROR - then', undefined],
    ['no', '2026-11-25 10:11:12 glance [error - of half a mark] and - error] of the other', undefined],
    ['no', '{"level":"info","msg":"level=error [error]"}', undefined],
    ['no', `2026-11-25 10:11:12.345 ${'-'.repeat(300)} ERROR`, undefined],
  ])('%s: %s', async (_, text, level) => {
    await writeFile(log, `${info()}${text}\n${info()}`);
    const { groups } = await scan();
    expect(groups.map((group) => [group.level, group.count])).toEqual(level === undefined ? [] : [[level, 1]]);
  });
});

test('a level is found far behind the head of its line', async () => {
  await writeFile(log, `${info()}{"message": "${'word '.repeat(300)}", "levelname": "ERROR"}\n${info()}`);
  expect((await scan()).groups).toMatchObject([{ level: 'ERROR', count: 1 }]);
});

test('the same fault is one group, whatever ids, numbers and addresses it names', async () => {
  const one = (uuid: string, number: number): string =>
    `[instance: ${uuid}] Port tap${uuid.slice(0, 8)}-1${number % 10} fa:16:3e:00:00:1${number % 10} of 10.0.0.${number}:5672 ` +
    `failed after ${number}.5 s at 0x7f${number}aa in /var/lib/nova/instances/${uuid}/disk: "down"`;
  const at = Date.parse('2026-03-01T10:00:00.500Z');
  await writeFile(log, line('ERROR', one('1b9c1f0e-9f43-4b55-8e0a-0b6f0c1d2e3f', 17), at));
  await writeFile(
    join(directory, 'second.log'),
    line('ERROR', one('77777777-aaaa-bbbb-cccc-0123456789ab', 204), at + 60_250),
  );
  const { groups } = await scan();
  expect(groups).toHaveLength(1);
  expect(groups[0]).toMatchObject({
    level: 'ERROR',
    count: 2,
    first: at,
    last: at + 60_250,
    paths: [log, join(directory, 'second.log')],
    more: false,
    key: expect.stringMatching(/^[0-9a-f]{12}$/),
  });
  expect(groups[0]?.signature).toMatch(/^nova\.compute\.manager .*"down"$/);
  expect(groups[0]?.signature).not.toMatch(/\d|req-/);
});

test.each([['7'], ['99999'], ['100000'], ['4294967296'], ['3f2a1b'], ['0123456789ab']])(
  'a number or an id, such as %s, is one kind of detail, however long it is',
  async (detail) => {
    await writeFile(log, line('ERROR', 'lost 1') + line('ERROR', `lost ${detail}`));
    expect((await scan()).groups).toMatchObject([{ count: 2 }]);
  },
);

test('the logs of a group are all of them, up to fifty', async () => {
  const names = Array.from({ length: 51 }, (_, index) => join(directory, `n${two(index)}.log`));
  for (const name of names) await writeFile(name, error('broken') + error('broken'));
  await rm(names[50]!);
  expect((await scan()).groups).toMatchObject([{ count: 100, more: false, paths: names.slice(0, 50) }]);
  await writeFile(names[50]!, error('broken'));
  expect((await scan({ cursors: {} })).groups).toMatchObject([{ count: 101, more: true, paths: names.slice(0, 50) }]);
});

describe('a traceback', () => {
  const at = Date.parse('2026-03-01T10:00:00Z');
  const prefix = `${stamp(at)} 7 ERROR nova.compute.manager `;
  const trace = (last: string): string[] => [
    'Traceback (most recent call last):',
    '  File "a.py", line 1, in f',
    '    f()',
    last,
  ];
  const chained = [
    ...trace('OSError: [Errno 5] Input/output error'),
    '',
    'During handling of the above exception, another exception occurred:',
    '',
    ...trace('nova.exception.DiskBroken: vda'),
    '',
    'The above exception was the direct cause of the following exception:',
    '',
    ...trace('RuntimeError: gave up'),
  ];

  test('of oslo.log is one finding with its message, also between the lines of another process', async () => {
    const other = `${stamp(at)} 8 ERROR nova.compute.manager [-] something else\n`;
    const lines = chained.map((text) => `${prefix}${text}\n`);
    lines.splice(5, 0, other);
    await writeFile(log, info() + line('ERROR', 'Failed to build', at) + lines.join('') + error('the next one'));
    const result = await scan();
    expect(counts(result)).toEqual({
      'Failed to build | RuntimeError: gave up': 1,
      'something else': 1,
      'the next one': 1,
    });
    const { sample } = result.groups.find(({ signature }) => signature.includes('Failed'))!;
    expect(sample).toMatch(/Failed to build \| RuntimeError: gave up$/);
  });

  test('without a prefix counts, alone and with its message', async () => {
    const raw = `${chained.join('\n')}\n`;
    await writeFile(log, info() + raw + info() + error('Failed to build') + raw + info());
    const result = await scan();
    expect(result.groups.map(({ level, signature, count }) => [level, signature, count])).toEqual([
      ['TRACEBACK', 'RuntimeError: gave up', 1],
      ['ERROR', 'nova.compute.manager Failed to build | RuntimeError: gave up', 1],
    ]);
  });

  test('that is still being written is counted once it is whole', async () => {
    await writeFile(
      log,
      info() + line('ERROR', 'Failed', at) + `${prefix}Traceback (most recent call last):\n${prefix}  File\n`,
    );
    expect((await scan()).groups).toEqual([]);
    await appendFile(log, `${prefix}ValueError: no\n`);
    expect(counts(await scan())).toEqual({ 'Failed | ValueError: no': 1 });
    expect((await scan()).groups).toEqual([]);
  });
});

describe('from one scan to the next', () => {
  beforeEach(async () => {
    await writeFile(log, error('first') + info());
    expect(counts(await scan())).toEqual({ first: 1 });
  });

  const gz = async (path: string): Promise<void> => {
    const { mtimeMs } = await stat(path);
    await writeFile(`${path}.gz`, gzipSync(await readFile(path)));
    await utimes(`${path}.gz`, mtimeMs / 1000, mtimeMs / 1000);
    await rm(path);
  };

  test('only what was added counts', async () => {
    expect((await scan()).groups).toEqual([]);
    await appendFile(log, error('second'));
    expect(await scan()).toMatchObject({ groups: [{ count: 1 }], lost: [] });
  });

  test('the last line is read when it is whole, or has stayed as it was', async () => {
    await appendFile(log, error('half a line').slice(0, -5));
    expect((await scan()).groups).toEqual([]);
    await appendFile(log, 'line\n' + error('stays so').trimEnd());
    expect(signatures(await scan())).toEqual([expect.stringContaining('half a')]);
    expect(counts(await scan())).toEqual({ 'stays so': 1 });
    await appendFile(log, ' and goes on\n' + error('third'));
    expect(counts(await scan())).toEqual({ third: 1 });
  });

  test.each([
    ['renamed', ['nova.log.1']],
    ['renamed twice', ['nova.log.1', 'nova.log.2']],
    ['renamed by date', ['nova.log-20261127']],
    ['renamed by date before the end', ['nova-20261127.log']],
  ])('%s', async (_, names) => {
    await appendFile(log, error('rest'));
    if (names.length > 1) {
      await rename(log, join(directory, 'nova.log.2'));
      await writeFile(join(directory, 'nova.log.1'), error('between'));
    } else {
      await rename(log, join(directory, names[0]!));
    }
    await writeFile(log, error('newest'));
    const expected: Record<string, number> = { rest: 1, newest: 1, ...(names.length > 1 && { between: 1 }) };
    expect(await scan().then((result) => [counts(result), result.lost])).toEqual([expected, []]);
    expect((await scan()).groups).toEqual([]);
  });

  test('compressed', async () => {
    await appendFile(log, error('rest'));
    await rename(log, `${log}.1`);
    await gz(`${log}.1`);
    await writeFile(log, error('newest'));
    expect(counts(await scan())).toEqual({ rest: 1, newest: 1 });
  });

  test('copied and truncated', async () => {
    await appendFile(log, error('rest'));
    await copyFile(log, `${log}.1`);
    await truncate(log);
    expect(await scan()).toMatchObject({ groups: [{ signature: expect.stringContaining('rest') }], lost: [] });
    await appendFile(log, error('newest'));
    expect(await scan()).toMatchObject({ groups: [{ signature: expect.stringContaining('newest') }], lost: [] });
  });

  test('truncated: says so, and reads on from the start, also where it has grown beyond', async () => {
    await writeFile(log, error('after') + info().repeat(20));
    const result = await scan();
    expect(counts(result)).toEqual({ after: 1 });
    expect(result.lost).toEqual([{ path: log, log, why: expect.stringContaining('truncated') }]);
    await truncate(log);
    expect(await scan()).toMatchObject({ lost: [{ path: log }] });
    await appendFile(log, error('again'));
    expect(await scan()).toMatchObject({ groups: [{ signature: expect.stringContaining('again') }], lost: [] });
  });

  test('replaced by another file, also one with the same inode', async () => {
    const cursor = cursors[log]!;
    await rename(log, join(directory, 'elsewhere'));
    await writeFile(log, info() + error('other') + info());
    const { dev, ino } = await stat(log);
    cursors = { [log]: { ...cursor, file: `${dev}:${ino}` } };
    expect(await scan()).toMatchObject({
      groups: [{ signature: expect.stringContaining('other') }],
      lost: [{ path: log }],
    });
  });

  test('removed: its rotated file is read, and the cursor goes when that is gone', async () => {
    await appendFile(log, error('rest'));
    await rename(log, `${log}.1`);
    expect(counts(await scan())).toEqual({ rest: 1 });
    expect((await scan()).groups).toEqual([]);
    await rm(`${log}.1`);
    expect((await scan()).lost).toEqual([{ path: log, log, why: expect.stringContaining('removed') }]);
    expect(cursors).toEqual({});
  });

  test('rotated files are no logs of their own', async () => {
    await rename(log, `${log}.1`);
    await writeFile(log, error('newest'));
    await scan({ globs: [join(directory, '*')] });
    expect(Object.keys(cursors)).toEqual([log]);
  });

  test('a damaged .gz is said to be unread', async () => {
    await appendFile(log, error('rest'));
    await writeFile(`${log}.1.gz`, gzipSync(await readFile(log)).subarray(0, 40));
    await rm(log);
    await writeFile(log, error('newest'));
    const result = await scan();
    expect(counts(result)).toEqual({ newest: 1 });
    expect([...result.unread, ...result.lost].map(({ path }) => basename(path))).toContain('nova.log.1.gz');
  });
});

describe('at first sight', () => {
  const hour = 3_600_000;
  const at = Date.parse('2026-03-01T10:00:00Z');

  test('only what is newer than asked for is read, of rotated files too', async () => {
    const hours = (from: number, to: number): string =>
      Array.from({ length: (to - from) * 600 }, (_, index) => {
        const time = at + from * hour + index * 6000;
        return index % 600 === 0
          ? line('ERROR', `hour ${'abcdefghijkl'[from + index / 600]!.repeat(3)}`, time)
          : line('INFO', 'well '.repeat(20), time) + '  more of it\n';
      }).join('');
    await writeFile(`${log}.3`, hours(0, 3));
    await utimes(`${log}.3`, at / 1000, (at + 3 * hour) / 1000);
    await writeFile(`${log}.2.gz`, gzipSync(hours(3, 6)));
    await utimes(`${log}.2.gz`, at / 1000, (at + 6 * hour) / 1000);
    await writeFile(`${log}.1`, hours(6, 9));
    await utimes(`${log}.1`, at / 1000, (at + 9 * hour) / 1000);
    await writeFile(log, hours(9, 12));
    const since = (from: number) => scan({ cursors: {}, since: (at + from * hour) / 1000 });
    expect(Object.keys(counts(await since(10.5)))).toEqual(['hour lll']);
    expect(Object.keys(counts(await since(7)))).toEqual(['hour hhh', 'hour iii', 'hour jjj', 'hour kkk', 'hour lll']);
    expect(Object.values(counts(await since(4.5)))).toHaveLength(7);
    expect((await since(100)).groups).toEqual([]);
  });

  test('a damaged .gz is said to be unread, and the log beside it is read', async () => {
    // Its beginning can be read.
    const packed = gzipSync(line('ERROR', 'old', at).repeat(20_000));
    await writeFile(`${log}.1.gz`, packed.subarray(0, -8));
    await writeFile(log, line('ERROR', 'new', at + 3 * hour));
    const result = await scan({ since: (at + 2 * hour) / 1000 });
    expect(counts(result)).toEqual({ new: 1 });
    expect(result.unread).toEqual([{ path: `${log}.1.gz`, log, why: expect.stringContaining('end-of-stream') }]);
    expect(await scan()).toMatchObject({ groups: [], unread: [], lost: [] });
  });

  test('200 MB are not read for their last minute', async () => {
    const file = await open(log, 'w');
    const block = Array.from({ length: 5000 }, (_, index) => line('ERROR', 'old', at + index)).join('');
    await file.write(block);
    await file.write(line('INFO', 'later', at + 2 * hour), 200 * 1024 * 1024);
    await file.write('\n' + line('ERROR', 'new', at + 3 * hour), 201 * 1024 * 1024);
    await file.close();
    const result = await scan({ since: (at + 2.5 * hour) / 1000 });
    expect(counts(result)).toEqual({ new: 1 });
    expect(result.bytes).toBeLessThan(2 * 1024 * 1024);
  });

  test('no more than the bound, and that is said', async () => {
    await writeFile(log, error('old') + info().repeat(1000) + error('new'));
    const result = await scan({ limits: { ...limits, firstSightBytes: 10_000 } });
    expect(counts(result)).toEqual({ new: 1 });
    expect(result.lost).toEqual([{ path: log, log, why: expect.stringContaining('too much') }]);
  });
});

/** This machine by a user who is not root, and who may read the directory of the test. */
function unprivileged(): Host {
  if (process.getuid!() !== 0) return host;
  execFileSync('sh', [
    '-c',
    'd=$1; while [ "$d" != / ]; do chmod o+x "$d"; d=$(dirname "$d"); done; chmod o+r "$1"',
    'sh',
    directory,
  ]);
  const user = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
  return { ...host, name: 'here', run: (argv, options) => host.run([...user, ...argv], options) };
}

describe('what was not read names the log that it is of, as its findings do', () => {
  const damage = (text: string): Buffer => gzipSync(text.repeat(20_000)).subarray(0, -8);
  const named = (result: LogScan): unknown => [
    result.groups.flatMap(({ paths }) => paths),
    ...[result.unread, result.lost].map((remarks) => remarks.map((each) => [basename(each.path), each.log])),
  ];

  test.each(['nova.log-20261127.gz', 'nova-20261127.log.gz', 'nova.log.2.gz'])('a damaged %s', async (name) => {
    await writeFile(join(directory, name), damage(error('old')));
    await writeFile(log, error('new'));
    const since = Math.floor(clock / 1000) - 1;
    expect((await scan({ since })).unread).toEqual([
      { path: join(directory, name), log, why: expect.stringContaining('end-of-stream') },
    ]);
  });

  test('a .gz that is damaged at its very beginning', async () => {
    await writeFile(`${log}.1.gz`, 'no gzip at all');
    await writeFile(log, error('new'));
    expect(named(await scan())).toEqual([[log], [['nova.log.1.gz', log]], []]);
  });

  test('a .gz that the log was rotated into since', async () => {
    const before = error('before');
    await writeFile(log, before);
    await scan();
    // Its beginning can be read, and is the one of before.
    await writeFile(`${log}.1.gz`, damage(before));
    await rm(log);
    await writeFile(log, error('new'));
    expect(named(await scan())).toEqual([[log, log], [['nova.log.1.gz', log]], []]);
  });

  test('a log behind a link is named by the link', async () => {
    const kept = join(directory, 'kept');
    await mkdir(kept);
    await writeFile(join(kept, 'real'), error('first') + info().repeat(1000) + error('last'));
    await writeFile(join(kept, 'real.1.gz'), 'no gzip at all');
    await symlink(join(kept, 'real'), log);
    const result = await scan({ limits: { ...limits, firstSightBytes: 10_000 } });
    expect(named(result)).toEqual([[log], [['real.1.gz', log]], [['nova.log', log]]]);
    expect(result.lost[0]?.why).toContain(`${log} is read by its end only`);
    await truncate(join(kept, 'real'), 10);
    expect((await scan()).lost).toMatchObject([{ path: log, log, why: expect.stringContaining('truncated') }]);
  });

  test('where the directory may not be listed, the pattern is named', async () => {
    await mkdir(join(directory, 'closed'), { mode: 0o700 });
    await writeFile(join(directory, 'closed/api.log'), error('secret'));
    await chmod(join(directory, 'closed'), 0);
    const glob = join(directory, 'closed/*.log');
    const request = { globs: [glob], since: 0, now: 1, cursors: {}, limits };
    const { unread } = await scanLogs(unprivileged(), request);
    await chmod(join(directory, 'closed'), 0o700);
    expect(unread).toMatchObject([{ path: glob, log: glob }]);
  });

  test('too many of them name none', async () => {
    const globs = Array.from({ length: 210 }, (_, index) => join(directory, `none${String(index)}/*.log`));
    const { unread } = await scan({ globs });
    expect(unread).toHaveLength(201);
    expect(unread[200]).toEqual({ path: '…', log: '', why: 'and more of them' });
  });
});

describe('whatever is in the way', () => {
  test('bytes that are no text, NULs, and lines of megabytes', async () => {
    const long = 'x'.repeat(3 * 1024 * 1024);
    const parts = [
      Buffer.from(error('bytes \u0000 "here"').replace('\u0000', '\0')),
      Buffer.from([0xff, 0xfe, 0x00, 0x0a]),
      Buffer.alloc(100_000),
      Buffer.from(`\n${error(`long ${long} ERROR`)}${info(`${long} ERROR Traceback (most recent call last):`)}`),
      Buffer.from(error('l\u00fcgt').replace('\u00fc', '\u00fc'), 'latin1'),
      // As a program leaves it that doesn't append, when its log is truncated.
      Buffer.alloc(100_000),
      Buffer.from(error('end')),
    ];
    await writeFile(log, Buffer.concat(parts));
    const result = await scan();
    expect(result.groups.map(({ count }) => count)).toEqual([1, 1, 1, 1]);
    expect(JSON.stringify(result).length).toBeLessThan(10_000);
    expect(cursors[log]?.offset).toBe((await stat(log)).size);
  });

  test('FIFOs, directories, links, empty files, and names of nothing', async () => {
    await writeFile(log, error('only'));
    await mkdir(join(directory, 'directory.log'));
    await mkdir(join(directory, 'elsewhere'));
    await writeFile(join(directory, 'empty.log'), '');
    execFileSync('mkfifo', [join(directory, 'fifo.log')]);
    await symlink(log, join(directory, 'link.log'));
    await symlink(join(directory, 'elsewhere'), join(directory, 'linked-directory.log'));
    await symlink(join(directory, 'nowhere'), join(directory, 'broken.log'));
    const nothing = join(directory, 'none/*.log');
    const result = await scan({ globs: [join(directory, '*.log'), nothing] });
    expect(result.groups).toMatchObject([{ count: 1 }]);
    expect(result.unread).toMatchObject([
      { path: join(directory, 'broken.log'), log: join(directory, 'broken.log') },
      { path: join(directory, 'fifo.log'), log: join(directory, 'fifo.log'), why: 'it is no file' },
      { path: nothing, log: nothing, why: 'nothing matches' },
    ]);
    expect(result.files).toBe(1);
  });

  test('a file that this user may not read', async () => {
    await writeFile(log, error('secret'));
    await chmod(log, 0);
    const result = await scanLogs(unprivileged(), {
      globs: [`${directory}/*.log`],
      since: 0,
      now: 1,
      cursors: {},
      limits,
    });
    expect(result).toMatchObject({ groups: [], unread: [{ path: log, log, why: 'Permission denied' }] });
  });

  test('a host without Python', async () => {
    const none = {
      ...host,
      name: 'here',
      run: (argv: readonly string[], options?: object) => host.run(argv, { ...options, env: { PATH: '/nowhere' } }),
      close: () => host.close(),
    };
    const bare = {
      ...none,
      run: ([, ...rest]: readonly string[], options?: object) => none.run(['/bin/sh', ...rest], options),
    };
    await expect(scanLogs(bare, { globs: ['/x'], since: 0, now: 1, cursors: {}, limits })).rejects.toMatchObject({
      type: 'ToolMissing',
      message: expect.stringContaining("logs can't be read"),
    });
  });

  test('more groups than are kept', async () => {
    const names = ['alpha', 'beta', 'gamma', 'delta'];
    await writeFile(log, names.map((name) => error(`"${name}"`)).join('') + error('"alpha"'));
    const result = await scan({ limits: { ...limits, groups: 2, sample: 60 } });
    expect(result.groups.map(({ count }) => count)).toEqual([2, 1]);
    expect(result.dropped).toBe(2);
    for (const { sample } of result.groups) expect(sample.length).toBeLessThanOrEqual(60);
  });
});

test('a log that is written while it is read is counted once', async () => {
  const writer = spawn('python3', [
    '-c',
    `
import sys, time
until = time.time() + 3
count = 0
with open(sys.argv[1], "a", buffering=1) as file:
    while time.time() < until:
        for _ in range(50):
            count += 1
            file.write("2026-11-25 10:11:12.345 7 ERROR nova.compute.manager [-] written %d\\n" % count)
        time.sleep(0.001)
print(count)
`,
    log,
  ]);
  let said = '';
  writer.stdout.on('data', (data: Buffer) => (said += data.toString()));
  const ended = new Promise((resolve) => writer.on('close', resolve));
  let writing = true;
  void ended.then(() => (writing = false));
  await writeFile(log, '', { flag: 'a' });
  let sum = 0;
  const add = async (): Promise<void> => {
    const { groups } = await scan();
    for (const { count } of groups) sum += count;
  };
  while (writing) await add();
  await add();
  await add();
  expect(sum).toBe(Number(said));
});

/** Random histories of a log: each error that was written is counted once over all scans. */
describe('whatever happens to a log between scans', () => {
  /** Numbers from 0 to below 1 that the seed decides (mulberry32). */
  function generator(seed: number): () => number {
    let state = seed;
    return () => {
      state = (state + 0x6d2b79f5) | 0;
      let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
      mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
    };
  }

  const letters = (value: number): string =>
    [...String(value).padStart(4, '0')].map((digit) => 'ghijklmnop'[Number(digit)]).join('');

  async function history(seed: number, truncating: boolean): Promise<void> {
    const random = generator(seed);
    const below = (size: number): number => Math.floor(random() * size);
    const written: string[] = [];
    const seen = new Map<string, number>();
    const steps: string[] = [];
    let lost = false;
    let unfinished = '';
    // What is truncated in a file that no scan has seen anything of, or no more than the date, nobody can know of.
    let known = false;
    let inFile: string[] = [];
    const excused: string[] = [];
    const begins = (): void => {
      known = false;
      inFile = [];
    };
    const where = join(directory, `history-${truncating}-${seed}`);
    const path = join(where, 'nova.log');
    await mkdir(where);
    let file = await open(path, 'a');

    const look = async (): Promise<void> => {
      const result = await scan({ globs: [join(where, '*.log')] });
      if (result.lost.length > 0) lost = true;
      if (((await stat(path).catch(() => undefined))?.size ?? 0) > 30) known = true;
      // Between a rename and the new file there is none.
      expect(result.unread.filter(({ why }) => why !== 'nothing matches')).toEqual([]);
      for (const { signature, count } of result.groups) {
        const token = /"(\w+)"/.exec(signature)?.[1] ?? signature;
        seen.set(token, (seen.get(token) ?? 0) + count);
      }
    };
    const token = (): string => {
      const name = letters(written.length);
      written.push(name);
      inFile.push(name);
      return `"${name}" came`;
    };
    const finish = async (): Promise<void> => {
      await file.write(unfinished);
      unfinished = '';
    };
    const shift = async (): Promise<void> => {
      for (let number = 30; number > 0; number -= 1)
        for (const end of ['', '.gz'])
          await rename(`${path}.${number}${end}`, `${path}.${number + 1}${end}`).catch(() => undefined);
    };
    const actions: Record<string, () => Promise<void>> = {
      append: async () => {
        await finish();
        for (let left = 1 + below(3); left > 0; left -= 1) await file.write(below(2) ? error(token()) : info());
      },
      partial: async () => {
        await finish();
        const text = error(token());
        // Before the level, or behind the token: what is between is read as it stands when it stays so.
        const cut = below(2) ? 5 + below(20) : text.length - 1 - below(4);
        await file.write(text.slice(0, cut));
        unfinished = text.slice(cut);
      },
      complete: finish,
      rename: async () => {
        await shift();
        await rename(path, `${path}.1`);
        // A program writes to the file it has until it's told.
        if (below(3) === 0) await look();
        await finish();
        await file.close();
        file = await open(path, 'a');
        begins();
      },
      compress: async () => {
        const from = `${path}.${1 + below(2)}`;
        if ((await stat(from).catch(() => undefined)) === undefined) return;
        const { mtimeMs } = await stat(from);
        await writeFile(`${from}.gz`, gzipSync(await readFile(from)));
        await utimes(`${from}.gz`, mtimeMs / 1000, mtimeMs / 1000);
        await rm(from);
      },
      copy: async () => {
        await finish();
        await shift();
        await copyFile(path, `${path}.1`);
        await truncate(path);
        begins();
      },
      scan: look,
      ...(truncating && {
        truncate: async () => {
          await finish();
          await truncate(path);
          if (!known) excused.push(...inFile);
          begins();
        },
      }),
    };
    const names = ['append', 'append', 'append', 'scan', 'scan', ...Object.keys(actions)];
    for (let left = 25; left > 0; left -= 1) {
      const name = names[below(names.length)]!;
      steps.push(name);
      await actions[name]!();
    }
    await finish();
    await file.write(info());
    await look();
    await look();
    await file.close();

    const twice = [...seen].filter(([name, count]) => count > 1 || !written.includes(name));
    const missing = written.filter((name) => !seen.has(name));
    const story = `seed ${seed}: ${steps.join(' ')}`;
    expect({ story, twice }).toEqual({ story, twice: [] });
    if (!truncating) expect({ story, lost }).toEqual({ story, lost: false });
    const silently = lost ? [] : missing.filter((name) => !excused.includes(name));
    expect({ story, silently }).toEqual({ story, silently: [] });
  }

  const rounds = Number(process.env['STACKHAND_LOG_ROUNDS'] ?? 6);
  const seeds = Array.from({ length: rounds }, (_, index) => index + 1);
  test('nothing is lost and nothing is counted twice', async () => {
    for (const seed of seeds) {
      cursors = {};
      await history(seed, false);
    }
  });
  test('where it is truncated, what may be lost is said', async () => {
    for (const seed of seeds) {
      cursors = {};
      await history(seed + 1000, true);
    }
  });
});
