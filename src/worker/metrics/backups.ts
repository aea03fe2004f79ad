import type { MetricMeter } from '@temporalio/common';
import { NewestBackups } from '../../activities/shared/newest-backups.ts';
import type { Config } from '../../config/schema.ts';
import { ageLimits } from '../../domain/health/age-limits.ts';
import type { Records } from '../../systems/records/records.ts';
import { exactly } from './labelled-gauge.ts';
import type { Sample } from './labelled-gauge.ts';

/** How old the newest good backup of each VM is, and may be, by the records: the same from each worker, and after a restart. */
export function backupGauges(
  meter: MetricMeter,
  { config, records }: { readonly config: Config; readonly records: Records },
): () => Promise<void> {
  const gauge = (name: string, what: string) => exactly(meter.createGauge(name, 'float', '', what));
  const newest = gauge(
    'stackhand_backup_newest_good_timestamp_seconds',
    "The moment that a VM's newest good backup is of",
  );
  const limit = gauge('stackhand_backup_age_limit_seconds', 'How old that may be, by the config');
  const looked = gauge(
    'stackhand_backup_seen_timestamp_seconds',
    'When what a host knows of its backups was last looked at',
  );
  const known = new NewestBackups({ config, records });
  const expected = config.health.backups;

  return async () => {
    const samples = { newest: [] as Sample[], limit: [] as Sample[], looked: [] as Sample[] };
    const hosts = Object.keys(config.hosts);
    const seenOf = await known.of(hosts);
    for (const host of hosts) {
      const seen = seenOf.get(host);
      const ofHost = expected.filter((each) => each.host === host);
      // Also where nobody ever looked: that is as bad as long ago.
      if (ofHost.length > 0) samples.looked.push({ labels: { host }, value: Math.round((seen?.at ?? 0) / 1000) });
      const vms = seen?.vms ?? [];
      for (const { name: vm, newest: good } of vms) {
        const at = Date.parse(good?.at ?? '');
        if (good !== undefined && !Number.isNaN(at))
          samples.newest.push({ labels: { host, vm, repository: good.repository }, value: at / 1000 });
      }
      const limits = ageLimits(
        vms.map(({ name }) => name),
        ofHost,
      );
      for (const [vm, value] of limits) samples.limit.push({ labels: { host, vm }, value });
    }
    newest(samples.newest);
    limit(samples.limit);
    looked(samples.looked);
  };
}
