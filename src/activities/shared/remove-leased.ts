import { Context } from '@temporalio/activity';
import type { KeepRules } from '../../contracts/targets.ts';
import { prunePlan } from '../../domain/retention.ts';
import type { Host } from '../../systems/host/host.ts';
import type { HostPaths } from '../../systems/jobs/paths.ts';
import { listBackups, removeBackup } from '../../systems/jobs/repository.ts';
import type { Repository, RepositoryHolder } from '../../systems/jobs/repository.ts';
import { dropLeases, leaseDirectory } from './lease-directory.ts';

/**
 * Removes one backup, unless a rule keeps it by now: what was decided before the lease may not hold any more, since a
 * verification may have found the newest one damaged meanwhile. True when it is gone. Under an exclusive lease of the
 * directory that it is in, which is another one's than its VM's once that was renamed. The lease is dropped only where nothing went wrong: a later attempt of the same operation has
 * the same lease and may be at work by now, and after a failure or a cancel there is an undo that drops it.
 */
export async function removeLeased(
  on: Host,
  paths: HostPaths,
  share: Repository,
  path: string,
  keep: KeepRules,
  holder: Omit<RepositoryHolder, 'mode'>,
): Promise<boolean> {
  const { cancellationSignal } = Context.current();
  cancellationSignal.throwIfAborted();
  await leaseDirectory(on, paths, share, path, { ...holder, mode: 'exclusive' });
  // Not listed: an earlier try has begun to remove it, and goes on.
  const decided = prunePlan(await listBackups(on, share), keep, new Date()).find((item) => item.path === path);
  const gone = decided?.keep !== true;
  if (gone) await removeBackup(on, share, path);
  cancellationSignal.throwIfAborted();
  await dropLeases(on, paths, share, holder.operation);
  return gone;
}
