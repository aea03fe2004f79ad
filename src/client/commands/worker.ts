import { constants, hostname } from 'node:os';
import type { Command } from 'commander';
import { filesSite } from '../../contracts/operation.ts';
import { Fault } from '../../contracts/faults.ts';
import type { Cli } from '../cli.ts';
import { define } from '../define.ts';
import type { WorkerSettings } from '../dev/worker-process.ts';
import { collect } from '../input.ts';
import { version } from '../version.ts';

interface WorkerOptions {
  readonly site?: string[];
  readonly files?: boolean;
  readonly metrics?: string;
  readonly deployment?: string;
  readonly buildId?: string;
  readonly current?: boolean;
}

export function worker(parent: Command, cli: Cli): void {
  define(
    parent,
    'worker',
    'Run a worker until SIGTERM: it reaches the hosts and does the work. Which Temporal it serves comes from TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_API_KEY, TEMPORAL_TLS_… or the profile of temporal.toml. A running stackhand dev has one already.',
    {
      endings: ['done', 'failed', 'usage', 'unreachable'],
      examples: [
        ['for the Temporal of this machine, or the configured one', 'stackhand worker'],
        [
          'one that operations stay with to their end (docs/upgrading.md)',
          'stackhand worker --deployment stackhand --current',
        ],
        ['beside the hosts of a site', 'TEMPORAL_ADDRESS=temporal.example:7233 stackhand worker --site rack2'],
      ],
    },
  )
    .option('--site <name>', 'also serve this site; may be repeated', collect)
    .option('--files', 'also read files of this machine, for image upload PATH')
    .option('--metrics <host:port>', 'give metrics to Prometheus there, such as 127.0.0.1:9464')
    .option('--deployment <name>', 'pin operations to the build of this deployment that they begin with')
    .option('--build-id <id>', 'with --deployment: which build this is; by default its version')
    .option('--current', 'with --deployment: operations begin with this build from now on')
    .action(async (options: WorkerOptions) => {
      const { site, files, metrics } = options;
      if (metrics !== undefined && !/^(\[[0-9a-fA-F:]+\]|[0-9.]+):\d{1,5}$/.test(metrics))
        throw new Fault(
          'InvalidInput',
          `--metrics ${metrics}: expected an IP address and a port, such as 127.0.0.1:9464`,
        );
      await cli.checkConfig();
      const { target } = await cli.temporal();
      const { exitOf, spawnWorker } = await import('../dev/worker-process.ts');
      const { config, temporal } = cli.out.settings;
      const child = spawnWorker({
        config,
        metrics,
        build: buildOf(options),
        sites: [...(site ?? []), ...(files === true ? [filesSite(hostname())] : [])],
        env: {
          ...process.env,
          TEMPORAL_ADDRESS: target.address,
          TEMPORAL_NAMESPACE: target.namespace,
          ...(temporal.profile === undefined ? {} : { TEMPORAL_PROFILE: temporal.profile }),
        },
      });
      let told = false;
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
        process.on(signal, () => {
          told = true;
          child.kill('SIGTERM');
        });
      const code = await exitOf(child);
      // Until it serves it has nothing to let go of, and dies of the signal.
      if (code !== 0 && !(told && code === endedBySigterm)) cli.end('failed');
    });
}

/** As a shell has it. */
const endedBySigterm = 128 + constants.signals.SIGTERM;

/** Names go into queries, and Temporal joins the two of a version by a colon. */
function buildOf({ deployment, buildId, current }: WorkerOptions): WorkerSettings['build'] {
  if (deployment === undefined) {
    if (buildId === undefined && current === undefined) return undefined;
    throw new Fault('InvalidInput', '--build-id and --current go with --deployment');
  }
  const build = { deployment, buildId: buildId ?? version(), current: current === true };
  for (const name of [build.deployment, build.buildId])
    if (!/^[A-Za-z0-9][A-Za-z0-9_.+-]{0,99}$/.test(name))
      throw new Fault('InvalidInput', `${name} can't name a deployment or a build: expected letters, digits and _.+-`);
  return build;
}
