import { describe, expect, jest, test } from '@jest/globals';
import { useTemporal } from '../support/temporal.ts';
import { cliHere, fakeWorker, json, said, useCli } from './support/cli.ts';
import { eventually } from './support/eventually.ts';

// Each line is a process or a few round trips, and the machine may be busy.
jest.setTimeout(60_000);

const temporal = useTemporal();
const cli = useCli(() => temporal.env);

const backup = (vm: string, ...more: string[]): string[] => [
  ...['vm', 'backup', vm, '--host', 'kvm1', '--shutdown'],
  ...more,
];

describe('a backup that is followed', () => {
  test('ends with its summary on stdout, its story on stderr and exit code 0', async () => {
    await temporal.startWorker(await fakeWorker());
    const ran = await cli(backup('web01'));
    expect(ran.stdout).toBe(
      [
        'web01 is backed up to nas: web01-1b2c3d4e/backup_20261122T010203Z',
        '  backup      web01-1b2c3d4e/backup_20261122T010203Z in nas',
        '  size        1 KiB (4 KiB before compression)',
        '  verified    read',
        '  VM was off  42 s',
      ].join('\n'),
    );
    expect(ran.stderr).toMatch(/^Back up web01 on kvm1: vm-backup\/kvm1\/web01\/[0-9a-f]{8}$/m);
    expect(ran.stderr).toMatch(/^ {2}Archive vda: done/m);
    expect(ran.exitCode).toBe(0);
  });

  test('is told the worker with who asked, why, and nothing that nobody said', async () => {
    const ran = await cli(
      backup('web01', '--detach', '--reason', 'upgrade', '--guard-after', '20m', '--bandwidth', '1M/s'),
    );
    const handle = temporal.client.workflow.getHandle(ran.stdout);
    const { events } = await handle.fetchHistory();
    const [payload] = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
    expect(JSON.parse(new TextDecoder().decode(payload?.data as Uint8Array))).toEqual({
      input: { host: 'kvm1', vm: 'web01', shutdown: true, guardAfter: 1200, bandwidth: 1_048_576 },
      startedBy: expect.stringMatching(/^.+@.+$/),
      reason: 'upgrade',
    });
    const description = await handle.describe();
    expect(await description.staticSummary()).toBe('Back up web01 on kvm1');
    expect(description.searchAttributes).toMatchObject({
      StackhandHost: ['kvm1'],
      StackhandVm: ['web01'],
      StackhandState: ['starting'],
    });
  });

  test('that fails says what, where, and what next, with exit code 1 and no stack', async () => {
    await temporal.startWorker(await fakeWorker());
    const ran = await cli(backup('bad01'));
    expect(ran.stdout).toBe('');
    expect(ran.stderr).toContain('error: the share is full\n  where      kvm1\n  what next  free space on the share');
    expect(ran.stderr).not.toMatch(/^ +at /m);
    expect(ran.exitCode).toBe(1);
  });

  test('gives its report with --json, also a failed one', async () => {
    await temporal.startWorker(await fakeWorker());
    const ran = await cli(backup('bad01', '--json', '--quiet'));
    expect(json(ran)).toMatchObject({
      workflowId: expect.stringMatching(/^vm-backup\/kvm1\/bad01\//),
      outcome: 'failed',
      failure: { type: 'ShareFull', remedy: 'free space on the share' },
      items: [{ action: 'Look', state: 'done' }, { action: 'Archive vda', state: 'put back' }, { state: 'planned' }],
    });
    expect(ran.exitCode).toBe(1);
  });

  test('that came too late ends as missed, exit code 6', async () => {
    await temporal.startWorker(await fakeWorker());
    expect((await cli(backup('late01'))).exitCode).toBe(6);
  });

  test('shows bytes, rate and time left from the heartbeats of its activity', async () => {
    await temporal.startWorker(await fakeWorker());
    const running = cli.start(backup('archived01'));
    const story = await said(running, '4 GiB of 8 GiB');
    expect(story).toContain('50 %  4 GiB of 8 GiB  100 MiB/s  40 s left');
    running.kill('SIGKILL');
  });
});

describe('several VMs', () => {
  test('one of which fails are partial: exit code 3, and the report says which', async () => {
    await temporal.startWorker(await fakeWorker());
    const ran = await cli(['vm', 'backup', 'web01', 'bad01', '--host', 'kvm1', '--shutdown', '--parallel', '2']);
    expect(ran.stdout).toContain('1 of 2 VMs is backed up');
    expect(ran.stdout).toContain(
      '  failed  bad01: the share is full\n          stackhand operation show vm-backup/kvm1/bad01/1b2c3d4e',
    );
    expect(ran.exitCode).toBe(3);
  });
});

describe('Ctrl-C', () => {
  test('detaches, says how to follow and cancel, and leaves the operation running', async () => {
    await temporal.startWorker(await fakeWorker());
    const running = cli.start(backup('slow01'));
    const story = await said(running, 'Archive vda: running');
    running.kill('SIGINT');
    const { exitCode, stderr } = await running;
    const id = /vm-backup\/kvm1\/slow01\/[0-9a-f]{8}/.exec(story)?.[0] ?? '';
    const short = id.slice(-8);
    expect(stderr).toContain('detached: the operation goes on');
    expect(stderr).toContain(`follow it: stackhand operation follow ${short}`);
    expect(stderr).toContain(`cancel it: stackhand operation cancel ${short}`);
    expect(exitCode).toBe(130);

    const cancelled = await cli(['operation', 'cancel', short, '--wait']);
    expect(cancelled.stdout).toBe('Cancelled; everything this operation held was put back');
    expect(cancelled.exitCode).toBe(0);
    expect((await cli(['operation', 'follow', short])).exitCode).toBe(4);
  });
});

describe('without a worker', () => {
  // In a namespace that never had one: Temporal remembers them for minutes.
  const empty = useTemporal();
  const there = (): NodeJS.ProcessEnv => empty.env;

  test('a look ends at once with the remedy, exit code 5', async () => {
    const ran = await cli(['vm', 'list', '--host', 'kvm1'], there());
    expect(ran.stderr).toContain('error: no worker is there to look for us\n  what next  start one: stackhand worker');
    expect(ran.exitCode).toBe(5);
  });

  test('following says so, and goes on when one comes', async () => {
    const running = cli.start(backup('web01'), there());
    const story = await said(running, 'no worker serves the queue stackhand');
    expect(story).toContain('start one: stackhand worker, or stackhand dev');
    await empty.startWorker(await fakeWorker());
    expect((await running).exitCode).toBe(0);
  });

  test('a namespace that is not there is told as such', async () => {
    const ran = await cli(['operation', 'list', '--namespace', 'elsewhere']);
    expect(ran.stderr).toContain('has no namespace "elsewhere"');
    expect(ran.exitCode).toBe(5);
  });
});

describe('Temporal that goes away in the middle', () => {
  const own = useTemporal({ own: true });

  test('is said, and the following goes on when it is back', async () => {
    await own.startWorker(await fakeWorker());
    const running = cli.start(backup('slow01'), own.env);
    await said(running, 'Archive vda: running');
    await own.server.kill();
    await said(running, 'Temporal does not answer');
    await own.server.startAgain();
    const [operation] = await eventually(
      async () => json<readonly { workflowId: string }[]>(await cliHere(['operation', 'list', '--json'], own.env)),
      (found) => found.length > 0,
    );
    await cliHere(['operation', 'cancel', operation?.workflowId ?? ''], own.env);
    expect((await running).exitCode).toBe(4);
  }, 60_000);
});
