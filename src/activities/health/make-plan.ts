import type { HealthPlan, PlannedHost } from '../../contracts/health-plan.ts';
import type { HealthCheck, HealthCheckKind } from '../../contracts/health.ts';
import { healthChecks } from '../../contracts/health.ts';
import { Fault, isFault } from '../../contracts/faults.ts';
import type { HostTarget } from '../../contracts/targets.ts';
import { readBaseline } from '../../config/health-baseline.ts';
import { readHostContext, resolveHost } from '../../config/resolve-host.ts';
import { nameMatcher } from '../../domain/glob.ts';
import { placesOf } from '../../domain/health/places.ts';
import { containerPresets, plainPreset } from '../../domain/health/presets.ts';
import type { HealthOutline } from '../health.ts';
import type { Deps } from '../shared/deps.ts';
import type { HealthStore } from './store.ts';

/** @throws Fault ConfigInvalid; NothingSelected where the config names nothing that could be checked */
export async function makePlan(
  operation: string,
  { only, site, since }: HealthCheck,
  { config, homeDirectory }: Deps,
  store: HealthStore,
): Promise<{ readonly plan: HealthPlan; readonly outline: HealthOutline }> {
  const { health } = config;
  const context = await readHostContext(homeDirectory);
  const here = ({ site: of }: HostTarget): boolean => site === undefined || of === site;
  const checks = only ?? healthChecks;
  const wants = (...kinds: HealthCheckKind[]): boolean => kinds.some((kind) => checks.includes(kind));

  const all = hostsOf(config, (name) => resolveHost(config, name, context));
  const hosts = wants('hosts', 'containers', 'logs') ? all : [];
  const expected = wants('backups') ? health.backups : [];
  const backupHosts = [...new Set(expected.map(({ host }) => host))].map((name) => resolveHost(config, name, context));
  const cloud = wants('services') && site === undefined ? health.cloud : undefined;
  const expectations = baselineOf(health.baseline);
  const newestMemory = await store.newest();
  const [chosen, backups] = [hosts.filter(({ target }) => here(target)), backupHosts.filter(here)];
  if (chosen.length + backups.length + (cloud === undefined ? 0 : 1) === 0)
    throw new Fault(
      'NothingSelected',
      `the config names nothing to check${site === undefined ? '' : ` at site ${site}`}${only === undefined ? '' : ` of ${only.join(', ')}`}`,
      { remedy: 'name hosts below health.roles, a cloud as health.cloud, or expected backups: docs/configuration.md' },
    );
  return {
    plan: {
      operation,
      checks,
      hosts: chosen,
      ...(cloud === undefined ? {} : { cloud }),
      thresholds: { ...health.thresholds, latency: health.thresholds.latency * 1000 },
      knownIssues: health.knownIssues,
      backups: expected,
      ...expectations,
      places: placesOf(all, health.cloud, health.backups),
      newestMemory,
      ...(await store.readable(newestMemory)),
      partRoles: [...new Set(hosts.filter(({ target }) => !here(target)).map(({ role }) => role))],
      logsSince: Math.floor(Date.now() / 1000) - (since ?? health.since),
      hostTimeout: health.hostTimeout,
    },
    outline: {
      hosts: chosen.map(({ target, role }) => ({ target, role })),
      ...(cloud === undefined ? {} : { cloud }),
      backups,
      parallel: health.parallel,
    },
  };
}

/** One that can't be read is a finding: what does not need it is checked all the same, and a new one can be learned. */
function baselineOf(file: string | undefined): Pick<HealthPlan, 'baseline' | 'baselineProblem'> {
  if (file === undefined) return {};
  try {
    return { baseline: readBaseline(file) };
  } catch (error) {
    if (!isFault(error)) throw error;
    return { baselineProblem: error.message };
  }
}

/** A host that two roles name is of the first. A pattern that names none is a mistake, or a host that was forgotten. */
function hostsOf(config: Deps['config'], resolve: (name: string) => HostTarget): PlannedHost[] {
  const names = Object.keys(config.hosts);
  const taken = new Set<string>();
  return Object.entries(config.health.roles).flatMap(([role, entry]) =>
    entry.hosts.flatMap((pattern) => {
      const matches = nameMatcher(pattern);
      const found = names.filter(matches);
      if (found.length === 0)
        throw new Fault('ConfigInvalid', `health.roles.${role}.hosts: no host of the config is called ${pattern}`, {
          where: `health.roles.${role}`,
          remedy: 'add it to the section hosts, or correct the name',
        });
      const preset = entry.preset === undefined ? plainPreset : containerPresets[entry.preset];
      return found
        .filter((name) => !taken.has(name))
        .map((name): PlannedHost => {
          taken.add(name);
          return {
            target: resolve(name),
            role,
            ...(entry.runtime === undefined ? {} : { runtime: entry.runtime }),
            ignore: [...preset.ignore, ...entry.ignore],
            oneShots: [...preset.oneShots, ...entry.oneShots],
            logs: entry.logs ?? preset.logs,
            logsByPreset: entry.logs === undefined,
            mounts: entry.mounts ?? [],
          };
        });
    }),
  );
}
