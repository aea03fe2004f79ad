import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { armGuard, disarmGuard, readGuard, renewGuard, type GuardSpec } from '../../../src/systems/jobs/guard.ts';
import { followJob, startJob, stopJob } from '../../../src/systems/jobs/job.ts';
import { eventually, localHost, scratch } from './support/local.ts';
import { standInVirsh } from './support/stand-in-virsh.ts';

const { directory, paths, remove } = scratch();
const domain = { name: 'web01', uuid: randomUUID() };
const operations: string[] = [];
let virsh = standInVirsh(join(directory, 'virsh'));
let host = localHost(virsh.env);

beforeEach(() => {
  virsh = standInVirsh(join(directory, randomUUID()));
  host = localHost(virsh.env);
});

afterAll(async () => {
  for (const operation of operations) {
    await disarmGuard(host, paths, operation);
    await stopJob(host, paths, { operation });
  }
  remove();
});

/** A VM that is off, below an armed guard. */
async function armed(after: number, more: Partial<GuardSpec> = {}): Promise<string> {
  const operation = randomUUID();
  operations.push(operation);
  virsh.set('shut off');
  await armGuard(host, paths, { operation, domain, after, settle: 0, ...more });
  return operation;
}

const guardFile = (operation: string, name: string): string => join(paths.state, 'guards', operation, name);
const pidOf = (operation: string): number => Number(readFileSync(guardFile(operation, 'pid'), 'utf8').split(' ')[0]);

