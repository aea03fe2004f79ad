import { hostname } from 'node:os';
import type { Command } from 'commander';
import { filesSite } from '../../contracts/image-upload.ts';
import { Fault } from '../../contracts/faults.ts';
import type { Cli } from '../cli.ts';
import { define } from '../define.ts';
import { collect } from '../input.ts';

export function worker(parent: Command, cli: Cli): void {
  define(
    parent,
    'worker',
    'Run a worker until SIGTERM: it reaches the hosts and does the work. Which Temporal it serves comes from TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_API_KEY, TEMPORAL_TLS_… or the profile of temporal.toml. A running stackhand dev has one already.',
    {
      endings: ['done', 'failed', 'usage', 'unreachable'],
      examples: [
        ['for the Temporal of this machine, or the configured one', 'stackhand worker'],
        ['beside the hosts of a site', 'TEMPORAL_ADDRESS=temporal.example:7233 stackhand worker --site rack2'],
      ],
    },
  )
    .option('--site <name>', 'also serve this site; may be repeated', collect)
    .option('--files', 'also read files of this machine, for image upload PATH')
    .option('--metrics <host:port>', 'give metrics to Prometheus there, such as 127.0.0.1:9464')
    .action(async ({ site, files, metrics }: { site?: string[]; files?: boolean; metrics?: string }) => {
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
        sites: [...(site ?? []), ...(files === true ? [filesSite(hostname())] : [])],
        env: {
          ...process.env,
          TEMPORAL_ADDRESS: target.address,
          TEMPORAL_NAMESPACE: target.namespace,
          ...(temporal.profile === undefined ? {} : { TEMPORAL_PROFILE: temporal.profile }),
        },
      });
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill('SIGTERM'));
      if ((await exitOf(child)) !== 0) cli.end('failed');
    });
}
