import { beforeEach, describe, expect, jest, test } from '@jest/globals';
import { useTemporal } from '../support/temporal.ts';
import { fakeWorker, json, cliHere } from './support/cli.ts';
import type { Person } from './support/cli.ts';

// Each line is a process or a few round trips, and the machine may be busy.
jest.setTimeout(60_000);

const temporal = useTemporal();
const cli = (args: readonly string[], person?: Person) => cliHere(args, temporal.env, person);
beforeEach(async () => {
  await temporal.startWorker(await fakeWorker());
}, 60_000);

describe('vm list', () => {
  test('shows the VMs of all hosts of the config, and never what would drive the terminal', async () => {
    const ran = await cli(['vm', 'list']);
    expect(ran.stdout.split('\n')).toEqual([
      expect.stringMatching(/^HOST +NAME +STATE +DISKS +SIZE +USED +LAST GOOD BACKUP$/),
      expect.stringMatching(/^kvm1 +web01 +running +vda +10 GiB +1 GiB +\d+ days ago$/),
      expect.stringMatching(/^kvm1 +old01 +shut off +vda +10 GiB +1 GiB +never$/),
      expect.stringMatching(/^kvm1 +evil\\x1b\[31m +shut off +- +0 B +0 B +never$/),
    ]);
    expect(ran.exitCode).toBe(0);
  });

  test('gives them as they are with --json', async () => {
    const [found] = json<readonly { host: string; vms: readonly object[] }[]>(await cli(['vm', 'list', '--json']));
    expect(found).toMatchObject({ host: 'kvm1', vms: [{ name: 'web01', state: 'running' }, { name: 'old01' }, {}] });
  });

  test('passes on what the worker says of a host it does not know', async () => {
    const ran = await cli(['vm', 'list', '--host', 'nowhere']);
    expect(ran.stderr).toContain('error: there is no host "nowhere"');
    expect(ran.stdout).toBe('');
    expect(ran.exitCode).toBe(1);
  });
});

describe('vm backups', () => {
  test('lists a repository and marks what is not good', async () => {
    const ran = await cli(['vm', 'backups']);
    expect(ran.stdout).toMatch(/^good +web01 .* 1 KiB +web01-1b2c3d4e\/backup_20261122T010203Z$/m);
    expect(ran.stdout).toMatch(/^damaged +web01 .*backup_20261121T010203Z {2}\(vda.tar.zst has another digest\)$/m);
  });

  test('says which VM has none, and whether its name is near one that has', async () => {
    expect((await cli(['vm', 'backups', 'ldap'])).stdout).toBe('no backups of ldap');
    const ran = await cli(['vm', 'backups', 'web01', 'wbe01']);
    expect(ran.stdout).toMatch(/^good +web01 /m);
    expect(ran.stdout).toMatch(/^no backups of wbe01; there are some of web01$/m);
  });
});

describe('vm backup without --shutdown', () => {
  test('refuses a running VM before anything starts', async () => {
    const ran = await cli(['vm', 'backup', 'web01', 'old01']);
    expect(ran.stderr).toContain('error: web01 is running, and nobody agreed to shut it down');
    expect(ran.stderr).toContain('what next  say --shutdown');
    expect(ran.exitCode).toBe(2);
    expect(json(await cli(['operation', 'list', '--json']))).toEqual([]);
  });

  test('takes one that is off', async () => {
    expect((await cli(['vm', 'backup', 'old01'])).exitCode).toBe(0);
  });

  test('names the nearest of a VM that is not there', async () => {
    const ran = await cli(['vm', 'backup', 'web1']);
    expect(ran.stderr).toContain('There is no VM "web1"');
    expect(ran.stderr).toContain('web01');
    expect(ran.exitCode).toBe(2);
  });

  test('warns of an --exclude that excludes nothing', async () => {
    const ran = await cli(['vm', 'backup', '--all', '--exclude', 'web01', '--exclude', 'tset-*']);
    expect(ran.stderr).toContain('warning: --exclude tset-* excludes nothing');
  });
});

describe('on a terminal', () => {
  const person = (...answers: unknown[]): Person => ({ answers, asked: [] });

  test('vm backup asks whether a running VM may be shut down, and a no starts nothing', async () => {
    const no = person(false);
    const ran = await cli(['vm', 'backup', 'web01', 'old01'], no);
    expect(no.asked).toEqual(['web01 is running and will be shut down for the backup, and started again. Go on?']);
    expect(ran.stderr).toBe('nothing was started');
    expect(ran.exitCode).toBe(2);
  });

  test('a yes is the agreement', async () => {
    const ran = await cli(['vm', 'backup', 'web01', '--detach'], person(true));
    const started = await temporal.client.workflow.getHandle(ran.stdout).fetchHistory();
    const [payload] = started.events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
    expect(JSON.parse(new TextDecoder().decode(payload?.data as Uint8Array))).toMatchObject({
      input: { host: 'kvm1', vm: 'web01', shutdown: true },
    });
  });

  test('vm backup without a name lists the VMs and asks which', async () => {
    const chosen = person(['old01']);
    const ran = await cli(['vm', 'backup', '--detach'], chosen);
    expect(chosen.asked).toEqual(['Back up which VMs of kvm1? (space chooses, enter begins)']);
    expect(ran.stdout).toMatch(/^vm-backup\/kvm1\/old01\//);
  });

  test('vm restore and vm prune --apply ask first', async () => {
    const no = person(false, false);
    expect((await cli(['vm', 'restore', 'web01', '--device', 'vda=/dev/sdz'], no)).exitCode).toBe(2);
    expect((await cli(['vm', 'prune', '--apply'], no)).exitCode).toBe(2);
    expect(no.asked).toEqual([
      'Restore web01 on kvm1 in the place of the VM it was taken from, OVERWRITING /dev/sdz?',
      'Remove backups on kvm1 for good? Without --apply this only says which',
    ]);
  });
});

describe('host trust', () => {
  test('stores a key only when it has the fingerprint that was said', async () => {
    const asked = await cli(['host', 'trust', 'kvm1']);
    expect(asked.stderr).toContain('kvm1 has the ssh-ed25519 key SHA256:abc: nobody can be asked here');
    expect(asked.exitCode).toBe(2);
    const other = await cli(['host', 'trust', 'kvm1', '--fingerprint', 'SHA256:xyz']);
    expect(other.stderr).toContain('not SHA256:xyz: nothing was stored');
    expect(other.exitCode).toBe(1);
    const same = await cli(['host', 'trust', 'kvm1', '--fingerprint', 'SHA256:abc']);
    expect(same.stdout).toBe('stored in /root/.ssh/known_hosts of the worker');
  });

  test('refuses a key that has changed', async () => {
    const ran = await cli(['host', 'trust', 'moved', '--fingerprint', 'SHA256:abc']);
    expect(ran.stderr).toContain('another one is stored for it');
    expect(ran.exitCode).toBe(1);
  });
});

describe('doctor', () => {
  test('says each check on a line, with the remedy of what is not well', async () => {
    const ran = await cli(['doctor']);
    expect(ran.stdout).toMatch(/^ok +Temporal: .* answers \(server [\d.]+, namespace test-/m);
    expect(ran.stdout).toMatch(/^ok +retention: ended operations are kept for 90 days$/m);
    expect(ran.stdout).toMatch(/^ok +search attributes: all registered$/m);
    expect(ran.stdout).toMatch(/^ok +worker: \d+@.* on stackhand$/m);
    expect(ran.stdout).toMatch(/^ok +records: \/srv\/records keeps plans and reports$/m);
    expect(ran.stdout).toContain('warning  kvm1: zstd: not installed\n         → install zstd');
    expect(ran.exitCode).toBe(0);
  });

  test('fails where a check fails', async () => {
    const ran = await cli(['doctor', '--host', 'bare', '--json']);
    expect(json<readonly object[]>(ran)).toContainEqual({
      ...{ name: 'bare: zstd', status: 'failed', detail: 'not installed', remedy: 'install zstd' },
    });
    expect(ran.exitCode).toBe(1);
  });
});
