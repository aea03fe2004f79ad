import type { MetricMeter } from '@temporalio/common';
import type { TelemetryOptions } from '@temporalio/worker';
import { verdictCodes } from '../contracts/health.ts';
import { HealthStore } from '../activities/health/store.ts';
import type { Records } from '../systems/records/records.ts';

/** Prometheus metrics of the SDK and of this program, at http://ADDRESS/metrics. */
export const metricsAt = (address: string): TelemetryOptions => ({
  metrics: { prometheus: { bindAddress: address, countersTotalSuffix: true, unitSuffix: true } },
});

const every = 30_000;

/**
 * The last health check that counted, as the records have it: the same from each worker, and after each restart. Until
 * the returned function is called.
 */
export function publishHealth(records: Records, meter: MetricMeter): () => void {
  const store = new HealthStore(records);
  const verdict = meter.createGauge('stackhand_health_verdict', 'int', '', '0 ok, 1 warning, 2 critical, 3 unknown');
  const findings = meter.createGauge('stackhand_health_findings', 'int', '', 'Of the last check, by how bad they are');
  const changes = meter.createGauge('stackhand_health_changes', 'int', '', 'Of the last check, by what became of them');
  const at = meter.createGauge('stackhand_health_checked_timestamp_seconds', 'int', '', 'When the last check began');
  const publish = async (): Promise<void> => {
    const [last] = (await store.last())?.history ?? [];
    if (last === undefined) return;
    const { counts } = last;
    verdict.set(verdictCodes[last.verdict]);
    for (const kind of ['critical', 'warning', 'unknown', 'known'] as const)
      findings.set(counts[kind], { verdict: kind });
    changes.set(counts.new, { difference: 'new' });
    changes.set(counts.stillThere, { difference: 'still there' });
    changes.set(counts.resolved, { difference: 'resolved' });
    at.set(Math.round(last.at / 1000));
  };
  // Records that can't be read now are told by whoever needs them; the metrics wait.
  const attempt = (): void => void publish().catch(() => undefined);
  attempt();
  const timer = setInterval(attempt, every);
  return () => clearInterval(timer);
}
