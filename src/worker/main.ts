import { hostname } from 'node:os';
import { parseArgs } from 'node:util';
import { loadConfig } from '../config/load.ts';
import { Fault, isFault } from '../contracts/faults.ts';
import { runWorker } from './run.ts';

/**
 * A worker: `node dist/worker/main.js [--config FILE] [--site NAME]… [--metrics HOST:PORT] [--deployment NAME --build-id ID
 * [--current]]`. Which Temporal it serves comes from TEMPORAL_* and temporal.toml (@temporalio/envconfig). SIGTERM and SIGINT let it go: jobs on hosts run on, and the
 * next worker re-attaches to them.
 */
const { values } = parseArgs({
  options: {
    config: { type: 'string' },
    site: { type: 'string', multiple: true },
    metrics: { type: 'string' },
    deployment: { type: 'string' },
    'build-id': { type: 'string' },
    current: { type: 'boolean' },
  },
});

try {
  const { config, file } = loadConfig({ path: values.config });
  process.stderr.write(`worker ${String(process.pid)}@${hostname()}: config ${file ?? 'none, ad-hoc names only'}\n`);
  const { deployment, 'build-id': buildId, current = false } = values;
  // Without one of them it would serve as a worker of no build.
  if ((deployment === undefined) !== (buildId === undefined))
    throw new Fault('InvalidInput', '--deployment and --build-id go together');
  await runWorker({
    config,
    sites: values.site ?? [],
    metrics: values.metrics,
    deployment: deployment === undefined || buildId === undefined ? undefined : { deployment, buildId },
    current,
  });
} catch (error) {
  const remedy = isFault(error) ? `\n  → ${error.remedy}` : '';
  process.stderr.write(`worker: ${error instanceof Error ? error.message : String(error)}${remedy}\n`);
  process.exitCode = 1;
}
