import { expect, test } from '@jest/globals';
import type { MachineFacts } from '../../../src/contracts/machine.ts';
import type { HostTarget } from '../../../src/contracts/targets.ts';
import { machineProblems } from '../../../src/domain/health/machine-problems.ts';

const target: HostTarget = {
  ...{ name: 'ctl1', transport: 'ssh2' as const, address: '10.0.0.1', port: 22, user: 'heat-admin', sudo: true },
  ...{ runDirectory: '/run/stackhand', stateDirectory: '/var/lib/stackhand' },
};
const thresholds = { diskWarning: 85, diskCritical: 95, memory: 95, load: 4, clock: 2, stuck: 3600, latency: 5000 };
const disk = { mountPoint: '/var', size: 1000, used: 100, available: 900, inodes: 100, inodesUsed: 1 };
const well: MachineFacts = {
  clock: { ahead: 0.1, uncertain: 0.05 },
  cpus: 4,
  load: [1, 1, 1],
  memory: { total: 1000, available: 500 },
  space: [disk],
  spaceless: [],
  spaceHidden: false,
  rebootHidden: false,
  systemdHangs: false,
  failedUnits: [],
};
const found = (changed: Partial<MachineFacts>): string[] =>
  machineProblems(target, { ...well, ...changed }, thresholds, true).problems.map(
    ({ verdict, what, next }) => `${verdict}: ${what} → ${next ?? ''}`,
  );

test('one that is well says what was seen', () => {
  expect(machineProblems(target, well, thresholds, true)).toEqual({
    result: { check: 'hosts', where: 'ctl1', verdict: 'ok', seen: 'load 1, 50 % of memory, /var 10 % full' },
    problems: [],
  });
});

const ssh = 'ssh heat-admin@10.0.0.1 sudo';
test.each<[Partial<MachineFacts>, string[]]>([
  [
    { clock: { ahead: -12.34, uncertain: 0.1 } },
    [`warning: its clock is 12.3 s behind the worker's → ${ssh} chronyc tracking`],
  ],
  // A slow connection tells less of a clock.
  [{ clock: { ahead: 4, uncertain: 3 } }, []],
  [{ load: [1, 2, 20] }, [`warning: the load of 15 minutes is 5.0 for each CPU → ${ssh} top -b -n 1`]],
  [{ memory: { total: 1000, available: 40 } }, [`warning: 96 % of its memory is in use → ${ssh} ps aux --sort=-rss`]],
  [
    { space: [{ ...disk, used: 880, available: 120 }] },
    [`warning: /var is 88 % full → ${ssh} du -xh --max-depth=2 /var`],
  ],
  // As df: the twentieth that root keeps is neither used nor available.
  [
    { space: [{ ...disk, used: 910, available: 40 }] },
    [`critical: /var is 96 % full → ${ssh} du -xh --max-depth=2 /var`],
  ],
  [{ space: [{ ...disk, inodesUsed: 99 }] }, [`critical: /var has 99 % of its inodes in use → ${ssh} df -i /var`]],
  [{ space: [{ ...disk, inodes: 0, inodesUsed: 0 }] }, []],
  [
    { spaceless: ['/mnt/backup'] },
    [`unknown: /mnt/backup gives no answer: not mounted, or a share whose server is gone → ${ssh} findmnt`],
  ],
  [
    {
      failedUnits: [
        { name: 'chronyd.service', description: 'NTP' },
        { name: 'tripleo_nova_api_healthcheck.service', description: 'told with the containers' },
      ],
    },
    [`warning: the unit chronyd.service has failed → ${ssh} systemctl status chronyd.service`],
  ],
  [{ systemdHangs: true }, [`unknown: its systemd gives no answer → ${ssh} systemctl is-system-running`]],
  [{ reboot: 'kernel' }, [`warning: a reboot is due → ${ssh} uptime`]],
])('%j', (changed, problems) => {
  expect(found(changed)).toEqual(problems);
});

test('what could not be seen is named, so that nothing of it counts as over', () => {
  const unseen = (changed: Partial<MachineFacts>) =>
    machineProblems(target, { ...well, ...changed }, thresholds, true).result.unseen;
  expect(unseen({})).toBeUndefined();
  expect(unseen({ systemdHangs: true, failedUnits: [] })).toEqual(['unit/']);
  expect(unseen({ spaceless: ['/srv'] })).toEqual(['disk/srv', 'inodes/srv']);
  expect(unseen({ rebootHidden: true })).toEqual(['reboot']);
  expect(unseen({ spaceHidden: true })).toEqual(['disk/', 'inodes/']);
});

test('a health unit is told with the containers, and where those are not checked, here', () => {
  const failedUnits = [{ name: 'tripleo_nova_api_healthcheck.service', description: 'nova_api healthcheck' }];
  const told = (withContainers: boolean) =>
    machineProblems(target, { ...well, failedUnits }, thresholds, withContainers).problems.map(({ what }) => what);
  expect(told(true)).toEqual([]);
  expect(told(false)).toEqual(['the unit tripleo_nova_api_healthcheck.service has failed']);
});
