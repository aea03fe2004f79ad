import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { scanLogs } from '../../../src/systems/logs/index.ts';
import type { LogScan } from '../../../src/contracts/log-scan.ts';
import type { Host } from '../../../src/systems/host/host.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import { localHost } from '../jobs/support/local.ts';

const mebibyte = 1024 * 1024;
const context = '[None req-0c2f31a4-9a0f-4b7e-8a52-1f5d3c9b7e10 4f1d - - - default default]';
const line = (level: string, text: string): string =>
  `2026-11-25 10:11:12.345 7 ${level} nova.compute.manager ${context} ${text}\n`;
const raw = (text: string): string =>
  `Traceback (most recent call last):\n  File "/usr/lib/nova.py", line 7, in run\n    run()\nValueError: ${text}\n`;

let directory = '';
let log = '';
let calls = '';
beforeEach(async () => {
  directory = await scratchDirectory('large-logs');
  log = join(directory, 'nova.log');
  calls = join(directory, 'grep-calls');
  await mkdir(join(directory, 'bin'));
});

/** A host whose grep notes the words that it's asked for, and then looks for them, or fails. */
async function hostWithGrep(fails = false): Promise<Host> {
  const grep = join(directory, 'bin/grep');
  await writeFile(grep, `#!/bin/sh\necho "$@" >>'${calls}'\n${fails ? 'exit 2' : 'exec /usr/bin/grep "$@"'}\n`);
  await chmod(grep, 0o755);
  return localHost({ PATH: `${join(directory, 'bin')}:/usr/local/bin:/usr/bin:/bin` });
}

const asked = (): Promise<string> => readFile(calls, 'utf8').catch(() => '');

async function scan(host: Host): Promise<LogScan> {
  const limits = { groups: 200, sample: 1000, firstSightBytes: 268_435_456 };
  return scanLogs(host, { globs: [log], since: 0, now: 1_800_000_000, cursors: {}, limits });
}

type Ways = readonly [name: string, filler: string, extra: readonly string[], words: readonly string[]];
const ways: readonly Ways[] = [
  ['of oslo.log', line('INFO', 'all is well'), [], []],
  [
    'of oslo.log, with the letters of levels in all lines',
    line('DEBUG', 'SELECT ports FROM A LEFT JOIN C ON TRUE ORDER BY (kick) back'),
    [],
    ['RITI', 'Traceback ('],
  ],
  [
    'in capitals',
    `${line('INFO', 'all is well')}2026-11-25 10:11:12,345 - glance - INFO - all is well\n`,
    ['2026-11-25 10:11:12 FATAL: gone\n', '2026-11-25 10:11:12 [ALERT] gone\n', 'EMERG gone\n', 'CRIT gone\n'],
    [],
  ],
  [
    'in capitals, with the letters of levels in all lines',
    `2026-11-25 10:11:12 DEBUG SELECT GRAMS FROM A LEFT JOIN MY ON TRUE ORDER BY (kick) back\n`,
    ['2026-11-25 10:11:12 FATAL: gone\n', '2026-11-25 10:11:12 [ALERT] gone\n', 'EMERG gone\n', 'CRIT gone\n'],
    ['CRIT', 'MERG', 'Traceback ('],
  ],
  [
    'of a container',
    `2026-11-25T10:11:12.345678901+00:00 stdout F ${line('INFO', 'all is well')}`,
    [`2026-11-25T10:11:12.345678901+00:00 stderr F ${line('ERROR', 'of the container')}`],
    [],
  ],
  [
    'of several programs',
    `${line('INFO', 'all is well')}[Thu Nov 26 10:11:12 2026] [core:notice] [pid 7] fine\n`,
    ['[Thu Nov 26 10:11:12 2026] [core:error] [pid 7] lower\n'],
    ['FATAL', 'merg'],
  ],
];

describe.each(ways)('a large log, %s, is read as a small one is', (_, filler, extra, words) => {
  const findings = [
    line('ERROR', '"plain"'),
    line('CRITICAL', '"critical"'),
    line('ERROR', '"with a traceback"') +
      line('ERROR', 'Traceback (most recent call last):') +
      line('ERROR', 'Gone: 7'),
    line('ERROR', '"with a bare one"') + raw('bare'),
    raw('alone'),
    line('INFO', raw('said').trimEnd()),
    `${raw('first')}\nDuring handling of the above exception, another exception occurred:\n\n${raw('second')}`,
    line('INFO', `ERROR in words, ${'far '.repeat(3000)} ERROR`),
    line('ERROR', `"long" ${'far '.repeat(3000)} CRITICAL`),
    ...extra,
  ];
  const block = findings.map((finding) => finding + filler.repeat(250)).join('');
  const found = async (host: Host, copies: number): Promise<unknown[]> => {
    await writeFile(log, block.repeat(copies));
    const { groups } = await scan(host);
    return groups.map(({ level, signature, count }) => [level, signature, count / copies]).sort();
  };

  test('with the same findings', async () => {
    const host = await hostWithGrep();
    const small = await found(host, 1);
    expect(small).toHaveLength(8 + extra.length);
    const copies = Math.ceil((20 * mebibyte) / block.length);
    expect(await found(host, copies)).toEqual(small);
    for (const word of words) expect(await asked()).toContain(word);
    if (words.length === 0) expect(await asked()).toBe('');
  });

  if (words.length > 0)
    test('also where grep fails', async () => {
      const host = await hostWithGrep(true);
      const small = await found(host, 1);
      expect(await found(host, Math.ceil((9 * mebibyte) / block.length))).toEqual(small);
      expect(await asked()).not.toBe('');
    });

  test('wherever a block ends', async () => {
    let text = '';
    const tokens: string[] = [];
    for (let block = 1; block <= 18; block += 1) {
      const token = `at ${'abcdefghijklmnopqrs'[block]!}`;
      const [finding, word] = [
        [line('ERROR', `"${token}"`), 'ERROR'] as const,
        [line('CRITICAL', `"${token}"`), 'CRITICAL'] as const,
        [raw(`"${token}"`), 'Traceback ('] as const,
      ][block % 3]!;
      // The word begins some bytes before the end of a MiB: more with each.
      const before = block * mebibyte - (block % 13) - finding.indexOf(word) - text.length;
      const lines = Math.floor(before / filler.length) - 2;
      const rest = before - lines * filler.length - line('INFO', '').length;
      text += filler.repeat(lines) + line('INFO', '.'.repeat(rest)) + finding;
      tokens.push(token);
    }
    await writeFile(log, text);
    // Whole files are grep's: without it, ours end at the same places.
    const { groups } = await scan(await hostWithGrep(true));
    expect(groups.map(({ signature, count }) => [/"(.*?)"/.exec(signature)?.[1], count]).sort()).toEqual(
      tokens.map((token) => [token, 1]),
    );
  });

  test('with thousands of errors at one place', async () => {
    const calm = filler.repeat(Math.ceil((6 * mebibyte) / filler.length));
    const storm = Array.from({ length: 3000 }, (_each, at) => line('ERROR', `"storm" ${at}`)).join('');
    await writeFile(log, calm + storm + calm + line('ERROR', '"end"'));
    const { groups } = await scan(await hostWithGrep());
    expect(groups.map(({ count }) => count).sort()).toEqual([1, 3000]);
  });
});