function runs(pid: number): boolean {
  try {
    return !/\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

describe('a guard', () => {
  test('starts the VM when nobody renews, and says so from then on', async () => {
    const operation = await armed(1);
    expect(await readGuard(host, paths, operation)).toBe('armed');
    await eventually('the VM runs', () => virsh.state() === 'running', 5);
    expect(await renewGuard(host, paths, operation)).toBe('acted');
    await expect(armGuard(host, paths, { operation, domain, after: 1 })).rejects.toMatchObject({ type: 'GuardActed' });
    expect(await disarmGuard(host, paths, operation)).toBe('acted');
    expect(await disarmGuard(host, paths, operation)).toBe('acted');
    expect(await readGuard(host, paths, operation)).toBe('acted');
    expect(virsh.starts()).toBe(1);
  });

  test('leaves the VM alone as long as it is renewed', async () => {
    const operation = await armed(1);
    const end = Date.now() + 2500;
    while (Date.now() < end) {
      expect(await renewGuard(host, paths, operation)).toBe('armed');
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    expect(virsh.starts()).toBe(0);
    expect(await disarmGuard(host, paths, operation)).toBe('armed');
  });

  test('never acts once it is disarmed, and is never armed again', async () => {
    const operation = await armed(1);
    const pid = pidOf(operation);
    expect(await disarmGuard(host, paths, operation)).toBe('armed');
    expect(runs(pid)).toBe(false);
    expect(await disarmGuard(host, paths, operation)).toBe('absent');
    expect(await renewGuard(host, paths, operation)).toBe('absent');
    await expect(armGuard(host, paths, { operation, domain, after: 1 })).rejects.toMatchObject({ type: 'VmRefused' });
    await new Promise((resolve) => setTimeout(resolve, 1800));
    expect(virsh.starts()).toBe(0);
  });

  test('disarmed in the moment it acts has either started the VM or never will', async () => {
    const seen = new Set<string>();
    await Promise.all(
      [900, 1000, 1100, 1500, 1900, 2000, 2100, 2300].map(async (wait, index) => {
        const own = standInVirsh(join(directory, `race-${index}`));
        const ownHost = localHost(own.env);
        const operation = randomUUID();
        operations.push(operation);
        own.set('shut off');
        await armGuard(ownHost, paths, { operation, domain, after: 1, settle: 0 });
        await new Promise((resolve) => setTimeout(resolve, wait));
        const state = await disarmGuard(ownHost, paths, operation);
        seen.add(state);
        const starts = own.starts();
        if (state === 'armed') expect(starts).toBe(0);
        await new Promise((resolve) => setTimeout(resolve, 1500));
        expect(own.starts()).toBe(starts);
      }),
    );
    expect([...seen].sort()).toEqual(['acted', 'armed']);
  });

  test('goes on asking while libvirt does not answer', async () => {
    virsh.refuse(true);
    const operation = await armed(1);
    await eventually('it acts', async () => (await readGuard(host, paths, operation)) === 'acted', 5);
    expect(virsh.state()).toBe('shut off');
    virsh.refuse(false);
    await eventually('the VM runs', () => virsh.state() === 'running', 10);
  });

  test('starts a VM that powers off after it was seen running, since a shutdown was under way', async () => {
    const operation = randomUUID();
    operations.push(operation);
    await armGuard(host, paths, { operation, domain, after: 0, settle: 20 });
    await eventually('it acts', () => existsSync(guardFile(operation, 'acted')), 5);
    expect(virsh.starts()).toBe(0);
    virsh.set('shut off');
    await eventually('the VM runs again', () => virsh.state() === 'running', 8);
    expect(virsh.starts()).toBe(1);
  });

  test('starts the VM first, then ends the jobs that have not ended well', async () => {
    const operation = await armed(3);
    const good = { operation, step: 'archive-vda' };
    const bad = { operation, step: 'archive-vdb' };
    await startJob(host, paths, good, { name: 'test', text: 'echo "digest abc" >"$JOB/result"' }, {});
    await followJob(host, paths, good);
    await startJob(host, paths, bad, { name: 'test', text: 'sleep 300' }, {});
    await expect(followJob(host, paths, bad)).rejects.toMatchObject({ type: 'JobLost', message: /was stopped/ });
    expect(virsh.state()).toBe('running');
    expect(await followJob(host, paths, good)).toEqual({ state: 'done', result: { digest: 'abc' } });
  });

  test('counts from boot when the host rebooted, and is started again by a renewal', async () => {
    const operation = await armed(100_000_000);
    process.kill(pidOf(operation), 'SIGKILL');
    await eventually('it is dead', () => !runs(pidOf(operation)));
    writeFileSync(guardFile(operation, 'renewed'), `${randomUUID()} 99999999999\n`);
    expect(await renewGuard(host, paths, operation)).toBe('armed');
    expect(runs(pidOf(operation))).toBe(true);
    const [boot, seconds] = readFileSync(guardFile(operation, 'renewed'), 'utf8').trim().split(' ');
    expect(boot).toBe(readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());
    expect(Math.abs(Number(seconds) / 100 - Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]))).toBeLessThan(
      10,
    );

    writeFileSync(guardFile(operation, 'spec'), `${domain.uuid}\n1\n0\n`);
    process.kill(pidOf(operation), 'SIGKILL');
    await eventually('it is dead', () => !runs(pidOf(operation)));
    writeFileSync(guardFile(operation, 'renewed'), `${randomUUID()} 99999999999\n`);
    const script = ['bash', guardFile(operation, 'guard.sh'), join(guardFile(operation, 'x'), '..'), paths.run];
    await host.run(script, { deadline: 20 });
    expect(virsh.state()).toBe('running');
  });

  test('runs once, however often it is armed', async () => {
    const operation = await armed(60);
    const pid = pidOf(operation);
    await Promise.all(
      Array.from({ length: 5 }, () => armGuard(host, paths, { operation, domain, after: 60, settle: 0 })),
    );
    expect(pidOf(operation)).toBe(pid);
    const running = (): string[] =>
      readdirSync('/proc').filter((name) => {
        try {
          return readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0')[1] === guardFile(operation, 'guard.sh');
        } catch {
          return false;
        }
      });
    await eventually('only one is left', () => running().join() === String(pid));
    await disarmGuard(host, paths, operation);
  });

  test('is refused for what is no UUID and no number of seconds', async () => {
    const operation = randomUUID();
    for (const spec of [
      { operation, domain: { ...domain, uuid: '--all' }, after: 5 },
      { operation, domain, after: 1.5 },
    ]) {
      await expect(armGuard(host, paths, spec)).rejects.toMatchObject({ type: 'InvalidInput' });
    }
  });
});

describe('where systemd is the init (a systemctl that starts what the unit says stands in for it)', () => {
  test('the guard is an enabled unit of absolute paths, and disarming removes it', async () => {
    const root = join(directory, 'root');
    const bin = join(directory, 'bin');
    mkdirSync(join(root, 'run/systemd/system'), { recursive: true });
    mkdirSync(join(root, 'etc/systemd/system'), { recursive: true });
    mkdirSync(bin);
    writeFileSync(
      join(bin, 'systemctl'),
      `#!/bin/bash
echo "$*" >>'${root}/log'
[[ $1 == start ]] && setsid -f $(sed -n 's/^ExecStart=//p' "${root}/etc/systemd/system/$2") >/dev/null 2>&1
exit 0
`,
      { mode: 0o755 },
    );
    const withSystemd = localHost({ ...virsh.env, PATH: `${bin}:${virsh.env['PATH']}`, STACKHAND_SYSTEMD_ROOT: root });
    const operation = randomUUID();
    const unit = `stackhand-guard-${operation}.service`;
    await armGuard(withSystemd, paths, { operation, domain, after: 60 });
    expect(readFileSync(join(root, 'etc/systemd/system', unit), 'utf8')).toMatch(
      /^ExecStart=\/\S+\/bash \/\S+\/guard\.sh \/\S+ \/\S+$/m,
    );
    expect(await renewGuard(withSystemd, paths, operation)).toBe('armed');
    expect(await disarmGuard(withSystemd, paths, operation)).toBe('armed');
    expect(existsSync(join(root, 'etc/systemd/system', unit))).toBe(false);
    expect(readFileSync(join(root, 'log'), 'utf8').trim().split('\n')).toEqual([
      'daemon-reload',
      `enable ${unit}`,
      `start ${unit}`,
      `disable --now ${unit}`,
      'daemon-reload',
    ]);
  });
});
