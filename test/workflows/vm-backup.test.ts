import { beforeEach, describe, expect, test } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import type { Ledger, Report } from '../../src/contracts/operation.ts';
import type { VmBackupResult } from '../../src/contracts/vm-backup.ts';
import { until } from '../support/poll.ts';
import { useTemporal } from '../support/temporal.ts';
import { FakeHost } from './fake-host.ts';
import { begin as beginOn, failure, reaches } from './runbook.ts';

const temporal = useTemporal();
let host: FakeHost;

beforeEach(() => {
  host = new FakeHost();
});

const begin = (): Promise<WorkflowHandle> => beginOn(temporal, host, 'vmBackup', { vm: 'web01' });

async function report(): Promise<Report<VmBackupResult>> {
  return (await (await begin()).result()) as Report<VmBackupResult>;
}

const asItWas = {
  running: true,
  mounted: false,
  guard: 'absent',
  partial: false,
  record: false,
  leased: false,
  lease: false,
};

describe('a backup', () => {
  test('ends with the VM running, the share unmounted, one stop and one start', async () => {
    const { outcome, result } = await report();
    expect(outcome).toBe('done');
    expect(host).toMatchObject({ ...asItWas, finished: true, starts: 1, stops: 1 });
    expect(result?.archives.map(({ file }) => file)).toEqual(['vda.tar.zst', 'vdb.tar.zst']);
  });

  test('probes the share, checks the space and arms the guard before the shutdown', async () => {
    await report();
    const order = (name: string): number => host.calls.indexOf(name);
    expect(order('probe')).toBeLessThan(order('shutDown'));
    expect(order('preflight')).toBeLessThan(order('shutDown'));
    expect(order('armGuard')).toBeLessThan(order('shutDown'));
    expect(order('verify')).toBeLessThan(order('finishBackup'));
    expect(order('start')).toBeLessThan(order('disarmGuard'));
  });

  test('leaves a VM off that was off, and arms no guard', async () => {
    host.running = false;
    await report();
    expect(host).toMatchObject({ running: false, starts: 0, stops: 0, finished: true });
    expect(host.calls).not.toContain('armGuard');
  });

  test('starts the VM before the verification with startEarly', async () => {
    host.settings = { startEarly: true };
    await report();
    expect(host.calls.indexOf('start')).toBeLessThan(host.calls.indexOf('verify'));
    expect(host).toMatchObject({ ...asItWas, starts: 1 });
  });

  test('leaves the VM off with after: leave, and starts one that was off with after: start', async () => {
    host.settings = { after: 'leave' };
    await report();
    expect(host).toMatchObject({ running: false, guard: 'absent', starts: 0 });
    await temporal.stopWorkers();

    host = new FakeHost();
    host.running = false;
    host.settings = { after: 'start' };
    await report();
    expect(host).toMatchObject({ running: true, starts: 1 });
  });

  test('prunes only after it was verified', async () => {
    host.keep = { last: 3 };
    expect((await report()).result?.pruned).toHaveLength(1);
    await temporal.stopWorkers();

    host = new FakeHost();
    host.keep = { last: 3 };
    host.settings = { verify: 'none' };
    expect((await report()).result?.pruned).toEqual([]);
    expect(host.calls).not.toContain('pruneBackup');
  });

  test('is partial, not failed, when only the pruning fails', async () => {
    host.keep = { last: 3 };
    host.fail('planRetention', 'InvalidInput');
    expect((await report()).outcome).toBe('partial');
    expect(host).toMatchObject({ ...asItWas, finished: true });
  });
});

describe('retention', () => {
  beforeEach(() => {
    host.keep = { last: 1 };
    host.old = ['web01-11111111/backup_20200101T000000Z', 'web00-11111111/backup_20190101T000000Z'];
  });

  test('tells what it removed, also before a worker died and before it gave up', async () => {
    host.fail('pruneBackup', 'HostUnreachable', 1, 1);
    expect((await report()).result?.pruned).toEqual(host.old);
    await temporal.stopWorkers();

    const { old, keep } = host;
    host = Object.assign(new FakeHost(), { old, keep });
    host.fail('pruneBackup', 'RepositoryBusy', 1, 1, true);
    expect(await report()).toMatchObject({ outcome: 'partial', result: { pruned: [old[0]] } });
    expect(host).toMatchObject({ ...asItWas, finished: true });
  });

  test.each(['pruneBackup', 'emptyPartial'] as const)(
    '%s is waited for, and seen to its end in a cancel',
    async (at) => {
      if (at === 'emptyPartial') {
        host.fail('archive', 'PreconditionLost');
        host.when('archive', () => {
          host.bootId = 'boot-2';
          host.mounted = false;
        });
      }
      host.hold(at);
      const handle = await begin();
      await reaches(host, at);
      await handle.cancel();
      expect(await failure(handle)).toBe('CancelledFailure');
      expect(host).toMatchObject(asItWas);
      const { events } = await handle.fetchHistory();
      const deadlines = (events ?? []).flatMap(({ activityTaskScheduledEventAttributes: activity }) =>
        activity?.activityType?.name === at ? Number(activity.startToCloseTimeout?.seconds) : [],
      );
      // At a deadline the next attempt would remove the same beside this one.
      expect(deadlines).toEqual([30 * 24 * 3600]);
    },
  );
});

