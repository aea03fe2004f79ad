import type { Check, HostKey, InspectResults } from '../contracts/inspect.ts';
import type { HostTarget } from '../contracts/targets.ts';
import type { DomainSummary } from '../contracts/vm.ts';
import { readHostContext, resolveHosts } from '../config/resolve-host.ts';
import { resolveRepositories } from '../config/resolve-repository.ts';
import { selectVms } from '../domain/select.ts';
import { scanHostKey, trustHostKey } from '../systems/host/index.ts';
import { readLastBackups } from '../systems/jobs/last-backup.ts';
import { domainNames, listDomains } from '../systems/libvirt/index.ts';
import { checkHost } from './shared/check-host.ts';
import { checkRecords } from './shared/check-records.ts';
import type { Deps } from './shared/deps.ts';
import { pathsOf } from './shared/deps.ts';
import type { Holder } from './shared/leave-record.ts';
import { releaseChecked } from './shared/release-checked.ts';

export const inspectionActivities = (deps: Deps) => {
  const { host, config, homeDirectory, records } = deps;
  return {
    /** What this worker's config names. Effect: none. */
    async listTargets(): Promise<InspectResults['hosts']> {
      const context = await readHostContext(homeDirectory);
      return { hosts: resolveHosts(config, context), repositories: resolveRepositories(config) };
    },

    /** Every domain of a host, with its newest good backup. Effect: none. */
    async listVms(target: HostTarget): Promise<DomainSummary[]> {
      const on = host(target);
      const [domains, backups] = await Promise.all([listDomains(on), readLastBackups(on, pathsOf(target))]);
      return domains.map((domain) => {
        const lastBackup = backups[domain.uuid];
        return lastBackup === undefined ? domain : { ...domain, lastBackup };
      });
    },

    /**
     * The VMs that were meant, by exact name; all persistent ones but the excluded otherwise. With the globs that
     * excluded nothing, which may be mistyped.
     * Effect: none. Permanent: UnknownVm with the nearest names, NothingSelected.
     */
    async selectVms(
      target: HostTarget,
      names: readonly string[] | undefined,
      exclude: readonly string[] | undefined,
    ): Promise<{ names: string[]; unusedExcludes: readonly string[] }> {
      // Named ones are looked for among all, so that a transient one is refused for what it is.
      const known = await domainNames(host(target), { persistent: names === undefined });
      const selection = { names: names ?? [], all: names === undefined, exclude: exclude ?? [] };
      const { chosen, unusedExcludes } = selectVms(known, selection);
      return { names: chosen.map(({ name }) => name), unusedExcludes };
    },

    /**
     * Everything that an operation on this host will need, a line each. Never fails by itself.
     * Effect: none that stays; a record, and a lease of the share's mount, while that is looked at. Key: the operation.
     * A retry finds both. Cancel: ends all the same; releaseChecked undoes. Permanent: none.
     */
    async checkHost(target: HostTarget, repository: string | undefined, holder: Holder): Promise<Check[]> {
      return checkHost(target, repository, holder, deps);
    },

    /**
     * Gives back the mount that checks leased, and drops their record. Key: the operation. A retry finds less.
     * Cancel: none, it is an undo. UnmountFailed is tried again.
     */
    async releaseChecked(target: HostTarget, operation: string): Promise<void> {
      await releaseChecked(host(target), pathsOf(target), operation);
    },

    /**
     * Whether the records of this worker can be used. Effect: none that stays. Key: the operation. A retry does it again.
     * Cancel: ends all the same. Permanent: none, it is what the check says.
     */
    async checkRecords(operation: string): Promise<Check[]> {
      return [await checkRecords(records, operation)];
    },

    /** The key that the host shows now, and whether it is known. Effect: none. Permanent: InvalidInput for a local host. */
    async hostKey(target: HostTarget): Promise<HostKey> {
      return scanHostKey(target, { homeDirectory });
    },

    /** Effect: the line is in the worker's known_hosts. A retry finds it there. */
    async trustHostKey(target: HostTarget, line: string): Promise<{ knownHosts: string }> {
      return trustHostKey(target, line, { homeDirectory });
    },
  };
};
