import { Fault } from '../../contracts/faults.ts';
import type { RepositoryTarget } from '../../contracts/targets.ts';

/** Where a repository's files are on a host: what payloads check before they write. */
export interface Share {
  readonly mountPoint: string;
  /** As mount(8) was given it; null: a directory of the host itself, nothing is mounted. */
  readonly mountSource: string | null;
}

/** The share of a repository, and `root`, the repository's directory on it. */
export function shareOf(repository: RepositoryTarget): { readonly share: Share; readonly root: string } {
  const mountPoint = repository.mountPoint.replace(/(?<=.)\/+$/, '');
  const directory = (repository.directory ?? '').replace(/^\/+|\/+$/g, '');
  if (!mountPoint.startsWith('/') || [mountPoint, directory].some((path) => path.split('/').includes('..'))) {
    throw new Fault('ConfigInvalid', `the mount point of repository ${repository.name} has to be an absolute path`);
  }
  if (repository.source.startsWith('-') || /[\n\0]/.test(repository.source + mountPoint + directory)) {
    throw new Fault('ConfigInvalid', `repository ${repository.name} has a source or path that can't be mounted`);
  }
  return {
    share: { mountPoint, mountSource: repository.type === 'none' ? null : repository.source },
    root: directory === '' ? mountPoint : `${mountPoint}/${directory}`,
  };
}
