import type { MetricGauge } from '@temporalio/common';

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/**
 * Publishes exactly these. A series that was there and is not any more becomes NaN, which no comparison holds for: a gauge
 * of the SDK can't be taken back.
 */
export function exactly(gauge: MetricGauge): (samples: readonly Sample[]) => void {
  let before = new Map<string, Sample>();
  return (samples) => {
    const now = new Map(samples.map((sample) => [JSON.stringify(Object.entries(sample.labels).sort()), sample]));
    for (const [key, { labels }] of before) if (!now.has(key)) gauge.set(NaN, labels);
    for (const { value, labels } of now.values()) gauge.set(value, labels);
    before = now;
  };
}
