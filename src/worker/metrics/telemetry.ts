import type { TelemetryOptions } from '@temporalio/worker';
import { downtimeBuckets, durationBuckets, downtimeName, durationName } from './operations.ts';

/** Prometheus metrics of the SDK and of this program, at http://ADDRESS/metrics. */
export const metricsAt = (address: string): TelemetryOptions => ({
  metrics: {
    prometheus: {
      bindAddress: address,
      countersTotalSuffix: true,
      unitSuffix: true,
      histogramBucketOverrides: { [durationName]: durationBuckets, [downtimeName]: downtimeBuckets },
    },
  },
});
