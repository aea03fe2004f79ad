import { Context } from '@temporalio/activity';
import type { Host } from '../../systems/host/host.ts';
import type { HostPaths } from '../../systems/jobs/paths.ts';
import { removeBackup } from '../../systems/jobs/repository.ts';
import type { Repository, RepositoryHolder } from '../../systems/jobs/repository.ts';
import { dropLeases, leaseDirectory } from './lease-directory.ts';

/**
 * Removes one backup under an exclusive lease of the directory that it is in, which is another one's than its VM's
 * once that was renamed. The lease is dropped only where nothing went wrong: a later attempt of the same operation has
 * the same lease and may be at work by now, and after a failure or a cancel there is an undo that drops it.
 */
export async function removeLeased(
  on: Host,
  paths: HostPaths,
  share: Repository,
  path: string,
  holder: Omit<RepositoryHolder, 'mode'>,
): Promise<void> {
  const { cancellationSignal } = Context.current();
  cancellationSignal.throwIfAborted();
  await leaseDirectory(on, paths, share, path, { ...holder, mode: 'exclusive' });
  await removeBackup(on, share, path);
  cancellationSignal.throwIfAborted();
  await dropLeases(on, paths, share, holder.operation);
}
