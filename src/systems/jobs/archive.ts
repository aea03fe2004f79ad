import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { Fault } from '../../contracts/faults.ts';
import type { ArchiveEntry, Compression, Source } from '../../contracts/vm.ts';
import type { Host } from '../host/host.ts';
import { quote } from '../../domain/quote.ts';
import type { JobOutcome, JobRef } from './job.ts';
import { startJob } from './job.ts';
import type { HostPaths } from './paths.ts';
import { loadScript, type Script } from './script.ts';
import type { Share } from './share.ts';

export interface ArchiveSpec {
  readonly source: Source;
  /** The partial backup's directory, absolute. */
  readonly directory: string;
  readonly share: Share;
  /** The VM that must be off, on this boot of the host, until the source has been read; null: none. */
  readonly domain: { readonly uuid: string; readonly bootId: string } | null;
  readonly compression: Compression;
  readonly level?: number;
  /** Bytes a second. */
  readonly bandwidth?: number;
  readonly idle?: boolean;
}

const suffixes: Readonly<Record<Compression, string>> = { zstd: '.zst', gzip: '.gz', none: '' };

const readSource = readFileSync(new URL('./scripts/read-source.py', import.meta.url), 'utf8');

/** A payload that reads or writes a stream: with stream.sh, and the reader that stream.sh runs where Python is. */
export function streamPayload(name: string): Script {
  const { text } = loadScript(name, ['checks', 'lib', 'stream', 'throttle']);
  return { name, text: `READ_SOURCE=${quote(readSource)}\n${text}` };
}

/**
 * Starts the job that archives one source, or finds it started. Progress is what was read of what is allocated; `read`
 * comes when the source was read whole and is unchanged, while the rest may still be on its way to the share.
 *
 * The job fails with SourceUnreadable, SourceChanged, PreconditionLost (the VM was started, or the host rebooted),
 * ShareFull, ShareNotWritable, ShareLost, JobFailed.
 */
export function startArchive(
  host: Host,
  paths: HostPaths,
  ref: JobRef,
  spec: ArchiveSpec,
): Promise<'started' | 'attached'> {
  const { source, share, domain, compression } = spec;
  return startJob(host, paths, ref, streamPayload('archive'), {
    SOURCE: source.path,
    KIND: source.kind,
    FINGERPRINT: source.kind === 'directory' ? '' : source.fingerprint,
    ALLOCATED: String(source.allocated),
    DIRECTORY: spec.directory,
    FILE: `${source.archive}${suffixes[compression]}`,
    MOUNT_POINT: share.mountPoint,
    MOUNT_SOURCE: share.mountSource ?? '',
    UUID: domain?.uuid ?? '',
    BOOT_ID: domain?.bootId ?? '',
    COMPRESSION: compression,
    LEVEL: spec.level === undefined ? '' : String(spec.level),
    BANDWIDTH: spec.bandwidth === undefined ? '' : String(Math.round(spec.bandwidth)),
    IDLE: spec.idle === true ? '1' : '',
  });
}

const result = z.object({
  file: z.string().min(1),
  compression: z.enum(['zstd', 'gzip', 'none']),
  digest: z.string().regex(/^[0-9a-f]{64}$/),
  streamBytes: z.coerce.number().int().positive(),
  archiveBytes: z.coerce.number().int().positive(),
});

/** What an archive job left as its result. */
export function archiveResult(outcome: JobOutcome): Omit<ArchiveEntry, 'source'> {
  const parsed = result.safeParse(outcome.result);
  if (parsed.success) return parsed.data;
  throw new Fault('JobFailed', `the archive job ended without a whole result: ${z.prettifyError(parsed.error)}`);
}
