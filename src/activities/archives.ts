import { Context } from '@temporalio/activity';
import type { BackupSettings } from '../contracts/settings.ts';
import type { HostTarget } from '../contracts/targets.ts';
import type { ArchiveEntry, Compression, Domain, Source } from '../contracts/vm.ts';
import { archiveResult, startArchive } from '../systems/jobs/archive.ts';
import { checkStep, startCheck, stopChecks } from '../systems/jobs/check.ts';
import type { JobRef } from '../systems/jobs/job.ts';
import { startCompare, startVerify } from '../systems/jobs/verify.ts';
import { attend } from './jobs.ts';
import type { Deps } from './shared/deps.ts';
import { pathsOf } from './shared/deps.ts';
import { tell } from './shared/heartbeat.ts';

export interface Share {
  readonly mountPoint: string;
  readonly mountSource: string | null;
}

export interface ArchiveOrder {
  readonly source: Source;
  readonly compression: Compression;
  readonly bootId: string;
  readonly uuid: string;
  readonly settings: Pick<BackupSettings, 'level' | 'bandwidth' | 'idle'>;
}

/** A job's name holds no more than a file name's safest characters. */
export const safe = (ref: JobRef): JobRef => ({ ...ref, step: ref.step.toLowerCase().replace(/[^a-z0-9.-]+/g, '-') });

export const archiveActivities = ({ host }: Deps) => ({
  /**
   * Archives one source into the partial directory, as a detached job on the host.
   * Effect: one archive file, fsynced. Key: the job's reference. A retry re-attaches, or reads the finished job's
   * result. Cancel: detaches (stopJobs ends the job). Permanent: whatever the job itself says: ShareFull, ShareLost,
   * SourceUnreadable, SourceChanged, PreconditionLost, JobFailed; JobLost when its process is gone without a result.
   * Until 'read' it returns nothing, as soon as the source has been read whole.
   */
  async archive(
    target: HostTarget,
    place: Share & { partial: string },
    job: JobRef,
    order: ArchiveOrder,
    until: 'read' | 'end',
  ): Promise<ArchiveEntry | undefined> {
    const on = host(target);
    const paths = pathsOf(target);
    const ref = safe(job);
    const { source, compression, settings } = order;
    const outcome = await attend(
      on,
      paths,
      ref,
      () =>
        startArchive(on, paths, ref, {
          source,
          directory: place.partial,
          share: { mountPoint: place.mountPoint, mountSource: place.mountSource },
          domain: { uuid: order.uuid, bootId: order.bootId },
          compression,
          ...(settings.level === undefined ? {} : { level: settings.level }),
          ...(settings.bandwidth === undefined ? {} : { bandwidth: settings.bandwidth }),
          idle: settings.idle,
        }),
      until,
    );
    if (outcome.state === 'read') return undefined;
    const { fingerprint: _, ...described } = source;
    return { ...archiveResult(outcome), source: described };
  },

  /**
   * qemu-img check of each qcow2 file, while the VM is off, as one detached job after another.
   * Effect: none; the VM can't start meanwhile. Key: the job's reference. A retry re-attaches. Cancel: detaches
   * (endChecks ends the job, and so does whoever starts the VM). Permanent: ImageDamaged, SourceUnreadable,
   * PreconditionLost, ToolMissing; JobLost when a job's process is gone without a result.
   */
  async checkImages(target: HostTarget, moment: Domain, job: JobRef): Promise<void> {
    const on = host(target);
    const paths = pathsOf(target);
    const { uuid, bootId } = moment;
    for (const { path, format, archive } of moment.sources) {
      Context.current().cancellationSignal.throwIfAborted();
      if (format !== 'qcow2') continue;
      tell({ note: path });
      const ref = safe({ ...job, step: checkStep(`${job.step}-${archive}`) });
      await attend(on, paths, ref, () => startCheck(on, paths, ref, { image: path, format, domain: { uuid, bootId } }));
    }
  },

  /**
   * Ends every check of an operation's images and waits for the end of its processes.
   * Key: the operation. A retry finds less to end. Cancel: ends them all the same. Permanent: none.
   */
  async endChecks(target: HostTarget, operation: string): Promise<void> {
    await stopChecks(host(target), pathsOf(target), operation);
  },

  /**
   * Reads one archive back from the share and holds it against its digest.
   * Effect: none. Key: the job's reference. A retry re-attaches. Cancel: detaches. Permanent: ArchiveCorrupt, ShareLost.
   */
  async verify(target: HostTarget, share: Share, archive: string, entry: ArchiveEntry, job: JobRef): Promise<void> {
    const on = host(target);
    const ref = safe(job);
    await attend(on, pathsOf(target), ref, () =>
      startVerify(on, pathsOf(target), ref, {
        archive,
        entry,
        share: { mountPoint: share.mountPoint, mountSource: share.mountSource },
      }),
    );
  },

  /**
   * Reads the source again and holds it against the archive's digest.
   * Effect: none. Key: the job's reference. A retry re-attaches. Cancel: detaches. Permanent: SourceChanged, SourceUnreadable.
   */
  async compare(target: HostTarget, entry: ArchiveEntry, job: JobRef): Promise<void> {
    const on = host(target);
    const ref = safe(job);
    await attend(on, pathsOf(target), ref, () =>
      startCompare(on, pathsOf(target), ref, { source: entry.source, entry }),
    );
  },
});
