import { ApplicationFailure, Context } from '@temporalio/activity';
import type { Activities } from '../../src/activities/index.ts';
import type { AuditEntry } from '../../src/contracts/audit.ts';
import type { Leftover } from '../../src/activities/repairs.ts';
import type { BackupSettings } from '../../src/contracts/settings.ts';
import type { HostTarget, RepositoryTarget } from '../../src/contracts/targets.ts';
import { faults } from '../../src/contracts/faults.ts';
import type { FaultType } from '../../src/contracts/faults.ts';
import type { MountLease } from '../../src/systems/jobs/mounts.ts';
import type { ArchiveEntry, Domain, Source } from '../../src/contracts/vm.ts';

const target: HostTarget = {
  name: 'kvm1',
  transport: 'ssh2',
  address: '127.0.0.1',
  port: 22,
  user: 'root',
  sudo: false,
  runDirectory: '/run/stackhand',
  stateDirectory: '/var/lib/stackhand',
};

const repository: RepositoryTarget = {
  name: 'nas',
  type: 'nfs',
  source: '127.0.0.1:/export',
  options: '',
  mountPoint: '/mnt/backup',
};

const source = (name: string): Source => ({
  path: `/images/${name}.qcow2`,
  kind: 'file',
  role: 'disk',
  target: name,
  format: 'qcow2',
  size: 1000,
  allocated: 500,
  archive: `${name}.tar`,
  fingerprint: '1 2 3 4',
});

/**
 * A host of one VM, in memory: it stands in for activities, so that the order of a runbook can be tested, with a
 * failure at any step. What activities do for real is tested on real hosts.
 */
export class FakeHost {
  running = true;
  mounted = false;
  guard: 'absent' | 'armed' | 'acted' = 'absent';
  bootId = 'boot-1';
  partial = false;
  finished = false;
  record = false;
  /** The record tells of nothing to put back any more. */
  settled = false;
  leased = false;
  /** In the repository. */
  lease = false;
  /** What a restore made, and the definition it switched to. */
  restored = new Set<string>();
  defined: 'former' | 'restored' | 'none' = 'former';
  /** What happens once a restore has been planned. */
  afterPlan: (() => void) | undefined;
  backups = ['web01-11111111/backup_20260101T000000Z', 'web01-11111111/backup_20260102T000000Z'];
  jobs = new Set<string>();
  /** What ended operations left, and leases that no record speaks of. */
  left: Leftover[] = [];
  strays: MountLease[] = [];
  starts = 0;
  stops = 0;
  /** Every activity in the order in which it began. */
  readonly calls: string[] = [];
  /** Every activity that is under way. */
  readonly pending = new Set<string>();
  readonly told: string[] = [];
  /** The audit trail, as it would be kept. */
  readonly audited: AuditEntry[] = [];
  settings: Partial<BackupSettings> = {};
  disks = ['vda', 'vdb'];
  keep: RepositoryTarget['keep'];
  /** What no rule keeps. */
  old = ['web01-11111111/backup_20200101T000000Z'];
  readonly #faults = new Map<string, { type: FaultType; times: number; after: number; final: boolean }>();
  readonly #held = new Map<string, { release: () => void; released: Promise<void> }>();
  readonly #effects = new Map<string, () => void>();

  /** Calls of that activity fail, so many times, after so many that don't. `final`: as a job's result is, whatever its type. */
  fail(activity: keyof Activities, type: FaultType, times = 1, after = 0, final = false): void {
    this.#faults.set(activity, { type, times, after, final });
  }

  /** That activity waits until it is released, or cancelled. */
  hold(activity: keyof Activities): () => void {
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    this.#held.set(activity, { release, released });
    return release;
  }

  /** Something happens on the host as that activity begins. Once. */
  when(activity: keyof Activities, effect: () => void): void {
    this.#effects.set(activity, effect);
  }

