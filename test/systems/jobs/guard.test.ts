import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { Host } from '../../../src/systems/host/host.ts';
import { checkStep, startCheck } from '../../../src/systems/jobs/check.ts';
import { armGuard, disarmGuard, readGuard, renewGuard } from '../../../src/systems/jobs/guard.ts';
import { removeHostRecord, writeHostRecord } from '../../../src/systems/jobs/host-record.ts';
import { followJob, startJob, stopJob } from '../../../src/systems/jobs/job.ts';
import { mountTmpfs } from './support/archives.ts';
import { eventually, localHost, scratch } from './support/local.ts';
import { standInVirsh, type StandInVirsh } from './support/stand-in-virsh.ts';

// Real processes, on machines that may be busy with other tests.
jest.setTimeout(90_000);

const { directory, paths, remove } = scratch();
const domain = { name: 'web01', uuid: randomUUID() };
const operations: string[] = [];

afterAll(async () => {
  const here = localHost();
  await Promise.all(
    operations.map(async (operation) => {
      await disarmGuard(here, paths, operation);
      await stopJob(here, paths, { operation });
    }),
  );
  remove();
}, 60_000);

interface Guarded {
  readonly operation: string;
  readonly virsh: StandInVirsh;
  readonly host: Host;
}

/** What an operation leaves on the host before its first effect. */
const record = (operation: string, at = paths): Promise<void> =>
  writeHostRecord(localHost(), at, {
    operation,
    workflowId: 'vm-backup/kvm1/web01/1',
    type: 'vmBackup',
    startedAt: 'now',
  });

/** A VM of its own below an armed guard; off, unless said otherwise. */
async function armed(
  after: number,
  { settle = 0, state = 'shut off', refuse = false, at = paths } = {},
): Promise<Guarded> {
  const operation = randomUUID();
  operations.push(operation);
  const virsh = standInVirsh(join(directory, `virsh-${operation}`));
  virsh.set(state);
  virsh.refuse(refuse);
  const host = localHost(virsh.env);
  await record(operation, at);
  await armGuard(host, at, { operation, domain, after, settle });
  return { operation, virsh, host };
}

/** Nobody has renewed it for long. */
function expire(operation: string): void {
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  writeFileSync(guardFile(operation, 'renewed'), `${boot} -999999999\n`);
}

const seconds = (count: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, count * 1000));

const guardFile = (operation: string, name: string, at = paths): string => join(at.state, 'guards', operation, name);
const pidOf = (operation: string, at = paths): number =>
  Number(readFileSync(guardFile(operation, 'pid', at), 'utf8').split(' ')[0]);

