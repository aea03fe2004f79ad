import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Finding, HealthReport } from '../../../src/contracts/health.ts';
import { on, the } from '../support/lab.ts';
import { useSite } from '../support/site.ts';

const lab = the('hypervisor');

/** Real containers of a real podman, real log files, real VMs: three nights of them. */
describe('the health of a real host', () => {
  const site = useSite(
    lab,
    `
health:
  baseline: baseline.yaml
  roles:
    controllers:
      hosts: [hypervisor]
      preset: tripleo
  backups:
    - host: hypervisor
      vm: web01
      within: 1s
`,
  );
  const night = async (): Promise<HealthReport> => {
    const { exitCode, stdout, stderr } = await site.cli('health', 'check', '--commit', '--json');
    if (exitCode !== 0 && exitCode !== 3) throw new Error(stderr);
    return JSON.parse(stdout) as HealthReport;
  };
  const found = ({ findings }: HealthReport, words: string): Finding | undefined =>
    findings.find(({ what }) => what.includes(words));
  const difference = (report: HealthReport, words: string): string | undefined => found(report, words)?.difference;

  beforeAll(async () => {
    await on(lab, 'podman start keystone >/dev/null');
    await site.startWorker();
    const file = join(site.directory, 'baseline.yaml');
    await writeFile(file, 'roles: {}\n');
    const { exitCode, stderr } = await site.cli('health', 'baseline', '--out', file, '--replace');
    expect([exitCode, stderr]).toEqual([0, expect.not.stringContaining('could not be looked at')]);
  }, 180_000);

  test('what is wrong is told once, goes on, and ends', async () => {
    await site.startWorker();
    const first = await night();
    expect(found(first, 'neutron_dhcp is unhealthy')).toMatchObject({ verdict: 'warning', difference: 'new' });
    expect(found(first, 'nova_wait_for_compute')).toMatchObject({ what: expect.stringContaining('code 3') });
    // None at all, or one of the tests before this.
    expect(first.findings.find(({ check }) => check === 'backups')).toMatchObject({
      ...{ verdict: 'critical', difference: 'new', where: 'hypervisor' },
      what: expect.stringMatching(/^VM web01 has no good backup$|^the newest good backup of VM web01 is /),
    });
    expect(first.results.filter(({ unseen }) => unseen !== undefined)).toEqual([]);

    await on(lab, '/root/lab/mklogs.sh; podman stop -t 1 keystone >/dev/null');
    const second = await night();
    expect(difference(second, 'keystone has exited')).toBe('new');
    expect(difference(second, 'neutron_dhcp is unhealthy')).toBe('still there');
    const logged = second.findings.filter(({ check, difference: how }) => check === 'logs' && how !== 'resolved');
    expect(new Set(logged.map(({ verdict }) => verdict))).toEqual(new Set(['critical', 'warning']));
    expect(logged.some(({ what }) => what.startsWith('CRITICAL keystone'))).toBe(true);
    expect(logged.some(({ what }) => /ERROR nova\.compute\.manager .*libvirtError/.test(what))).toBe(true);
    // Each was added once, and none of what the first night had shown.
    expect(logged.map(({ count }) => count)).toEqual(logged.map(() => 1));

    await on(lab, 'podman start keystone >/dev/null; podman rm -f nova_compute >/dev/null');
    const third = await night();
    expect(difference(third, 'keystone has exited')).toBe('resolved');
    expect(found(third, 'nova_compute is missing')).toMatchObject({ verdict: 'critical', difference: 'new' });
    expect(logged.map(({ id }) => third.findings.find((finding) => finding.id === id)?.difference)).toEqual(
      logged.map(() => 'resolved'),
    );
  }, 240_000);
});
