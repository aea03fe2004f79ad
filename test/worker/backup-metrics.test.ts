import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { Report } from '../../src/contracts/operation.ts';
import type { VmBackupResult } from '../../src/contracts/vm-backup.ts';
import { until } from '../support/poll.ts';
import { useObserved } from './support/observed.ts';

const newest = 'stackhand_backup_newest_good_timestamp_seconds';
const limit = 'stackhand_backup_age_limit_seconds';
const looked = 'stackhand_backup_seen_timestamp_seconds';
const ofWeb01 = { host: 'kvm1', vm: 'web01', repository: 'nas' };

/** How old the newest good backup of each VM is, as every worker tells it. */
describe('the newest good backup in the metrics', () => {
  const observed = useObserved({
    health: {
      backups: [
        { host: 'kvm1', vm: '*', within: '7d' },
        { host: 'kvm1', vm: 'web*', within: '26h' },
      ],
    },
  });
  const becomes = (what: string, condition: () => Promise<boolean>): Promise<void> => until(what, condition, 45);
  const backUp = async (vm: string, ...more: string[]): Promise<VmBackupResult> => {
    const report = await observed.program.json<Report<VmBackupResult>>(
      ...['vm', 'backup', vm, '--host', 'kvm1', '--shutdown', ...more],
    );
    if (report.exitCode !== 0 || report.result === undefined) throw new Error(report.summary);
    return report.result;
  };
  /** Seconds, by its name: backup_20261122T010203Z. */
  const takenAt = ({ path }: VmBackupResult): number => {
    const [, date = '', time = ''] = /backup_(\d{8})T(\d{6})Z$/.exec(path) ?? [];
    const parts = `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}T${time.slice(0, 2)}:${time.slice(2, 4)}:${time.slice(4)}Z`;
    return Date.parse(parts) / 1000;
  };

  test('nobody has looked yet: that is told for a host of which backups are expected', async () => {
    await becomes('it is 0', async () => (await observed.value(looked, { host: 'kvm1' })) === 0);
    expect(await observed.scrape()).not.toContain(newest);
  });

  test('a verified backup is there with its moment, and each VM with the limit that the config says', async () => {
    const made = await backUp('web01');
    await becomes('it is there', async () => (await observed.value(newest, ofWeb01)) !== undefined);
    expect(Math.floor((await observed.value(newest, ofWeb01)) ?? 0)).toBe(takenAt(made));
    expect(await observed.value(limit, { host: 'kvm1', vm: 'web01' })).toBe(26 * 3600);
    expect(await observed.value(limit, { host: 'kvm1', vm: 'db01' })).toBe(7 * 24 * 3600);
    expect(await observed.value(newest, { vm: 'db01' })).toBeUndefined();
    expect(await observed.value(looked, { host: 'kvm1' })).toBeGreaterThanOrEqual(takenAt(made));
  });

  test('a worker that starts anew tells the same', async () => {
    const before = await observed.value(newest, ofWeb01);
    await observed.program.stopWorkers('SIGKILL');
    await observed.startWorker();
    await becomes('it is there', async () => (await observed.value(newest, ofWeb01)) === before);
  });

  test('one that nobody has read back is no good one', async () => {
    const before = await observed.value(newest, ofWeb01);
    await backUp('web01', '--verify', 'none');
    await observed.program.json('health', 'check', '--only', 'backups');
    await becomes('the host was looked at', async () => Date.now() / 1000 - ((await observed.value(looked)) ?? 0) < 45);
    expect(await observed.value(newest, ofWeb01)).toBe(before);
  });

  test('one that is found damaged is none any more, and the next good one takes its place', async () => {
    const { repository, directory: site } = observed.site.ready;
    const { backups } = await observed.program.json<{ backups: { path: string; status: string }[] }>(
      ...['vm', 'backups', 'web01', '--host', 'kvm1'],
    );
    const { path = '' } = backups.find(({ status }) => status === 'good') ?? {};
    const directory = join(site, 'nas', repository.source.replace(/^[^/]*:/, ''), path);
    const archive = (await readdir(directory)).find((file) => file.startsWith('vda')) ?? '';
    const file = await open(join(directory, archive), 'r+');
    await file.write(Buffer.alloc(64), 0, 64, 4096);
    await file.close();
    await observed.program.run(['vm', 'verify', path, '--host', 'kvm1']);
    await becomes('it is none', async () => Number.isNaN(await observed.value(newest, ofWeb01)));
    expect(await observed.value(limit, { host: 'kvm1', vm: 'web01' })).toBe(26 * 3600);

    const made = await backUp('web01');
    await becomes(
      'it is there again',
      async () => Math.floor((await observed.value(newest, ofWeb01)) ?? 0) === takenAt(made),
    );
  }, 180_000);
});
