import type { DiskFormat } from '../../contracts/image.ts';
import type { Host } from '../host/host.ts';
import type { JobRef } from './job.ts';
import { loadPayload, startJob } from './job.ts';
import type { HostPaths } from './paths.ts';

export interface ConvertSpec {
  readonly source: string;
  readonly from: DiskFormat;
  /** Of the source: size/time of the last change in nanoseconds/inode/device. */
  readonly pin: string;
  /** Of the source. */
  readonly size: number;
  /** Absolute; what is there is replaced. */
  readonly destination: string;
  readonly to: 'raw' | 'qcow2';
}

/** What qemu calls formats that Glance names otherwise. */
const qemuNames: Partial<Record<DiskFormat, string>> = { vhd: 'vpc', iso: 'raw' };

/**
 * Starts the job that converts an image, or finds it started. Where qemu-img fails it leaves no file.
 *
 * The job fails with ImageFileChanged, ScratchUnusable, ToolMissing, JobFailed.
 */
export function startConvert(
  host: Host,
  paths: HostPaths,
  ref: JobRef,
  { source, from, pin, size, destination, to }: ConvertSpec,
): Promise<'started' | 'attached'> {
  return startJob(host, paths, ref, loadPayload('convert'), {
    SOURCE: source,
    FROM: qemuNames[from] ?? from,
    PIN: pin,
    SIZE: String(size),
    DESTINATION: destination,
    TO: to,
  });
}
