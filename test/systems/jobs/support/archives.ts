import { execFileSync } from 'node:child_process';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { closeSync, ftruncateSync, mkdirSync, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { ArchiveEntry, Compression, Source } from '../../../../src/contracts/vm.ts';
import type { Host } from '../../../../src/systems/host/host.ts';
import { archiveResult, startArchive, type ArchiveSpec } from '../../../../src/systems/jobs/archive.ts';
import {
  followJob,
  stopJob,
  type JobOutcome,
  type JobProgress,
  type JobRef,
} from '../../../../src/systems/jobs/job.ts';
import type { HostPaths } from '../../../../src/systems/jobs/paths.ts';
import type { Share } from '../../../../src/systems/jobs/share.ts';

export const MiB = 1 << 20;

/** A sparse file of `size` bytes with random data at the given [offset, length] places. */
export function image(path: string, size: number, data: readonly (readonly [number, number])[]): string {
  const file = openSync(path, 'w');
  ftruncateSync(file, size);
  for (const [offset, length] of data) writeSync(file, randomBytes(length), 0, length, offset);
  closeSync(file);
  return path;
}

/** What libvirt's part would say of it. */
export function sourceOf(path: string, kind: Source['kind'] = 'file'): Source {
  const { size, blocks } = statSync(path);
  const extension = kind === 'block' ? 'raw' : 'tar';
  return {
    path,
    kind,
    role: 'disk',
    target: 'vda',
    format: 'raw',
    size: kind === 'directory' ? 0 : size,
    allocated: blocks * 512,
    archive: `vda.${extension}`,
    fingerprint: kind === 'directory' ? '' : fingerprint(path),
  };
}

export const fingerprint = (path: string): string =>
  execFileSync('stat', ['-c', '%i %s %Y %Z', '--', path], { encoding: 'utf8' }).trim();

export const sha256 = (data: Buffer): string => createHash('sha256').update(data).digest('hex');
export const sha256Of = (path: string): string => sha256(readFileSync(path));

/** Runs jobs to their ends on one host; a directory stands for the share. */
export class Jobs {
  readonly host: Host;
  readonly paths: HostPaths;
  readonly #operations = new Set<string>();

  constructor(host: Host, paths: HostPaths) {
    this.host = host;
    this.paths = paths;
  }

  ref(step: string): JobRef {
    const operation = randomUUID();
    this.#operations.add(operation);
    return { operation, step };
  }

  async end(ref: JobRef, seen: JobProgress[] = []): Promise<JobOutcome> {
    const outcome = await followJob(this.host, this.paths, ref, { onProgress: (progress) => seen.push(progress) });
    if (outcome.state !== 'done') throw new Error(`the job ended as ${outcome.state}`);
    return outcome;
  }

  /** Archives into `directory`, made if it is missing, and returns the entry of the manifest. */
  async archive(
    source: Source,
    directory: string,
    options: Partial<Omit<ArchiveSpec, 'source' | 'directory'>> & { readonly seen?: JobProgress[] } = {},
  ): Promise<ArchiveEntry> {
    mkdirSync(directory, { recursive: true });
    const { seen, ...spec } = options;
    const ref = this.ref('archive-vda');
    await startArchive(this.host, this.paths, ref, {
      source,
      directory,
      share: localDirectory(directory),
      domain: null,
      compression: 'zstd',
      ...spec,
    });
    const result = archiveResult(await this.end(ref, seen));
    const { fingerprint: _, ...rest } = source;
    return { ...result, source: rest };
  }

  async stopAll(): Promise<void> {
    const { host, paths } = this;
    await Promise.all([...this.#operations].map((operation) => stopJob(host, paths, { operation })));
  }
}

export const localDirectory = (directory: string): Share => ({ mountPoint: directory, mountSource: null });

/** An entry for an archive that somebody else made: `stream` is what it decompresses to. */
export function entryFor(source: Source, archive: string, stream: Buffer, compression: Compression): ArchiveEntry {
  const { fingerprint: _, ...rest } = source;
  return {
    file: basename(archive),
    source: rest,
    compression,
    digest: sha256(stream),
    streamBytes: stream.length,
    archiveBytes: statSync(archive).size,
  };
}

/** A small file system of its own at DIRECTORY/name. */
export function mountTmpfs(directory: string, name: string, options: string): Share & { unmount(): void } {
  const mountPoint = join(directory, name);
  mkdirSync(mountPoint);
  const mountSource = `stackhand-${name}`;
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, mountSource, mountPoint], { stdio: 'pipe' });
  } catch (error) {
    throw new Error('this test mounts a tmpfs: run it as root, in a container with CAP_SYS_ADMIN', { cause: error });
  }
  return { mountPoint, mountSource, unmount: () => execFileSync('umount', ['-l', mountPoint]) };
}
