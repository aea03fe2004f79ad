import { createHash } from 'node:crypto';
import { Fault } from '../contracts/faults.ts';
import type { HostTarget, RepositoryTarget } from '../contracts/targets.ts';
import { meantOr, nearest } from '../domain/nearest.ts';
import { mountOptions } from './mount-options.ts';
import { repositoryType } from './repository-schema.ts';
import type { RepositoryEntry } from './repository-schema.ts';
import type { Config } from './schema.ts';

/**
 * What `--to` and `--from` mean: a name of the config, SERVER:/PATH (an NFS export), or a directory of the host.
 * Without a spec: `defaults.repository`, else the only repository of the config. The host is the one that mounts it.
 */
export function resolveRepository(
  config: Config,
  spec?: string,
  host: Pick<HostTarget, 'runDirectory'> = { runDirectory: '/run/stackhand' },
): RepositoryTarget {
  const asked = spec ?? config.defaults.repository ?? onlyOne(config);
  if (Object.hasOwn(config.repositories, asked)) {
    const entry = config.repositories[asked];
    if (entry !== undefined) return target(asked, entry, host);
  }
  if (repositoryType(asked) !== undefined) return target(asked, { source: asked }, host);
  throw unknown(config, asked);
}

/** Every repository of the config, in its order. */
export function resolveRepositories(config: Config, host?: Pick<HostTarget, 'runDirectory'>): RepositoryTarget[] {
  return Object.keys(config.repositories).map((name) => resolveRepository(config, name, host));
}

function target(name: string, entry: RepositoryEntry, host: Pick<HostTarget, 'runDirectory'>): RepositoryTarget {
  const source = entry.source.replace(/(?<=[^/:])\/+$/, '');
  const type = entry.type ?? repositoryType(source) ?? 'none';
  const more = {
    ...(entry.directory !== undefined && { directory: entry.directory.replace(/\/$/, '') }),
    ...(entry.keep !== undefined && { keep: entry.keep }),
  };
  if (type === 'none') return { name, type, source, options: '', mountPoint: source, ...more };
  return {
    name,
    type,
    source,
    options: mountOptions(type, entry.options),
    mountPoint: entry.mountPoint?.replace(/\/$/, '') ?? `${host.runDirectory}/mnt/${mountName(source)}`,
    ...more,
  };
}

/** The same for one source under any name, so that operations on it share a mount; readable, and never two sources. */
function mountName(source: string): string {
  const readable = source.replace(/[^A-Za-z0-9.]+/g, '-').replace(/^[-.]+|[-.]+$/g, '');
  return `${readable.slice(0, 40)}-${createHash('sha256').update(source).digest('hex').slice(0, 8)}`;
}

function onlyOne(config: Config): string {
  const names = Object.keys(config.repositories);
  const [only] = names;
  if (only !== undefined && names.length === 1) return only;
  throw new Fault(
    'UnknownRepository',
    only === undefined
      ? 'nothing says where backups are kept'
      : `the config has ${names.length} repositories (${names.join(', ')}) and nothing says which`,
    {
      candidates: names,
      remedy:
        'say it with --to, or --from for what is there (a name of the config, SERVER:/PATH, or a directory), or set defaults.repository',
    },
  );
}

function unknown(config: Config, spec: string): Fault {
  const candidates = nearest(spec, Object.keys(config.repositories));
  const meant = meantOr(candidates, Object.keys(config.repositories));
  const shape = /^[^/]*@[^/]*:/.test(spec)
    ? 'USER@SERVER:/PATH goes over sshfs: put it into the config with type: fuse.sshfs'
    : spec.startsWith('//')
      ? '//SERVER/SHARE needs credentials: put it into the config with type: cifs'
      : undefined;
  return new Fault('UnknownRepository', `there is no repository ${JSON.stringify(spec)} in the config${meant}`, {
    candidates,
    ...(shape !== undefined && { remedy: shape }),
  });
}