  activities(): Partial<Record<keyof Activities, (...args: never[]) => Promise<unknown>>> {
    const all = this.#all();
    return Object.fromEntries(
      Object.entries(all).map(([name, run]) => [
        name,
        async (...args: never[]) => {
          this.calls.push(name);
          this.pending.add(name);
          const beat = setInterval(() => {
            Context.current().heartbeat();
          }, 50);
          try {
            const effect = this.#effects.get(name);
            this.#effects.delete(name);
            effect?.();
            const held = this.#held.get(name);
            if (held !== undefined) await Promise.race([held.released, Context.current().cancelled]);
            const fault = this.#faults.get(name);
            if (fault !== undefined && fault.after > 0) fault.after -= 1;
            else if (fault !== undefined && fault.times > 0) {
              fault.times -= 1;
              throw ApplicationFailure.create({
                type: fault.type,
                message: `${name} failed`,
                nonRetryable: fault.final || faults[fault.type].permanent,
                details: [{ where: 'kvm1' }],
              });
            }
            return await run(...args);
          } finally {
            clearInterval(beat);
            this.pending.delete(name);
          }
        },
      ]),
    );
  }

  #domain(): Domain {
    return {
      name: 'web01',
      uuid: '11111111-2222-4333-8444-555555555555',
      state: this.running ? 'running' : 'shut off',
      persistent: true,
      autostart: false,
      managedSave: false,
      sources: this.disks.map(source),
      skipped: [],
      refusals: [],
      bootId: this.bootId,
    };
  }

  #start(): void {
    if (!this.running) this.starts += 1;
    this.running = true;
  }

  #entry(archived: Source): ArchiveEntry {
    const { fingerprint: _, ...described } = archived;
    const file = `${archived.archive}.zst`;
    return { file, source: described, compression: 'zstd', digest: 'd', streamBytes: 10, archiveBytes: 5 };
  }

  #all(): Record<string, (...args: never[]) => unknown> {
    const settings: BackupSettings = {
      shutdown: true,
      shutdownTimeout: 60,
      forceOff: false,
      after: 'as before',
      startEarly: false,
      discardManagedSave: false,
      guardAfter: 60,
      compression: 'zstd',
      verify: 'read',
      idle: false,
      keepPartial: false,
      parallel: 1,
      ...this.settings,
    };
    const repositoryNow = this.keep === undefined ? repository : { ...repository, keep: this.keep };
    return {
      resolveBackup: () => ({ host: target, repository: repositoryNow, settings }),
      lookForBackup: () => this.#domain(),
      leftovers: () => this.left,
      strayMounts: () => this.strays,
      releaseStray: (...args: unknown[]) => {
        const [, lease] = args as [unknown, MountLease];
        this.strays = this.strays.filter(({ operation }) => operation !== lease.operation);
      },
      resolveHost: () => target,
      takeDomain: () => {
        this.leased = true;
        this.record = true;
      },
      letGo: (...args: unknown[]) => {
        const [, operation] = args as [unknown, string];
        this.left = this.left.filter(({ record }) => record.operation !== operation);
        this.leased = false;
        this.record = false;
        this.guard = 'absent';
        this.jobs.clear();
      },
      resolveTargets: () => ({ host: target, repository: repositoryNow }),
      leaveRecord: () => {
        this.record = true;
      },
      mountAgain: () => {
        this.mounted = true;
      },
      leaseForReading: () => {
        this.lease = true;
        return {};
      },
      dropLeases: () => {
        this.lease = false;
      },
      mount: () => {
        this.mounted = true;
        return { mountedByUs: true, mountPoint: '/mnt/backup', mountSource: repository.source, root: '/mnt/backup' };
      },
      unmount: () => {
        this.mounted = false;
        return { unmounted: true };
      },
      probe: () => undefined,
      preflight: () => ({ compression: 'zstd' }),
      layOut: () => {
        this.lease = true;
        this.partial = true;
      },
      holdGuard: async () => {
        const { cancelled, sleep } = Context.current();
        for (;;) {
          if (this.guard === 'acted') return 'acted';
          await Promise.race([sleep(100), cancelled]);
        }
      },
      armGuard: () => {
        this.guard = 'armed';
      },
      disarmGuard: () => {
        this.guard = 'absent';
      },
      shutDown: () => {
        if (this.running) this.stops += 1;
        this.running = false;
        return { how: 'powered off' };
      },
      start: () => {
        this.#start();
      },
      bringBack: () => {
        this.#start();
      },
      settleDomain: () => {
        this.settled = true;
      },
      lookAtMoment: () => this.#domain(),
      confirmMoment: () => undefined,
      stateNow: () => ({ state: this.running ? 'running' : 'shut off', bootId: this.bootId, guard: this.guard }),
      checkImages: () => undefined,
      endChecks: () => undefined,
      archive: (...args: unknown[]) => {
        const [, , job, order, until] = args as [unknown, unknown, { step: string }, { source: Source }, string];
        this.jobs.add(job.step);
        return until === 'read' ? undefined : this.#entry(order.source);
      },
      verify: () => undefined,
      compare: () => undefined,
      emptyPartial: () => undefined,
      dropPartial: () => {
        if (!this.mounted) throw ApplicationFailure.nonRetryable('the share is not mounted', 'ShareLost');
        this.partial = false;
      },
      finishBackup: () => {
        this.partial = false;
        this.finished = true;
      },
      planRetention: () => this.old,
      pruneBackup: () => {
        this.lease = true;
        return true;
      },
      stopJobs: () => {
        this.jobs.clear();
      },
      keepReport: () => undefined,
      keepAudit: (...args: unknown[]) => {
        const [, , entries] = args as [string, string, AuditEntry[]];
        this.audited.push(...entries);
      },
      notify: (...args: unknown[]) => {
        const [{ event }] = args as [{ event: string }];
        this.told.push(event);
        return [];
      },
      ...this.#reading(),
      checkHost: () => [],
      releaseChecked: () => {
        this.mounted = false;
      },
      lockHolder: () => 'vm-backup/kvm1/web01/other',
      waitForLock: () => undefined,
    };
  }
  #plan(entry: ArchiveEntry, manifest: object): object {
    return {
      backup: this.backups[0],
      manifest,
      files: [{ entry, archive: '/mnt/backup/vda.tar.zst', from: '/images/vda.qcow2', to: '/images/new.qcow2' }],
      name: 'web01',
      uuid: this.#domain().uuid,
      clone: false,
      former: { state: this.#domain().state, disks: ['/images/vda.qcow2'] },
    };
  }

  /** What restore, verify and prune do beside. */
  #reading(): Record<string, (...args: never[]) => unknown> {
    const entry = this.#entry(source('vda'));
    const manifest = { vm: { name: 'web01' }, archives: [entry] };
    return {
      listBackups: () =>
        this.backups.map((path, day) => ({
          ...{ path, vm: 'web01', uuid: this.#domain().uuid, status: 'good' },
          takenAt: new Date(Date.UTC(2026, 0, day + 1)).toISOString(),
        })),
      readManifest: () => manifest,
      verifyFiles: () => undefined,
      markVerified: () => ({}),
      markDamaged: () => undefined,
      removeBackups: (...args: never[]) => args[3],
      checkDestinations: () => undefined,
      planRestore: () => {
        const plan = this.#plan(entry, manifest);
        this.afterPlan?.();
        return plan;
      },
      takeForRestore: () => {
        this.leased = true;
      },
      extract: () => {
        this.restored.add('/images/new.qcow2');
      },
      isSame: () => false,
      defineRestored: () => {
        this.defined = 'restored';
      },
      undoDefine: () => {
        // Powered off first, where it runs on the restored disks.
        if (this.defined === 'restored' && this.running) {
          this.running = false;
          this.stops += 1;
        }
        this.defined = 'former';
      },
      removeRestored: () => {
        if (this.running && this.defined === 'restored')
          throw ApplicationFailure.nonRetryable('a VM runs on it', 'RestoreRefused');
        this.restored.clear();
      },
      startRestored: () => {
        this.#start();
      },
      runsOnRestored: () => this.running && this.defined === 'restored',
    };
  }
}
