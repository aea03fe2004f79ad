import type { Host } from '../host/host.ts';
import type { JobRef } from './job.ts';
import { listJobs, loadPayload, startJob, stopJob } from './job.ts';
import type { HostPaths } from './paths.ts';

/** How the steps of checks begin: whoever starts the VM ends these jobs first (guard.sh, too). */
const prefix = 'check-';

export interface CheckSpec {
  readonly image: string;
  readonly format: string;
  /** The VM that must be off, on this boot of the host. */
  readonly domain: { readonly uuid: string; readonly bootId: string };
}

export const checkStep = (name: string): string => `${prefix}${name}`;

/**
 * Starts the job that runs `qemu-img check` on an image, or finds it started. It locks the image, so the VM can't start
 * meanwhile. Leaked clusters are no failure.
 *
 * The job fails with ImageDamaged, SourceUnreadable, PreconditionLost (the VM was started, or the host rebooted),
 * ToolMissing, JobFailed.
 */
export function startCheck(
  host: Host,
  paths: HostPaths,
  ref: JobRef,
  { image, format, domain }: CheckSpec,
): Promise<'started' | 'attached'> {
  return startJob(host, paths, ref, loadPayload('check'), {
    IMAGE: image,
    FORMAT: format,
    UUID: domain.uuid,
    BOOT_ID: domain.bootId,
  });
}

/** Ends every check of an operation that has not ended, and waits for the end of its processes. Idempotent. */
export async function stopChecks(host: Host, paths: HostPaths, operation: string): Promise<void> {
  for (const { ref, status } of await listJobs(host, paths)) {
    if (ref.operation !== operation || !ref.step.startsWith(prefix)) continue;
    if (status === 'running' || status === 'absent') await stopJob(host, paths, ref, 10);
  }
}