function runs(pid: number): boolean {
  try {
    return !/\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

// At the same time, since most of them wait.
describe('a guard', () => {
  test.concurrent('starts the VM when nobody renews, and says so from then on', async () => {
    const { operation, virsh, host } = await armed(1);
    await eventually('the VM runs', () => virsh.state() === 'running');
    expect(await renewGuard(host, paths, operation)).toBe('acted');
    await expect(armGuard(host, paths, { operation, domain, after: 1 })).rejects.toMatchObject({ type: 'GuardActed' });
    expect(await disarmGuard(host, paths, operation)).toBe('acted');
    expect(await disarmGuard(host, paths, operation)).toBe('acted');
    expect(await readGuard(host, paths, operation)).toBe('acted');
    expect(virsh.starts()).toBe(1);
  });

  test.concurrent(
    'leaves the VM alone while it is renewed; disarmed, it never acts and is never armed again',
    async () => {
      const { operation, virsh, host } = await armed(10);
      for (const end = Date.now() + 11_000; Date.now() < end; await seconds(0.5)) {
        expect(await renewGuard(host, paths, operation)).toBe('armed');
      }
      expect(await readGuard(host, paths, operation)).toBe('armed');
      const pid = pidOf(operation);
      expect(await disarmGuard(host, paths, operation)).toBe('armed');
      expect(runs(pid)).toBe(false);
      expect(await disarmGuard(host, paths, operation)).toBe('absent');
      expect(await renewGuard(host, paths, operation)).toBe('absent');
      expect(await readGuard(host, paths, operation)).toBe('absent');
      await expect(armGuard(host, paths, { operation, domain, after: 1 })).rejects.toMatchObject({ type: 'VmRefused' });
      await seconds(1);
      expect(virsh.starts()).toBe(0);
    },
  );

  test.concurrent('leaves nothing once its operation has let go, and no straggler arms it then', async () => {
    const { operation, virsh, host } = await armed(60);
    await disarmGuard(host, paths, operation);
    expect(existsSync(guardFile(operation, 'disarmed'))).toBe(true);
    await removeHostRecord(host, paths, operation);
    expect(await disarmGuard(host, paths, operation)).toBe('absent');
    expect(await disarmGuard(host, paths, operation)).toBe('absent');
    await expect(armGuard(host, paths, { operation, domain, after: 0 })).rejects.toMatchObject({ type: 'VmRefused' });
    expect(existsSync(guardFile(operation, ''))).toBe(false);
    await seconds(1);
    expect(virsh.starts()).toBe(0);
  });

  test.concurrent('disarmed in the moment it acts has either started the VM or never will', async () => {
    await Promise.all(
      [0.9, 1, 1.1, 1.9, 2, 2.1].map(async (wait) => {
        const { operation, virsh, host } = await armed(1);
        await seconds(wait);
        const state = await disarmGuard(host, paths, operation);
        const starts = virsh.starts();
        if (state === 'armed') expect(starts).toBe(0);
        await seconds(1.5);
        expect(virsh.starts()).toBe(starts);
      }),
    );
  });

  test.concurrent('goes on asking while libvirt does not answer', async () => {
    const { operation, virsh, host } = await armed(100_000, { refuse: true });
    expire(operation);
    await eventually('it acts', async () => (await readGuard(host, paths, operation)) === 'acted');
    expect(virsh.state()).toBe('shut off');
    virsh.refuse(false);
    await eventually('the VM runs', () => virsh.state() === 'running');
  });

  test.concurrent('starts a VM that powers off after it was seen running: a shutdown was under way', async () => {
    const { operation, virsh } = await armed(0, { settle: 60, state: 'running' });
    await eventually('it has acted', () => existsSync(guardFile(operation, 'acted')));
    expect(virsh.starts()).toBe(0);
    virsh.set('shut off');
    await eventually('the VM runs again', () => virsh.state() === 'running');
    expect(virsh.starts()).toBe(1);
  });

  test.concurrent('starts the VM first, then ends the jobs that have not ended well', async () => {
    const { operation, virsh, host } = await armed(100_000);
    const good = { operation, step: 'archive-vda' };
    const bad = { operation, step: 'archive-vdb' };
    await startJob(host, paths, good, { name: 'test', text: 'echo "digest abc" >"$JOB/result"' }, {});
    await followJob(host, paths, good);
    await startJob(host, paths, bad, { name: 'test', text: 'sleep 300' }, {});
    expire(operation);
    await expect(followJob(host, paths, bad)).rejects.toMatchObject({ type: 'JobLost', message: /was stopped/ });
    expect(virsh.state()).toBe('running');
    expect(await followJob(host, paths, good)).toEqual({ state: 'done', result: { digest: 'abc' } });
  });

  test.concurrent("ends a check of the VM's images before it starts the VM, which it keeps from starting", async () => {
    const { operation, virsh, host } = await armed(100_000);
    virsh.check('sleep 300');
    const check = { operation, step: checkStep('1-vda') };
    const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    await startCheck(host, paths, check, {
      image: '/vm/a',
      format: 'qcow2',
      domain: { uuid: domain.uuid, bootId },
    });
    expire(operation);
    await expect(followJob(host, paths, check)).rejects.toMatchObject({ type: 'JobLost', message: /was stopped/ });
    await eventually('the VM runs', () => virsh.state() === 'running');
    expect(virsh.starts()).toBe(1);
  });

  test.concurrent('is started again by a renewal when it was killed, and its lease is of this boot', async () => {
    const { operation, host } = await armed(100_000);
    process.kill(pidOf(operation), 'SIGKILL');
    await eventually('it is dead', () => !runs(pidOf(operation)));
    writeFileSync(guardFile(operation, 'renewed'), `${randomUUID()} 99999999999\n`);
    expect(await renewGuard(host, paths, operation)).toBe('armed');
    expect(runs(pidOf(operation))).toBe(true);
    const [boot, uptime] = readFileSync(guardFile(operation, 'renewed'), 'utf8').trim().split(' ');
    expect(boot).toBe(readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());
    expect(Math.abs(Number(uptime) / 100 - Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]))).toBeLessThan(
      20,
    );
  });

  test.concurrent('counts from boot when the host has rebooted', async () => {
    const { operation, virsh } = await armed(30);
    // This machine has been up for longer than that, so a lease of an earlier boot is over.
    writeFileSync(guardFile(operation, 'renewed'), `${randomUUID()} 99999999999\n`);
    await eventually('the VM runs', () => virsh.state() === 'running');
  });

  test.concurrent('that has acted goes on looking when it is started again, but not after a reboot', async () => {
    const { operation, virsh } = await armed(0, { settle: 100_000_000, state: 'running' });
    await eventually('it has acted', () => existsSync(guardFile(operation, 'acted')));
    let ended: Promise<unknown> = Promise.resolve();
    // What its unit does, at once and at each boot of the host.
    const startAgain = async (): Promise<void> => {
      const pid = pidOf(operation);
      if (runs(pid)) process.kill(pid, 'SIGKILL');
      await eventually('it is dead', () => !runs(pid));
      const argv = [guardFile(operation, 'guard.sh'), guardFile(operation, ''), join(paths.run, 'jobs')];
      const again = spawn('bash', argv, { env: { ...process.env, ...virsh.env }, detached: true, stdio: 'ignore' });
      ended = new Promise((resolve) => again.once('exit', resolve));
    };

    virsh.set('shut off');
    await startAgain();
    await eventually('the VM runs', () => virsh.state() === 'running');
    expect(virsh.starts()).toBe(1);

    const uptime = readFileSync(guardFile(operation, 'acted'), 'utf8').split(' ')[1];
    writeFileSync(guardFile(operation, 'acted'), `${randomUUID()} ${uptime}`);
    virsh.set('shut off');
    await startAgain();
    await ended;
    expect([virsh.state(), virsh.starts()]).toEqual(['shut off', 1]);
  });

  test.concurrent('runs once, however often it is armed', async () => {
    const { operation, host } = await armed(60);
    const pid = pidOf(operation);
    await Promise.all(Array.from({ length: 5 }, () => armGuard(host, paths, { operation, domain, after: 60 })));
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
  });

  test('is refused for what is no UUID and no number of seconds', async () => {
    const operation = randomUUID();
    for (const spec of [
      { operation, domain: { ...domain, uuid: '--all' }, after: 5 },
      { operation, domain, after: 1.5 },
    ]) {
      await expect(armGuard(localHost(), paths, spec)).rejects.toMatchObject({ type: 'InvalidInput' });
    }
  });
});

