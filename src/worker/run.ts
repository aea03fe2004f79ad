import { homedir } from 'node:os';
import { Worker } from '@temporalio/worker';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { createActivities } from '../activities/index.ts';
import { CloudPool } from '../activities/servers/cloud-pool.ts';
import type { Config } from '../config/schema.ts';
import { siteQueue, taskQueue } from '../contracts/operation.ts';
import { workerConverter } from '../payloads/data-converter.ts';
import { HostPool } from '../systems/host/index.ts';
import { workflowBundle } from './bundle.ts';
import { capacity } from './capacity.ts';
import { connectNatively } from './connection.ts';
import { Build } from './build.ts';
import type { Deployment } from './build.ts';
import { settleCurrent } from './current-build.ts';
import { ensureSearchAttributes } from './search-attributes.ts';
import { heedSignals } from './signals.ts';
import { activityLog } from './logs/activity-log.ts';
import { countReports } from './metrics/operations.ts';
import { publishGauges } from './metrics/publish.ts';
import { openRecords } from './records.ts';
import { installRuntime } from './runtime.ts';
import { runTogether } from './together.ts';

export interface WorkerOptions {
  readonly config: Config;
  /** Sites whose hosts this worker reaches, beside the default queue. */
  readonly sites: readonly string[];
  /** HOST:PORT at which Prometheus finds metrics; without it there are none. */
  readonly metrics?: string | undefined;
  /** Which build it is, where operations are pinned to builds. */
  readonly deployment?: Deployment | undefined;
  /** Operations begin with that build from now on. */
  readonly current?: boolean;
}

/** Serves until SIGTERM or SIGINT. Workflows run on the default queue, each site's activities on a queue of its own. */
export async function runWorker({ config, sites, metrics, deployment, current = false }: WorkerOptions): Promise<void> {
  const { records, close } = await openRecords(config, process.env);
  const runtime = installRuntime(metrics);
  const { dataConverter, encrypts } = workerConverter(process.env);
  const { connectionOptions, namespace = 'default' } = loadClientConnectConfig();
  const connection = await connectNatively(connectionOptions);
  await ensureSearchAttributes(connection, namespace);
  const hosts = new HostPool();
  const clouds = new CloudPool({ config, records, env: process.env, home: homedir(), cwd: process.cwd() });
  const meter = runtime.metricMeter;
  const activities = createActivities({
    config,
    clouds,
    host: (target) => hosts.get(target),
    records,
    env: process.env,
    temporalAddress: connectionOptions.address,
    homeDirectory: homedir(),
    reported: countReports(meter),
  });
  const build = deployment === undefined ? undefined : new Build(connection, namespace, deployment);
  const common = {
    ...build?.options,
    connection,
    namespace,
    activities,
    dataConverter,
    interceptors: { activity: [activityLog] },
    // Cancellation reaches an activity with its heartbeat: a throttled one would be told a minute late.
    maxHeartbeatThrottleInterval: '1s',
    defaultHeartbeatThrottleInterval: '1s',
    // Activities detach from what they wait for as soon as they are told; this is for commands in flight.
    shutdownGraceTime: '5s',
    ...capacity(config.worker),
  };
  const workers = await Promise.all([
    Worker.create({ ...common, taskQueue, ...workflowBundle(encrypts) }),
    ...sites.map((site) => Worker.create({ ...common, taskQueue: siteQueue(site) })),
  ]);
  const presence = await build?.bePresent();
  const pinning = build === undefined || presence === undefined ? undefined : { build, presence };
  // Heeded from before the word that it serves.
  const forgetSignals = heedSignals(connection, namespace, workers, sites, pinning);
  process.stderr.write(`worker: ready, serving ${[taskQueue, ...sites.map(siteQueue)].join(', ')}\n`);
  if (build !== undefined) void settleCurrent(build, current);
  const unpublish =
    metrics === undefined
      ? undefined
      : publishGauges(meter, { config, sites, records, connection, namespace, log: runtime.logger });
  try {
    await runTogether(workers);
  } finally {
    forgetSignals();
    await presence?.end();
    unpublish?.();
    await hosts.close();
    await clouds.close();
    await close();
    await connection.close();
  }
}
