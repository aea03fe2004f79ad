import { DefaultLogger, Runtime, makeTelemetryFilterString } from '@temporalio/worker';

/** Temporal's native part, saying errors only: tests provoke what it would warn of. Once per test file. */
export function installQuietRuntime(): void {
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: {
      logging: { filter: makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' }), forward: {} },
    },
  });
}
