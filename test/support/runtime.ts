import { inspect } from 'node:util';
import { DefaultLogger, Runtime, makeTelemetryFilterString } from '@temporalio/worker';
import { secretScan } from './secrets.ts';

let installed = false;

/** Temporal's native part, saying errors only: tests provoke what it would warn of. Once per test file, however often. */
export function installQuietRuntime(): void {
  if (installed) return;
  installed = true;
  Runtime.install({
    logger: new DefaultLogger('ERROR', (entry) => {
      const line = `${entry.level} ${entry.message} ${inspect(entry.meta, { depth: 8 })}\n`;
      secretScan.said("a worker's log", line);
      process.stderr.write(line);
    }),
    telemetryOptions: {
      logging: { filter: makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' }), forward: {} },
    },
  });
}
