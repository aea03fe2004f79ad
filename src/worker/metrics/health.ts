import type { MetricMeter } from '@temporalio/common';
import { verdictCodes } from '../../contracts/health.ts';
import { lastChecked, standing } from '../../domain/health/read-memory.ts';
import { HealthStore } from '../../activities/health/store.ts';
import type { Records } from '../../systems/records/records.ts';

/** What health checks that counted know, as the records have it: the same from each worker, and after each restart. */
export function healthGauges(meter: MetricMeter, records: Records): () => Promise<void> {
  const store = new HealthStore(records);
  const verdict = meter.createGauge('stackhand_health_verdict', 'int', '', '0 ok, 1 warning, 2 critical, 3 unknown');
  const findings = meter.createGauge('stackhand_health_findings', 'int', '', 'What is wrong, by how bad it is');
  const changes = meter.createGauge('stackhand_health_changes', 'int', '', 'Of the last check, by what became of them');
  const at = meter.createGauge(
    'stackhand_health_checked_timestamp_seconds',
    'int',
    '',
    'When the last check of the kind began',
  );
  let published = 0;
  return async () => {
    // A generation is made once, and is large where a thousand hosts are checked: what is told of it stays so.
    const newest = await store.newest();
    if (newest === published) return;
    const memory = await store.last();
    const now = memory === undefined ? undefined : standing(memory);
    if (memory === undefined || now === undefined) return;
    verdict.set(verdictCodes[now.verdict]);
    for (const kind of ['critical', 'warning', 'unknown'] as const) findings.set(now[kind], { verdict: kind });
    findings.set(now.known, { verdict: 'known' });
    changes.set(now.newest.counts.new, { difference: 'new' });
    changes.set(now.newest.counts.stillThere, { difference: 'still there' });
    changes.set(now.newest.counts.resolved, { difference: 'resolved' });
    for (const [check, began] of Object.entries(lastChecked(memory.history)))
      at.set(Math.round(began / 1000), { check });
    published = newest;
  };
}
