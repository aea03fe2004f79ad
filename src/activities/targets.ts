import type { BackupSettings, Resolved } from '../contracts/settings.ts';
import type { HostTarget, RepositoryTarget } from '../contracts/targets.ts';
import type { BackupOptions } from '../contracts/vm-backup.ts';
import { readHostContext, resolveHost } from '../config/resolve-host.ts';
import { resolveRepository } from '../config/resolve-repository.ts';
import type { Deps } from './shared/deps.ts';

/**
 * Names become targets here, on a worker, once for an operation: later activities take the values, so that two
 * workers with different config files can't mount one server and archive to another.
 */
export const targetActivities = ({ config, homeDirectory }: Deps) => {
  const hostOf = async (name: string): Promise<HostTarget> =>
    resolveHost(config, name, await readHostContext(homeDirectory));
  const repositoryOf = (name: string | undefined, on: HostTarget): RepositoryTarget =>
    resolveRepository(config, name, on);
  return {
    /** Effect: none. Permanent: UnknownHost, UnknownRepository, ConfigInvalid. */
    async resolveBackup(input: BackupOptions & { host: string; repository?: string }): Promise<Resolved> {
      const host = await hostOf(input.host);
      return {
        host,
        repository: repositoryOf(input.repository, host),
        settings: settingsOf(input, config.defaults),
      };
    },

    /** Effect: none. Permanent: UnknownHost, UnknownRepository, ConfigInvalid. */
    async resolveTargets(input: {
      host: string;
      repository?: string;
    }): Promise<{ host: HostTarget; repository: RepositoryTarget }> {
      const host = await hostOf(input.host);
      return { host, repository: repositoryOf(input.repository, host) };
    },

    /** Effect: none. Permanent: UnknownHost, ConfigInvalid. */
    async resolveHost(name: string): Promise<HostTarget> {
      return hostOf(name);
    },
  };
};

/** What was said on the command line, else in the config. */
function settingsOf(said: BackupOptions, defaults: Deps['config']['defaults']): BackupSettings {
  const level = said.level ?? (said.compression === undefined ? defaults.level : undefined);
  const bandwidth = said.bandwidth ?? defaults.bandwidth;
  const verify = said.verify ?? defaults.verify;
  return {
    shutdown: said.shutdown ?? false,
    shutdownTimeout: said.shutdownTimeout ?? defaults.shutdownTimeout,
    forceOff: said.forceOff ?? false,
    after: said.after ?? 'as before',
    // compare reads the disks again while the VM is off: said on the command line it wins over the config's startEarly.
    startEarly: said.startEarly ?? (defaults.startEarly && verify !== 'compare'),
    discardManagedSave: said.discardManagedSave ?? false,
    guardAfter: said.guardAfter ?? defaults.guardAfter,
    compression: said.compression ?? defaults.compression,
    verify,
    idle: said.idle ?? defaults.idle,
    keepPartial: said.keepPartial ?? false,
    parallel: defaults.parallel,
    ...(level === undefined ? {} : { level }),
    ...(bandwidth === undefined ? {} : { bandwidth }),
  };
}
