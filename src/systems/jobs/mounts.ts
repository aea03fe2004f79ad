import { createHash } from 'node:crypto';
import { Fault, isFault } from '../../contracts/faults.ts';
import type { RepositoryTarget } from '../../contracts/targets.ts';
import type { Host, RunResult } from '../host/host.ts';
import { checkedName } from './job-ref.ts';
import { below, type HostPaths } from './paths.ts';
import { loadScript, runScript } from './script.ts';
import { shareOf, type Share } from './share.ts';

export type { Share } from './share.ts';

const acquire = loadScript('mount-acquire', ['checks', 'call', 'format']);
const release = loadScript('mount-release', ['checks', 'call', 'format']);
const list = loadScript('mount-list', ['call', 'format']);
const probe = loadScript('share-probe', ['checks', 'call']);

/** Waiting for the lock, two commands of 60 s, and the looks between them. */
const deadline = 300;

/**
 * Leases a repository's mount for an operation, and mounts it if nothing is mounted there. Mounted from that source
 * already, by another operation or by somebody: used, and left to whom it belongs. A repository of type none is a
 * directory that has to exist. Idempotent: a retry finds its lease. `root` may not exist yet (probeShare makes it).
 *
 * @throws MountFailed, ToolMissing (a helper such as mount.nfs), MountBusy (another source is mounted there)
 */
export async function acquireMount(
  host: Host,
  paths: HostPaths,
  repository: RepositoryTarget,
  operation: string,
): Promise<{ readonly mountedByUs: boolean; readonly share: Share; readonly root: string }> {
  const { share, root } = shareOf(repository);
  if (share.mountSource === null) {
    await needDirectory(host, share.mountPoint);
    return { mountedByUs: false, share, root };
  }
  const { type, source, options } = repository;
  const args = [...leaseOf(paths, share.mountPoint, operation), type, source, options, share.mountPoint];
  const { stdout } = await runScript(host, acquire, args, { deadline });
  return { mountedByUs: stdout.trim() === 'ours', share, root };
}

/**
 * Gives the lease back; the last one out unmounts what we mounted. A dead server is unmounted by force, a busy mount
 * never. Idempotent.
 *
 * @throws UnmountFailed, naming the processes that use it; the lease is then still there
 */
export async function releaseMount(
  host: Host,
  paths: HostPaths,
  repository: RepositoryTarget,
  operation: string,
): Promise<{ readonly unmounted: boolean }> {
  const { share } = shareOf(repository);
  if (share.mountSource === null) return { unmounted: false };
  return releaseMountLease(host, paths, { operation, mountPoint: share.mountPoint });
}

export interface MountLease {
  readonly operation: string;
  readonly mountPoint: string;
  readonly source: string;
  readonly mountedByUs: boolean;
}

/** Gives a listed lease back, as releaseMount does: for who has no repository to name. */
export async function releaseMountLease(
  host: Host,
  paths: HostPaths,
  { operation, mountPoint }: Pick<MountLease, 'operation' | 'mountPoint'>,
): Promise<{ readonly unmounted: boolean }> {
  const args = [...leaseOf(paths, mountPoint, operation), mountPoint];
  const { stdout } = await runScript(host, release, args, { deadline });
  return { unmounted: stdout.trim() === 'unmounted' };
}

export async function listMountLeases(host: Host, paths: HostPaths): Promise<MountLease[]> {
  const { stdout } = await runScript(host, list, [below(paths.run, 'mounts')]);
  const fields = stdout.split('\0');
  return Array.from({ length: Math.floor(fields.length / 4) }, (_, index) => {
    const [operation = '', mountPoint = '', source = '', whose] = fields.slice(index * 4);
    return { operation, mountPoint, source, mountedByUs: whose === 'ours' };
  });
}

/**
 * Does to the mounted repository what a backup will do, in small and as the same user: makes its directory if it is
 * missing, writes, fsyncs, renames, reads back and removes a probe.
 *
 * @throws ShareNotWritable, ShareFull, ShareLost
 */
export async function probeShare(
  host: Host,
  _paths: HostPaths,
  repository: RepositoryTarget,
  operation: string,
): Promise<void> {
  const { share, root } = shareOf(repository);
  const subdirectory = root.slice(share.mountPoint.length + 1);
  await onShare(host, share, () =>
    runScript(host, probe, [share.mountPoint, share.mountSource ?? '', subdirectory, checkedName(operation)], {
      deadline: 120,
    }),
  );
}

/** Bytes that the user may still write, and bytes in all, of the file system that holds the repository. */
export async function shareSpace(host: Host, repository: RepositoryTarget): Promise<{ free: number; total: number }> {
  const { share, root } = shareOf(repository);
  const look = (path: string): Promise<RunResult> =>
    onShare(host, share, () => host.run(['stat', '-f', '-c', '%a %b %S', '--', path], { deadline: 30 }));
  let result = await look(root);
  if (/No such file/.test(result.stderr)) result = await look(share.mountPoint);
  const match = /^(\d+) (\d+) (\d+)$/.exec(result.stdout.trim());
  if (match === null) {
    throw new Fault(
      'ShareLost',
      `the space on ${share.mountPoint} can't be read: ${result.stderr.trim().slice(-500)}`,
      {
        where: host.name,
      },
    );
  }
  const [free, total, block] = match.slice(1).map(Number) as [number, number, number];
  return { free: free * block, total: total * block };
}

/** A command that only looks at a share and is killed at its deadline has met a dead file server. */
export async function onShare<T>(host: Host, share: Share, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!isFault(error) || error.type !== 'CommandTimedOut') throw error;
    throw new Fault('ShareLost', `what is mounted on ${share.mountPoint} does not answer`, { where: host.name });
  }
}

async function needDirectory(host: Host, path: string): Promise<void> {
  const { exitCode } = await host.run(['test', '-d', path], { deadline: 30 });
  if (exitCode === 0) return;
  throw new Fault('MountFailed', `the directory ${path} is not there on ${host.name}`, {
    where: host.name,
    remedy: 'make the directory on the host, or name another',
  });
}

function leaseOf(paths: HostPaths, mountPoint: string, operation: string): [string, string, string] {
  const key = createHash('sha256').update(mountPoint).digest('hex').slice(0, 16);
  return [below(paths.run, 'mounts'), key, checkedName(operation)];
}
