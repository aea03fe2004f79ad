import { beforeEach, describe, expect, jest, test } from '@jest/globals';
import { useTemporal } from '../support/temporal.ts';
import { fakeWorker, json, cliHere } from './support/cli.ts';

// Each line is a process or a few round trips, and the machine may be busy.
jest.setTimeout(60_000);

const temporal = useTemporal();
const cli = (args: readonly string[]) => cliHere(args, temporal.env);
beforeEach(async () => {
  await temporal.startWorker(await fakeWorker());
}, 60_000);

const nightly = [
  'vm',
  'backup',
  '--all',
  '--exclude',
  'test-*',
  '--host',
  'kvm1',
  '--shutdown',
  '--guard-after',
  '20m',
];
const create = (name: string, ...more: string[]) =>
  cli(['schedule', 'create', name, '--cron', '0 2 * * *', '--timezone', 'Europe/Berlin', ...more]);

describe('schedule create', () => {
  test('keeps what its command would have started, and starts nothing', async () => {
    const ran = await create('nightly', '--window', '2h', '--jitter', '10m', '--', ...nightly);
    expect(ran.stderr).toContain('schedule nightly: Back up all VMs on kvm1');
    expect(ran.stdout).toMatch(/^next run {2}\w{3} \d{4}-\d\d-\d\d 02:0\d (CET|CEST|GMT\+[12])$/m);

    const { action, policies, spec, memo } = await temporal.client.schedule.getHandle('nightly').describe();
    expect(action).toMatchObject({
      workflowType: 'vmBackups',
      taskQueue: 'stackhand',
      workflowId: 'vm-backups/kvm1/nightly',
    });
    expect(action.args).toEqual([
      {
        input: { host: 'kvm1', all: true, exclude: ['test-*'], shutdown: true, guardAfter: 1200 },
        startedBy: expect.stringMatching(/^schedule nightly of .+@.+$/),
        startWindow: 7200,
      },
    ]);
    expect(policies).toMatchObject({ overlap: 'SKIP', catchupWindow: 7_200_000 });
    expect(spec).toMatchObject({ timezone: 'Europe/Berlin', jitter: 600_000 });
    expect(memo).toMatchObject({
      command: "vm backup --all --exclude 'test-*' --host kvm1 --shutdown --guard-after 20m",
    });
    expect(json(await cli(['operation', 'list', '--json']))).toEqual([]);
  });

  test('refuses a second one of the same name, and replaces it when told to', async () => {
    const again = await create('nightly', '--', ...nightly);
    expect(again.stderr).toContain('there is a schedule "nightly" already');
    expect(again.exitCode).toBe(2);
    expect((await create('nightly', '--replace', '--', ...nightly)).exitCode).toBe(0);
  });

  test('warns where running VMs would be refused each night', async () => {
    const ran = await create('careless', '--', 'vm', 'backup', 'web01', '--host', 'kvm1');
    expect(ran.stderr).toContain('warning: without --shutdown a VM that runs at that time is refused');
  });

  test('tells what Temporal says of a wrong cron line', async () => {
    const ran = await cli(['schedule', 'create', 'odd', '--cron', '99 2 * * *', '--', ...nightly]);
    expect(ran.stderr).toContain('Temporal does not accept the times');
    expect(ran.stderr).toContain('a cron line has five fields');
    expect(ran.exitCode).toBe(2);
  });
});

describe('a schedule', () => {
  test('is triggered, followed, and shows how its runs ended', async () => {
    await create('one', '--', 'vm', 'backup', 'web01', '--host', 'kvm1', '--shutdown');
    const run = await cli(['schedule', 'trigger', 'one']);
    expect(run.stdout).toContain('web01 is backed up to nas');
    expect(run.exitCode).toBe(0);
    expect((await cli(['schedule', 'list'])).stdout).toMatch(
      /^one +\w{3} .* 02:00 \S+ +done, just now +vm backup web01 --host kvm1 --shutdown$/m,
    );
    const shown = await cli(['schedule', 'show', 'one']);
    expect(shown.stdout).toContain('one  vm backup web01 --host kvm1 --shutdown');
    expect(shown.stdout).toMatch(/^ran .* done {2}vm-backup\/kvm1\/web01\/one-/m);
  });

  test('is paused with a reason, goes on, and is removed', async () => {
    await create('other', '--', 'vm', 'backup', 'web01', '--host', 'kvm1', '--shutdown');
    await cli(['schedule', 'pause', 'other', '--reason', 'new storage']);
    expect((await cli(['schedule', 'show', 'other'])).stdout).toMatch(/^state +paused: new storage \(.+@.+\)$/m);
    expect((await cli(['schedule', 'resume', 'other'])).stdout).toMatch(/^next run/);
    const removed = await cli(['schedule', 'remove', 'other', '--yes']);
    expect(removed.stderr).toContain('it ran: vm backup web01 --host kvm1 --shutdown');
    const gone = await cli(['schedule', 'show', 'other']);
    expect(gone.stderr).toContain('there is no schedule "other"');
    expect(gone.exitCode).toBe(2);
  });
});
