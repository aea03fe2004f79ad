import { Runtime } from '@temporalio/worker';
import { Fault } from '../contracts/faults.ts';
import { nativeLogs, workerLogger } from './logs/logger.ts';
import { metricsAt } from './metrics/telemetry.ts';

/**
 * The SDK's runtime of this process; `metrics` is where Prometheus finds them, HOST:PORT. Signals are the worker's own to
 * heed (signals.ts).
 * @throws Fault InvalidInput where nothing can listen at that address
 */
export function installRuntime(metrics: string | undefined): Runtime {
  const options = { logger: workerLogger(), shutdownSignals: [] };
  if (metrics === undefined) return Runtime.install({ ...options, telemetryOptions: { logging: nativeLogs } });
  try {
    return Runtime.install({ ...options, telemetryOptions: { logging: nativeLogs, ...metricsAt(metrics) } });
  } catch (error) {
    throw new Fault(
      'InvalidInput',
      `metrics can't be given at ${metrics}: ${(error as Error).message}`,
      { where: metrics, remedy: 'say another address and port with --metrics: each worker of a machine has its own' },
      { cause: error },
    );
  }
}
