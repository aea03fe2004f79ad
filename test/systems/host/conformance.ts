import { createHash, randomBytes } from 'node:crypto';
import { access, chmod, mkdir, readFile as readLocal, readdir, stat, writeFile as writeLocal } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readFile, writeFile, type Host, type HostOptions } from '../../../src/systems/host/index.ts';
import { isAlive, until } from '../../support/poll.ts';
import { scratchDirectory } from '../../support/scratch.ts';

/** What a kind of host has to offer for the suite. Commands run as the user of the tests, on this machine. */
export interface Subject {
  /** A host whose commands find `path` as their PATH; `sudo` as its target has it. */
  open(options: { readonly path: string; readonly sudo?: boolean } & HostOptions): Promise<Host>;
  close(): Promise<void>;
}

const systemPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** What every Host does, whatever carries its commands. Real processes, real shells, real files. */
export function describeHost(kind: string, start: () => Promise<Subject>): void {
  describe(`a host over ${kind}`, () => {
    let subject: Subject;
    let host: Host;
    let impatient: Host;
    let privileged: Host;
    let directory: string;

    beforeAll(async () => {
      subject = await start();
      directory = await scratchDirectory('host');
      const path = join(directory, 'bin');
      await mkdir(path);
      await writeLocal(join(path, 'sudo'), fakeSudo(directory));
      await chmod(join(path, 'sudo'), 0o755);
      host = await subject.open({ path: systemPath, env: { ...process.env, WORKER_SECRET: 'of the worker' } });
      impatient = await subject.open({ path: systemPath, graceMs: 500 });
      privileged = await subject.open({ path: `${path}:${systemPath}`, sudo: true });
    }, 60_000);

    afterAll(async () => {
      for (const each of [host, impatient, privileged]) await each.close();
      await subject.close();
    });

    const sh = (script: string, ...args: string[]): string[] => ['sh', '-c', script, 'sh', ...args];

    describe('arguments', () => {
      test('reach the program as they are, whatever is in them', async () => {
        const nasty = [
          'two words',
          '',
          "it's",
          '"double"',
          '$(touch /tmp/never) `id` $HOME ${HOME}',
          'a;b && c || d | e > f < g & h',
          'line one\nline two\r\n',
          '-rf',
          '--',
          '~',
          '*?[a-z]{1,2}',
          'back\\slash \\\\ \\n \\',
          "\\'",
          'tab\tbell\x07 esc\x1b',
          '# no comment',
          '!history',
          'größe 名前 🐢',
          '=x',
          'K=V',
          '%self',
        ];
        const { stdout } = await host.run(['printf', '%s\\0', ...nasty]);
        expect(stdout.split('\0').slice(0, -1)).toEqual(nasty);
      });

      test('may be as long as a script of 60,000 characters', async () => {
        const script = `# ${'x'.repeat(60_000)}\nprintf '%s' "$1"`;
        expect((await host.run(sh(script, 'ran'))).stdout).toBe('ran');
      });

      test.each([
        ['nothing at all', []],
        ['a NUL byte', ['echo', 'a\0b']],
        ['a program with "=" in its name, which env would take for a variable', ['a=b']],
        ['an argument that Linux does not take', ['echo', 'x'.repeat(200_000)]],
      ])('refuses %s', async (_, argv) => {
        await expect(host.run(argv)).rejects.toMatchObject({ type: 'InvalidInput' });
      });

      test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('refuses a deadline of %p', async (deadline) => {
        await expect(host.run(['true'], { deadline })).rejects.toMatchObject({ type: 'InvalidInput' });
      });

      test('a name of a variable that a shell would read otherwise is refused', async () => {
        await expect(host.run(['true'], { env: { 'A;id': '' } })).rejects.toMatchObject({ type: 'InvalidInput' });
      });
    });

    describe('input and output', () => {
      test('every byte of the input arrives', async () => {
        const input = randomBytes(1_000_000);
        const { stdout } = await host.run(['sha256sum'], { input });
        expect(stdout).toBe(`${createHash('sha256').update(input).digest('hex')}  -\n`);
      });

      test('without input stdin is empty, and nothing waits for it', async () => {
        expect(await host.run(['cat'])).toMatchObject({ exitCode: 0, stdout: '' });
      });

      test('input that nobody reads harms nothing', async () => {
        expect(await host.run(['true'], { input: randomBytes(3_000_000) })).toMatchObject({ exitCode: 0 });
      });

      test('stdout and stderr come apart, with the argv they belong to', async () => {
        const argv = sh('printf "größe\\n"; printf warning >&2');
        expect(await host.run(argv)).toEqual({ argv, exitCode: 0, stdout: 'größe\n', stderr: 'warning' });
      });

      test('of too much output the beginning is kept, and said to be only that', async () => {
        const { stdout, truncated } = await host.run(sh('echo begin; head -c 20000000 /dev/zero'), { maxOutput: 10 });
        expect(stdout).toBe('begin\n\0\0\0\0');
        expect(truncated).toBe(true);
      });

      test('a cut never goes through a character', async () => {
        expect((await host.run(['printf', 'ääää'], { maxOutput: 5 })).stdout).toBe('ää');
      });

      test('of stderr the end is kept, where the reason stands', async () => {
        const { stderr } = await host.run(sh('head -c 500000 /dev/zero | tr "\\0" x >&2; echo the reason >&2'));
        expect(stderr.length).toBeLessThanOrEqual(64 * 1024);
        expect(stderr.length).toBeGreaterThan(60_000);
        expect(stderr.slice(-14)).toBe('xxxthe reason\n');
      });

      test('lines are handed on while the command runs, and not collected', async () => {
        const go = join(directory, 'go');
        const lines: string[] = [];
        const running = host.run(sh('echo one; until [ -e "$1" ]; do sleep 0.05; done; printf "two\\n\\nthrée"', go), {
          onLine: (line) => lines.push(line),
        });
        await until('the first line', () => lines.length === 1);
        await writeLocal(go, '');
        expect(await running).toMatchObject({ exitCode: 0, stdout: '' });
        expect(lines).toEqual(['one', 'two', '', 'thrée']);
      });

      test('what onLine throws ends the wait', async () => {
        const onLine = (): void => {
          throw new Error('not that line');
        };
        await expect(host.run(sh('echo; sleep 5'), { onLine })).rejects.toThrow('not that line');
      });

      test('bytes go where they are wanted, all of them, no faster than they are taken', async () => {
        const file = join(directory, 'bytes');
        const bytes = randomBytes(12 * 1024 * 1024 + 77);
        await writeLocal(file, bytes);
        const digest = createHash('sha256');
        let most = 0;
        const output = new Writable({
          write: (chunk: Buffer, _encoding, taken) => {
            digest.update(chunk);
            most = Math.max(most, output.writableLength);
            setTimeout(taken, 1);
          },
        });
        expect(await host.run(['cat', file], { output })).toMatchObject({ exitCode: 0, stdout: '' });
        output.end();
        await finished(output);
        expect(digest.digest('hex')).toBe(createHash('sha256').update(bytes).digest('hex'));
        expect(most).toBeLessThan(4 * 1024 * 1024);
      });

      test('where nobody takes the output any more the command is let go of', async () => {
        const output = new PassThrough();
        output.once('data', () => output.destroy(new Error('enough of that')));
        output.on('error', () => undefined);
        await expect(host.run(['cat', '/dev/zero'], { output, deadline: 30 })).rejects.toThrow('enough of that');
      });
    });

    describe('ends', () => {
      test.each([0, 1, 42, 137, 255])('exit code %i is a result like any other', async (code) => {
        expect(await host.run(sh('exit "$1"', String(code)))).toMatchObject({ exitCode: code });
      });

      test.each([
        ['TERM', 143],
        ['KILL', 137],
        ['SEGV', 139],
      ])('a command that SIG%s ends has exit code %i', async (signal, exitCode) => {
        expect(await host.run(sh('ulimit -c 0; kill -s "$1" $$', signal))).toMatchObject({ exitCode });
      });

      test('a program that is not there has exit code 127', async () => {
        const { exitCode, stderr } = await host.run(['no-such-program', '--help']);
        expect(exitCode).toBe(127);
        expect(stderr).toContain('no-such-program');
      });

      test('at its deadline a command is killed, with all that it started', async () => {
        const file = join(directory, 'pids');
        const script = 'trap "" TERM INT HUP; sleep 300 & echo $$ $! > "$1"; wait';
        await expect(host.run(sh(script, file), { deadline: 1 })).rejects.toMatchObject({
          type: 'CommandTimedOut',
          message: expect.stringContaining('killed at its deadline of 1 s'),
        });
        const pids = (await readLocal(file, 'utf8')).trim().split(' ').map(Number);
        expect(pids).toHaveLength(2);
        for (const pid of pids) await until(`${pid} is gone`, async () => !(await isAlive(pid)));
      });

      test('a process left behind that keeps the output open is found out', async () => {
        const running = impatient.run(sh('setsid sleep 4 & echo started'), { deadline: 1 });
        await expect(running).rejects.toMatchObject({
          type: 'CommandTimedOut',
          message: expect.stringContaining('ended with 0, but something that it started keeps its output open'),
        });
      });
    });

    describe('environment', () => {
      test('has what was given, under a locale that speaks English', async () => {
        const value = 'a "b" \'c\' $d\ne\\';
        const script = 'printf "%s|%s" "$GIVEN" "$LC_ALL"';
        expect((await host.run(sh(script), { env: { GIVEN: value } })).stdout).toBe(`${value}|C`);
      });

      test('has nothing of the worker in it', async () => {
        expect((await host.run(['env'])).stdout).not.toContain('of the worker');
      });
    });

    describe('many at once', () => {
      test('20 commands together get their own answers', async () => {
        const numbers = Array.from({ length: 20 }, (_, index) => String(index));
        const results = await Promise.all(numbers.map((n) => host.run(sh('sleep 0.2; printf %s "$1"', n))));
        expect(results.map(({ stdout }) => stdout)).toEqual(numbers);
      });

      test('streams that last never keep a short command waiting', async () => {
        const done = join(directory, 'done');
        let started = 0;
        const streams = Array.from({ length: 12 }, () =>
          host.run(sh('echo here; until [ -e "$1" ]; do sleep 0.2; done', done), { onLine: () => started++ }),
        );
        await until('all streams are open', () => started === 12, 25);
        expect((await host.run(['printf', 'through'])).stdout).toBe('through');
        await writeLocal(done, '');
        await Promise.all(streams);
      });
    });

    describe('an abort', () => {
      test('before the start runs nothing', async () => {
        const file = join(directory, 'never');
        const signal = AbortSignal.abort(new Error('changed my mind'));
        await expect(host.run(['touch', file], { signal })).rejects.toThrow('changed my mind');
        await expect(access(file)).rejects.toThrow('ENOENT');
      });

      test('ends the wait at once, with its own reason; the host stays usable', async () => {
        const controller = new AbortController();
        const begun = performance.now();
        const running = host.run(sh('echo; sleep 3'), {
          signal: controller.signal,
          onLine: () => controller.abort(new Error('enough')),
        });
        await expect(running).rejects.toThrow('enough');
        expect(performance.now() - begun).toBeLessThan(2900);
        expect(await host.run(['true'])).toMatchObject({ exitCode: 0 });
      });

      test('also ends the wait of a command that has no place yet', async () => {
        const busy = Array.from({ length: 8 }, () => host.run(['sleep', '1']));
        const controller = new AbortController();
        const waiting = host.run(['sleep', '3'], { signal: controller.signal });
        controller.abort(new Error('no longer'));
        await expect(waiting).rejects.toThrow('no longer');
        await Promise.all(busy);
      });
    });

    describe('sudo', () => {
      const setSudo = (answer: string): Promise<void> => writeLocal(join(directory, 'sudo-answer'), answer);

      test('stands before the command where the target has it, above timeout', async () => {
        await setSudo('');
        const { stdout } = await privileged.run(sh('printf "%s|%s" "$BY_SUDO" "$GIVEN"'), { env: { GIVEN: 'too' } });
        expect(stdout).toBe('timeout|too');
      });

      test('is left out where a command does without', async () => {
        expect((await privileged.run(sh('printf %s "$BY_SUDO"'), { sudo: false })).stdout).toBe('');
      });

      test.each([
        'sudo: a password is required',
        'sudo: a terminal is required to read the password; either use the -S option or configure an askpass helper',
        'Sorry, user ops is not allowed to execute /usr/bin/timeout as root on kvm1.',
        'ops is not in the sudoers file.',
      ])('that wants a person is named: %s', async (answer) => {
        await setSudo(answer);
        await expect(privileged.run(['true'])).rejects.toMatchObject({
          type: 'SudoNeedsPassword',
          message: expect.stringContaining(answer),
        });
      });

      test('a deadline holds below it, too', async () => {
        await setSudo('');
        await expect(privileged.run(['sleep', '60'], { deadline: 1 })).rejects.toMatchObject({
          type: 'CommandTimedOut',
        });
      });
    });

    describe('files', () => {
      test('what was written is read back, with its mode', async () => {
        const path = join(directory, "a file's $name");
        await writeFile(host, path, 'größe\nno newline at the end', { mode: 0o640 });
        expect(await readFile(host, path)).toBe('größe\nno newline at the end');
        expect((await stat(path)).mode & 0o7777).toBe(0o640);
      });

      test('a file is replaced as a whole, and leaves no other behind', async () => {
        const within = join(directory, 'replaced');
        await mkdir(within);
        const path = join(within, 'state.json');
        await writeFile(host, path, 'old', { mode: 0o600 });
        const before = await stat(path);
        await writeFile(host, path, Buffer.from('new'), { mode: 0o600 });
        expect((await stat(path)).ino).not.toBe(before.ino);
        expect(await readFile(host, path)).toBe('new');
        expect(await readdir(within)).toEqual(['state.json']);
      });

      test('a file that is not there is undefined, one that can not be read is a failure', async () => {
        expect(await readFile(host, join(directory, 'absent'))).toBeUndefined();
        await expect(readFile(host, directory)).rejects.toMatchObject({ type: 'CommandFailed' });
        await expect(readFile(host, 'relative')).rejects.toMatchObject({ type: 'InvalidInput' });
      });

      test('a directory that is not there is a failure', async () => {
        const writing = writeFile(host, join(directory, 'absent', 'file'), '', { mode: 0o600 });
        await expect(writing).rejects.toMatchObject({
          type: 'CommandFailed',
          message: expect.stringContaining('absent'),
        });
      });
    });
  });
}

/** Answers as the file says, or runs the rest as sudo does; BY_SUDO is what it was asked to run. */
function fakeSudo(directory: string): string {
  return `#!/bin/sh
[ "$1 $2" = '-n --' ] || exit 99
[ "$LC_ALL" = C ] || exit 98
shift 2
answer=$(cat '${directory}/sudo-answer')
if [ -n "$answer" ]; then echo "$answer" >&2; exit 1; fi
BY_SUDO=$1 exec "$@"
`;
}