describe('a failure', () => {
  test.each([
    ['probe', 'ShareNotWritable'],
    ['preflight', 'ShareFull'],
    ['layOut', 'ShareFull'],
    ['armGuard', 'ToolMissing'],
    ['shutDown', 'ShutdownTimedOut'],
    ['shutDown', 'GuardActed'],
    ['archive', 'ShareFull'],
    ['archive', 'SourceUnreadable'],
    ['checkImages', 'ImageDamaged'],
    ['verify', 'ArchiveCorrupt'],
    ['finishBackup', 'ShareFull'],
  ] as const)('in %s puts everything back, and is named %s', async (activity, type) => {
    host.fail(activity, type);
    const handle = await begin();
    expect(await failure(handle)).toBe(type);
    expect(host).toMatchObject({ ...asItWas, finished: false });
    expect(host.starts).toBe(host.stops);
    expect(host.told).toEqual(['failed']);
  });

  test('starts the VM before anything else is put back', async () => {
    host.fail('archive', 'ShareFull');
    await failure(await begin());
    const undo = host.calls.slice(host.calls.indexOf('archive') + 1);
    expect(undo.indexOf('bringBack')).toBeLessThan(undo.indexOf('stopJobs'));
    expect(undo.indexOf('stopJobs')).toBeLessThan(undo.indexOf('dropPartial'));
    expect(undo.indexOf('dropPartial')).toBeLessThan(undo.indexOf('unmount'));
  });

  test('before anything was touched touches nothing', async () => {
    host.fail('lookForBackup', 'VmRefused');
    expect(await failure(await begin())).toBe('VmRefused');
    expect(host.calls).not.toContain('mount');
    expect(host).toMatchObject({ starts: 0, stops: 0 });
  });

  test('of an undo does not keep the rest from being put back, is told, and is tried again', async () => {
    host.fail('archive', 'ShareFull');
    host.fail('dropPartial', 'InvalidInput');
    const handle = await begin();
    expect(await failure(handle)).toBe('ShareFull');
    expect(host).toMatchObject(asItWas);
    expect(host.told).toEqual(['undo stuck', 'failed']);
  }, 60_000);

  test('of an undo is tried again at once on a resume, and pauses longer each time otherwise', async () => {
    host.fail('archive', 'ShareFull');
    host.fail('dropPartial', 'HostKeyChanged', 2);
    const handle = await begin();
    const pauses = async (): Promise<number[]> => {
      const { events } = await handle.fetchHistory();
      return (events ?? []).flatMap(({ timerStartedEventAttributes: timer }) =>
        timer?.startToFireTimeout?.seconds == null ? [] : [Number(timer.startToFireTimeout.seconds)],
      );
    };
    for (const rounds of [1, 2]) {
      await until('it pauses', async () => (await pauses()).length === rounds);
      await handle.signal('resume');
    }
    expect(await failure(handle)).toBe('ShareFull');
    expect(host).toMatchObject(asItWas);
    expect(await pauses()).toEqual([20, 40]);
  }, 20_000);

  test('because the share is gone mounts it again to remove what is half, and unmounts it', async () => {
    host.fail('archive', 'ShareFull');
    host.when('archive', () => {
      host.mounted = false;
    });
    expect(await failure(await begin())).toBe('ShareFull');
    expect(host).toMatchObject(asItWas);
  });

  test('keeps the record on the host as long as something is not put back', async () => {
    host.fail('archive', 'ShareFull');
    host.fail('dropPartial', 'InvalidInput', 1000);
    const handle = await begin();
    await reaches(host, 'unmount');
    await handle.signal('abandon');
    expect(await failure(handle)).toBe('Abandoned');
    expect(host).toMatchObject({
      running: true,
      mounted: false,
      partial: true,
      record: true,
      leased: true,
      lease: false,
    });
  });

  test('to bring the VM back is told as such, and abandon ends it', async () => {
    host.fail('archive', 'ShareFull');
    host.fail('bringBack', 'InvalidInput', 1000);
    const handle = await begin();
    await reaches(host, 'bringBack');
    const deadline = Date.now() + 20_000;
    while ((await handle.query<Ledger>('ledger')).phase !== 'needs you' && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect((await handle.query<Ledger>('ledger')).phase).toBe('needs you');
    await handle.signal('abandon');
    expect(await failure(handle)).toBe('Abandoned');
    expect(host.told).toContain('vm not back');
    // The others were put back all the same.
    expect(host).toMatchObject({ mounted: false, partial: false });
  }, 60_000);
});

describe('a cancel', () => {
  test.each(['probe', 'shutDown', 'archive', 'verify'] as const)('during %s puts everything back', async (activity) => {
    host.hold(activity);
    const handle = await begin();
    await reaches(host, activity);
    await handle.cancel();
    expect(await failure(handle)).toBe('CancelledFailure');
    expect(host).toMatchObject({ ...asItWas, finished: false });
  });
});

describe('the audit trail', () => {
  const trail = (): string[] => host.audited.map(({ event, action = '' }) => `${event}: ${action}`);

  test('says who asked before anything is done, what became of each step, and how it ended', async () => {
    const release = host.hold('resolveBackup');
    const handle = await begin();
    await reaches(host, 'resolveBackup');
    expect(host.audited).toEqual([
      expect.objectContaining({ event: 'asked', by: 'test', workflowId: handle.workflowId }),
    ]);
    release();
    await handle.result();
    expect(trail()).toContain('done: Shut down');
    expect(trail().at(-1)).toBe('ended: done');
    expect(host.audited.filter(({ event }) => event === 'asked')).toHaveLength(1);
  });

  test('of a cancelled one says what was put back', async () => {
    host.hold('archive');
    const handle = await begin();
    await reaches(host, 'archive');
    await handle.cancel();
    await failure(handle);
    expect(trail()).toContainEqual(expect.stringMatching(/^put back: Start/));
    expect(trail().at(-1)).toBe('ended: cancelled');
  });

  test('that can not be kept lets nothing begin', async () => {
    host.fail('keepAudit', 'RecordsUnusable', 1, 0, true);
    const handle = await begin();
    expect(await failure(handle)).toBe('RecordsUnusable');
    expect(host.calls).not.toContain('shutDown');
  });
});

describe('a pause', () => {
  test('begins no further step until it is resumed', async () => {
    const release = host.hold('preflight');
    const handle = await begin();
    await reaches(host, 'preflight');
    await handle.signal('pause');
    release();
    const deadline = Date.now() + 10_000;
    while ((await handle.query<Ledger>('ledger')).phase !== 'paused' && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(host.calls).not.toContain('shutDown');
    await handle.signal('resume');
    await handle.result();
    expect(host).toMatchObject({ ...asItWas, finished: true });
  });
});

describe('a set of one moment', () => {
  test('is taken anew when the host rebooted in between, and the VM is shut down again', async () => {
    host.fail('archive', 'PreconditionLost');
    host.when('archive', () => {
      host.bootId = 'boot-2';
      host.running = true;
      host.mounted = false;
    });
    const { outcome } = await report();
    expect(outcome).toBe('done');
    expect(host.calls.filter((name) => name === 'archive').length).toBeGreaterThanOrEqual(3);
    expect(host).toMatchObject({ ...asItWas, finished: true });
    expect(host.stops).toBe(2);
  });

  test('is given up when a person started the VM: nobody shuts it down twice', async () => {
    host.fail('archive', 'PreconditionLost');
    host.when('archive', () => {
      host.running = true;
    });
    expect(await failure(await begin())).toBe('VmRanDuringBackup');
    expect(host).toMatchObject({ ...asItWas, finished: false, stops: 1 });
  });

  test('is given up when a person started the VM after a reboot, for which it was shut down again', async () => {
    host.fail('archive', 'PreconditionLost', 2);
    host.when('archive', () => {
      host.bootId = 'boot-2';
      host.running = true;
    });
    host.when('emptyPartial', () => {
      host.when('archive', () => {
        host.running = true;
      });
    });
    expect(await failure(await begin())).toBe('VmRanDuringBackup');
    expect(host).toMatchObject({ ...asItWas, finished: false, stops: 2 });
  });

  test('is given up when the guard started the VM', async () => {
    host.fail('archive', 'PreconditionLost');
    host.when('archive', () => {
      host.running = true;
      host.guard = 'acted';
    });
    expect(await failure(await begin())).toBe('GuardActed');
    expect(host).toMatchObject({ ...asItWas, finished: false, stops: 1, starts: 0 });
  });

  test('goes on with a new job when one was killed', async () => {
    host.fail('archive', 'JobLost');
    expect((await report()).outcome).toBe('done');
    expect(host).toMatchObject({ ...asItWas, finished: true });
  });
});

describe('a check of the images that is still under way', () => {
  /** What was under way as the VM was brought back. */
  const whileBroughtBack = (): Set<string> => {
    const pending = new Set<string>();
    host.when('bringBack', () => host.pending.forEach((name) => pending.add(name)));
    return pending;
  };

  test('when an archive fails is let go of before the VM is brought back', async () => {
    host.hold('checkImages');
    host.fail('archive', 'ShareFull');
    const pending = whileBroughtBack();
    expect(await failure(await begin())).toBe('ShareFull');
    expect(pending).not.toContain('checkImages');
    expect(host).toMatchObject(asItWas);
  });

  test('when the backup is cancelled is let go of before the VM is brought back', async () => {
    host.hold('checkImages');
    host.hold('archive');
    const pending = whileBroughtBack();
    const handle = await begin();
    await reaches(host, 'archive');
    await handle.cancel();
    expect(await failure(handle)).toBe('CancelledFailure');
    // A worker is there, and goes on saying so to the guard.
    expect(pending).toEqual(new Set(['bringBack', 'holdGuard']));
  });

  test('when the set is taken anew is ended, and another is begun', async () => {
    const release = host.hold('checkImages');
    host.fail('archive', 'PreconditionLost');
    host.when('archive', () => {
      host.bootId = 'boot-2';
      host.running = true;
    });
    const handle = await begin();
    const checks = (): number => host.calls.filter((name) => name === 'checkImages').length;
    for (const deadline = Date.now() + 20_000; checks() < 2 && Date.now() < deadline;)
      await new Promise((resolve) => setTimeout(resolve, 50));
    expect(checks()).toBe(2);
    expect(host.calls).toContain('endChecks');
    release();
    expect(((await handle.result()) as Report<VmBackupResult>).outcome).toBe('done');
    expect(host).toMatchObject({ ...asItWas, finished: true });
  });

  test('and whose job was killed is begun again', async () => {
    host.fail('checkImages', 'JobLost');
    expect((await report()).outcome).toBe('done');
  });
});

describe('a share that is lost', () => {
  const count = (name: string): number => host.calls.filter((call) => call === name).length;

  test('while a disk is archived is mounted again, and only that disk is archived anew', async () => {
    host.fail('archive', 'ShareLost', 1, 1, true);
    const { outcome } = await report();
    expect(outcome).toBe('done');
    expect(host).toMatchObject({ ...asItWas, finished: true, starts: 1, stops: 1 });
    expect([count('archive'), count('mountAgain'), count('emptyPartial')]).toEqual([3, 1, 0]);
    expect(host.calls.indexOf('confirmMoment')).toBeGreaterThan(host.calls.indexOf('mountAgain'));
  });

  test.each(['verify', 'finishBackup'] as const)('during %s is mounted again, and it goes on', async (activity) => {
    // What a quick activity tries again by itself is not what is tested here.
    host.fail(activity, 'ShareLost', 1, 0, true);
    expect((await report()).outcome).toBe('done');
    expect(host).toMatchObject({ ...asItWas, finished: true, starts: 1, stops: 1 });
    expect(count('mountAgain')).toBe(1);
  });

  test('after the VM was started early is mounted again for what can be read again', async () => {
    host.settings = { startEarly: true };
    host.fail('verify', 'ShareLost', 1, 0, true);
    expect((await report()).outcome).toBe('done');
    expect(host).toMatchObject({ ...asItWas, finished: true, starts: 1, stops: 1 });
  });

  test('after the VM was started early ends the backup while the archive is written', async () => {
    host.settings = { startEarly: true };
    // Both disks are read and the first is archived; the second is on its way to the share.
    host.fail('archive', 'ShareLost', 1, 3, true);
    expect(await failure(await begin())).toBe('ShareLost');
    expect(count('mountAgain')).toBe(0);
    expect(host).toMatchObject({ ...asItWas, finished: false, starts: 1, stops: 1 });
  });

  test('again and again ends the backup after a few rounds, with the VM back', async () => {
    host.fail('archive', 'ShareLost', 100, 0, true);
    expect(await failure(await begin())).toBe('ShareLost');
    expect(count('mountAgain')).toBe(3);
    expect(host).toMatchObject({ ...asItWas, finished: false, starts: 1, stops: 1 });
  });

  test('and stays lost ends the backup, with the VM back', async () => {
    host.fail('archive', 'ShareLost', 1, 0, true);
    host.fail('mountAgain', 'ShareLost', 1, 0, true);
    expect(await failure(await begin())).toBe('ShareLost');
    expect(host).toMatchObject({ ...asItWas, finished: false, starts: 1, stops: 1 });
  });

  test('while somebody starts the VM ends the backup: nobody shuts it down twice', async () => {
    host.fail('archive', 'ShareLost', 1, 0, true);
    host.fail('confirmMoment', 'VmRanDuringBackup');
    host.when('mountAgain', () => {
      host.running = true;
    });
    expect(await failure(await begin())).toBe('VmRanDuringBackup');
    expect(host).toMatchObject({ ...asItWas, finished: false, starts: 0, stops: 1 });
  });
});