describe('a log of oslo.log, read by letters', () => {
  const info = line('INFO', 'all is well');
  const calm = (size: number): string => info.repeat(Math.ceil(size / info.length));
  const counts = ({ groups }: LogScan): number[] => groups.map(({ count }) => count).sort((one, two) => one - two);

  test("another program's lines are found in it, also where the sample has none of them", async () => {
    const other = '[Thu Nov 26 10:11:12 2026] [core:error] [pid 7] lower\n'.repeat(11_000);
    for (const before of [66.85, 79.8]) {
      await writeFile(log, calm(before * mebibyte) + other + calm((127 - before) * mebibyte) + line('ERROR', 'end'));
      expect(counts(await scan(await hostWithGrep()))).toEqual([1, 11_000]);
    }
    expect(await asked()).toBe('');
  });

  /** What goes wrong in Python, each time by calling `fail`. */
  const faults = {
    'no thread can be started': `
import threading
threading.Thread.start = lambda thread: fail(RuntimeError("can't start new thread"))
`,
    'there is no /proc': `
import builtins
builtins.open = lambda path, *more, **named: fail(FileNotFoundError(2, "No such file", path))
`,
    'a read fails, and not again': `
import builtins, io
class Failing(io.FileIO):
    reads = 0
    def readinto(self, data):
        Failing.reads += 1
        return fail(OSError(5, "Input/output error")) if Failing.reads == 9 else super().readinto(data)
builtins.open = lambda path, *more, **named: Failing(path)
`,
  };
  test.each(Object.entries(faults))('nothing is missed or counted twice where %s', async (_, fault) => {
    await writeFile(log, (calm(3 * mebibyte) + line('ERROR', 'here')).repeat(6));
    const [failed, before] = [join(directory, 'failed'), join(directory, 'before.py')];
    const fail = `known = open\ndef fail(error):\n    known('${failed}', 'w').close()\n    raise error\n`;
    await writeFile(before, fail + fault);
    const host = await hostWithGrep();
    const python = join(directory, 'bin/python3');
    // Called as python3 -I -S -c PROGRAM.
    const program = `exec(open('${before}').read())\n$4`;
    await writeFile(python, `#!/bin/sh\nexec /usr/bin/python3 -I -S -c "${program}"\n`);
    await chmod(python, 0o755);
    const result = await scan(host);
    expect([counts(result), result.unread]).toEqual([[6], []]);
    expect(existsSync(failed)).toBe(true);
  });
});

test.each([
  ['among lines of oslo.log', line('INFO', 'all is well')],
  ['among others', '2026-11-25 10:11:12 the state is well\n'],
])('a large log has the findings of a small one, however levels are spelled, %s', async (_, filler) => {
  const names = ['error', 'crit', 'critical', 'fatal', 'alert', 'emerg'];
  const spellings = names.flatMap((name) => [name, name.toUpperCase(), name[0]!.toUpperCase() + name.slice(1)]);
  const lines = spellings.flatMap((name) => [
    `2026-11-25 10:11:12 [${name}] "marked ${name}"`,
    `[Sat Nov 28 16:41:56.123 2026] [core:${name}] [pid 7] "apache ${name}"`,
    `time="2026-11-25T10:11:12Z" level=${name} msg="key ${name}"`,
    `{"level":"${name}","ts":"2026-11-25T10:11:12Z","msg":"json ${name}"}`,
    ...(name === name.toUpperCase() ? [`2026-11-25 10:11:12.345 7 ${name} nova [-] "bare ${name}"`] : []),
  ]);
  const block = `${lines.join('\n')}\n${filler.repeat(120)}`;
  const found = async (copies: number): Promise<unknown[]> => {
    await writeFile(log, block.repeat(copies));
    const { groups } = await scan(localHost());
    return groups.map(({ level, signature, count }) => [level, signature, count / copies]).sort();
  };
  const small = await found(1);
  expect(small).toHaveLength(lines.length);
  const copies = Math.ceil((12 * 1024 * 1024) / block.length);
  expect(await found(copies)).toEqual(small);
});
