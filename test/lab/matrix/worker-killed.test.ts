import { describe, expect, test } from '@jest/globals';
import type { Activities } from '../../../src/activities/index.ts';
import { effects, labs, look, nothingLeft, on } from '../support/lab.ts';
import { until, useSite } from '../support/site.ts';

/** Every activity of a backup, in the order in which it is first scheduled. */
const activities: readonly (keyof Activities)[] = [
  'resolveBackup',
  'lookForBackup',
  'leftovers',
  'takeDomain',
  'mount',
  'probe',
  'preflight',
  'layOut',
  'holdGuard',
  'armGuard',
  'shutDown',
  'lookAtMoment',
  'archive',
  'confirmMoment',
  'verify',
  'finishBackup',
  'start',
  'disarmGuard',
  'settleDomain',
  'dropLeases',
  'unmount',
  'letGo',
  'keepReport',
];

describe.each(labs)('a backup on the $name hypervisor', (lab) => {
  const site = useSite(lab);

  test('schedules the activities in which its worker is killed below, and no other', async () => {
    await site.startWorker();
    const id = await site.begin('vm', 'backup', 'web01', '--shutdown');
    expect(await site.ended(id)).toBe('COMPLETED');
    expect([...new Set(await site.scheduled(id))].sort()).toEqual([...activities].sort());
  });

  test.each(activities)('ends as without the kill when its worker dies in %s', async (activity) => {
    const first = await site.startWorker();
    const before = await look(lab, 'web01');
    const id = await site.begin('vm', 'backup', 'web01', '--shutdown');
    await site.reached(id, activity);
    await site.kill(first);
    await site.startWorker();
    expect(await site.ended(id)).toBe('COMPLETED');
    const after = await look(lab, 'web01');
    expect(after).toMatchObject({ vm: 'running', ...nothingLeft });
    expect(effects(before, after)).toEqual([1, 1]);
    expect(after.backups).toHaveLength(before.backups.length + 1);
  });

  test('that shuts nothing down ends so when its worker dies while the guest ignores the request', async () => {
    const first = await site.startWorker();
    const before = await look(lab, 'deaf01');
    const id = await site.begin('vm', 'backup', 'deaf01', '--shutdown', '--shutdown-timeout', '20s');
    await site.reached(id, 'shutDown');
    const requested = `grep -l '"shutdown":' /var/lib/stackhand/operations/*.json; true`;
    await until(async () => (await on(lab, requested)) !== '', 60_000, 'the shutdown is requested', 500);
    await site.kill(first);
    await site.startWorker();
    expect(await site.ended(id)).toBe('FAILED');
    const after = await look(lab, 'deaf01');
    expect(after).toMatchObject({ vm: 'running', ...nothingLeft });
    expect(effects(before, after)).toEqual([0, 0]);
  });
});
