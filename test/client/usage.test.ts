import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, jest, test } from '@jest/globals';
import { useCli, json } from './support/cli.ts';

// Each line is a process or a few round trips, and the machine may be busy.
jest.setTimeout(60_000);

const cli = useCli();

describe('a wrong command line starts nothing and says what to type', () => {
  test.each([
    [['vm', 'bakcup'], "unknown command 'bakcup'", '(Did you mean backup?)'],
    [['vm', 'backup', 'web01', '--shutdwn'], "unknown option '--shutdwn'", '(Did you mean --shutdown?)'],
    [['vm', 'backup', 'web01', '--level', '20'], '--level', 'whole number from 1 to 19'],
    [['vm', 'backup', 'web01', '--guard-after', '5'], '--guard-after', 'a duration with its unit'],
    [['vm', 'backup', 'web01', '--bandwidth', 'fast'], '--bandwidth', 'a rate with its unit'],
    [['vm', 'backup', 'web01', '--verify', 'maybe'], '--verify', 'read, compare, none'],
    [['vm', 'backup', 'web01', '--all', '--host', 'kvm1'], 'name VMs, or say --all: not both', ''],
    [['vm', 'backup', '--host', 'kvm1'], 'no VM is named', 'name at least one VM, or --all'],
    [['vm', 'backup', 'a/b', '--host', 'kvm1', '--shutdown'], 'NAME: a VM name has no slash', ''],
    [
      ['vm', 'backup', 'web01', '--host', 'kvm1', '--shutdown', '--verify', 'compare', '--start-early'],
      'does not go with --start-early',
      '',
    ],
    [
      ['vm', 'backup', 'web01', 'db01', '--host', 'kvm1', '--shutdown', '--exclude', 'x'],
      '--exclude goes with --all',
      '',
    ],
    [['vm', 'restore', 'web01', '--host', 'kvm1', '--directory', 'images'], '--directory: an absolute path', ''],
    [['vm', 'restore', 'web01', '--host', 'kvm1', '--device', 'vdb'], '--device', 'vdb=/dev/vg0/data'],
    [['vm', 'verify', '--host', 'kvm1'], 'name backups, or say all', ''],
    [['vm', 'prune', '--host', 'kvm1', '--keep-last', '0'], '--keep-last', 'whole number from 1'],
    [['schedule', 'create', 'nightly'], '--cron', ''],
    [['schedule', 'create', 'a b', '--cron', '0 2 * * *', '--', 'vm', 'list'], 'is no name for a schedule', ''],
    [['schedule', 'create', 'nightly', '--cron', '0 2 * * *'], 'say what to run', 'after --'],
    [['schedule', 'create', 'n', '--cron', '0 2 * * *', '--timezone', 'Mars', '--', 'vm', 'list'], 'Europe/Berlin', ''],
    [['schedule', 'create', 'n', '--cron', '0 2 * * *', '--', 'init'], '"init" starts no operation', ''],
    [
      ['schedule', 'create', 'n', '--cron', '0 2 * * *', '--', 'vm', 'backup', '--levle'],
      "unknown option '--levle'",
      '',
    ],
    [['dev', '--stop', '--status'], 'say one of', ''],
  ])('%j', async (args, message, hint) => {
    const ran = await cli(args);
    expect(ran.stderr).toContain(message);
    expect(ran.stderr).toContain(hint);
    expect(ran.stderr).not.toMatch(/^ +at /m);
    expect(ran.stdout).toBe('');
    expect(ran.exitCode).toBe(2);
  });

  test('with --json the answer is one document, also then', async () => {
    const ran = await cli(['vm', 'backup', 'web01', '--levle', '3', '--json']);
    expect(json(ran)).toEqual({ error: { type: 'InvalidInput', message: expect.stringContaining('--levle') } });
    expect(ran.exitCode).toBe(2);
  });

  test('a noun without a verb shows its help', async () => {
    const ran = await cli(['vm']);
    expect(ran.stderr).toContain('backups');
    expect(ran.exitCode).toBe(2);
  });
});

describe('a wrong config', () => {
  test('is told with file and line, and nothing starts', async () => {
    const file = join(cli.home, 'wrong.yaml');
    await writeFile(file, 'hosts:\n  kvm1:\n    adress: kvm1\n', { mode: 0o600 });
    const ran = await cli(['vm', 'list', '--host', 'kvm1', '--config', file]);
    expect(ran.stderr).toContain(`${file}:3:`);
    expect(ran.stderr).toContain('adress');
    expect(ran.exitCode).toBe(2);
  });

  test('does not keep anybody from looking at operations', async () => {
    const file = join(cli.home, 'wrong.yaml');
    const ran = await cli(['operation', 'list', '--address', '127.0.0.1:1'], { STACKHAND_CONFIG: file });
    expect(ran.stderr).toContain('Temporal at 127.0.0.1:1 does not answer');
  });
});

describe('Temporal that does not answer', () => {
  const away = { TEMPORAL_ADDRESS: '127.0.0.1:1' };

  test('is one sentence with the remedy, and exit code 5', async () => {
    const ran = await cli(['operation', 'list'], away);
    expect(ran.stderr).toContain('Temporal at 127.0.0.1:1 does not answer (connection refused');
    expect(ran.stderr).toContain('what next  start one for this machine with stackhand dev');
    expect(ran.exitCode).toBe(5);
  });

  test('is a document with --json', async () => {
    const ran = await cli(['vm', 'list', '--host', 'kvm1', '--json'], away);
    expect(json<{ error: object }>(ran).error).toMatchObject({ type: 'TemporalUnreachable', where: '127.0.0.1:1' });
  });

  test('is what doctor finds', async () => {
    const ran = await cli(['doctor'], away);
    expect(ran.stdout).toMatch(/^ok +config: none/m);
    expect(ran.stdout).toMatch(/^failed +Temporal: .*does not answer/m);
    expect(ran.exitCode).toBe(5);
  });
});

describe('init', () => {
  test('writes a config that is right as it stands, once', async () => {
    const first = await cli(['init']);
    expect(first.stdout).toBe(join(cli.home, '.config/stackhand/config.yaml'));
    expect((await cli(['doctor'], { TEMPORAL_ADDRESS: '127.0.0.1:1' })).stdout).toContain(
      `ok       config: ${first.stdout}`,
    );
    const again = await cli(['init']);
    expect(again.stderr).toContain('is there already');
    expect(again.stderr).toContain('--force');
    expect(again.exitCode).toBe(2);
    expect((await cli(['init', '--force'])).exitCode).toBe(0);
  });
});