describe('on a disk that is full (this mounts a tmpfs, so it needs root)', () => {
  const full = { ...paths, state: join(directory, 'full') };
  let mounted: ReturnType<typeof mountTmpfs> | undefined;
  // Not before: where these tests are left out, nobody would unmount.
  beforeAll(() => {
    mounted = mountTmpfs(directory, 'full', 'size=256k');
  });
  afterAll(() => mounted?.unmount());

  const filler = join(full.state, 'filler');
  const fill = (): void => {
    expect(() => writeFileSync(filler, Buffer.alloc(1 << 20))).toThrow('ENOSPC');
    expect(() => writeFileSync(join(full.state, 'more'), 'x')).toThrow('ENOSPC');
  };
  afterEach(() => rmSync(filler, { force: true }));

  test('a guard starts the VM, ends the jobs, and says so', async () => {
    const { operation, virsh, host } = await armed(2, { at: full });
    const ref = { operation, step: 'archive-vda' };
    await startJob(host, paths, ref, { name: 'test', text: 'sleep 300' }, {});
    fill();
    await eventually('the VM runs', () => virsh.state() === 'running');
    await expect(followJob(host, paths, ref)).rejects.toMatchObject({ type: 'JobLost' });
    expect(await readGuard(host, full, operation)).toBe('acted');
    await eventually('it has ended', () => !runs(pidOf(operation, full)));
    expect(await disarmGuard(host, full, operation)).toBe('acted');
    expect(await disarmGuard(host, full, operation)).toBe('acted');
    expect(virsh.starts()).toBe(1);
  });

  test('a guard is renewed, and started again when it was killed', async () => {
    const { operation, virsh, host } = await armed(5, { at: full });
    fill();
    for (const end = Date.now() + 7000; Date.now() < end; await seconds(0.5)) {
      expect(await renewGuard(host, full, operation)).toBe('armed');
    }
    const pid = pidOf(operation, full);
    process.kill(pid, 'SIGKILL');
    await eventually('it is dead', () => !runs(pid));
    expect(await renewGuard(host, full, operation)).toBe('armed');
    expect(pidOf(operation, full)).not.toBe(pid);
    expect(virsh.starts()).toBe(0);
    await eventually('the VM runs', () => virsh.state() === 'running');
    await disarmGuard(host, full, operation);
  });

  test('no guard is armed', async () => {
    const operation = randomUUID();
    await record(operation, full);
    fill();
    await expect(armGuard(localHost(), full, { operation, domain, after: 60 })).rejects.toMatchObject({
      type: 'CommandFailed',
    });
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
[[ $1 == enable ]] && setsid -f $(sed -n 's/^ExecStart=//p' "${root}/etc/systemd/system/$3") >/dev/null 2>&1 8>&-
exit 0
`,
      { mode: 0o755 },
    );
    const withSystemd = localHost({ PATH: `${bin}:${process.env['PATH']}`, STACKHAND_SYSTEMD_ROOT: root });
    const operation = randomUUID();
    const unit = `stackhand-guard-${operation}.service`;
    await record(operation);
    await armGuard(withSystemd, paths, { operation, domain, after: 60 });
    expect(readFileSync(join(root, 'etc/systemd/system', unit), 'utf8')).toMatch(
      /^ExecStart=\/\S+\/bash \/\S+\/guard\.sh \/\S+ \/\S+$/m,
    );
    expect(await renewGuard(withSystemd, paths, operation)).toBe('armed');
    expect(await disarmGuard(withSystemd, paths, operation)).toBe('armed');
    expect(existsSync(join(root, 'etc/systemd/system', unit))).toBe(false);
    expect(readFileSync(join(root, 'log'), 'utf8').trim().split('\n')).toEqual([
      `enable --now ${unit}`,
      `disable --now ${unit}`,
    ]);
  });

  test('no unit is left by an arm that is still at it when the guard is disarmed', async () => {
    const root = join(directory, 'slow');
    const bin = join(directory, 'slow-bin');
    for (const made of [join(root, 'run/systemd/system'), join(root, 'etc/systemd/system'), bin])
      mkdirSync(made, { recursive: true });
    const started = join(root, 'started');
    writeFileSync(
      join(bin, 'systemctl'),
      `#!/bin/bash\n[[ $1 == enable ]] && : >'${started}' && sleep 2 && : >'${root}/etc/systemd/system/'"$3"\nexit 0\n`,
      { mode: 0o755 },
    );
    const withSystemd = localHost({ PATH: `${bin}:${process.env['PATH']}`, STACKHAND_SYSTEMD_ROOT: root });
    const operation = randomUUID();
    await record(operation);
    const arming = armGuard(withSystemd, paths, { operation, domain, after: 0 }).catch(() => undefined);
    await eventually('systemd is asked', () => existsSync(started));
    // What the guard would write: nobody runs it here.
    writeFileSync(guardFile(operation, 'state'), 'acting\n');
    await disarmGuard(withSystemd, paths, operation);
    await arming;
    expect(readdirSync(join(root, 'etc/systemd/system'))).toEqual([]);
  });
});
