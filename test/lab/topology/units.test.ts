import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parse, stringify } from 'yaml';
import { PracticeSite } from '../../practice/support/site.ts';
import { until } from '../../support/poll.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import { lowPorts } from './support/ports.ts';
import { Program } from './support/processes.ts';
import { programs, useTopology } from './support/topology.ts';

const checkout = fileURLToPath(new URL('../../../', import.meta.url));

/** In the container; it goes on when the test has had its turn, and says what it saw on lines of its own. */
const check = (metrics: string): string => `
exec > /out/said 2>&1
served() { for try in $(seq 240); do curl --silent --fail ${metrics}/metrics > /dev/null && return; sleep 0.5; done; false; }
show() { systemctl show stackhand-worker --property="$1" --value; }
useradd --system --home-dir /var/lib/stackhand --shell /usr/sbin/nologin stackhand
mkdir -p /etc/systemd/system/stackhand-worker.service.d
cat > /etc/systemd/system/stackhand-worker.service.d/metrics.conf <<END
[Service]
ExecStart=
ExecStart=/usr/bin/env node /opt/stackhand/dist/client/main.js worker --metrics ${metrics}
END
systemctl daemon-reload
systemctl start systemd-journald
systemctl start --job-mode=ignore-dependencies temporal stackhand-worker
served && touch /out/started
until [ -e /out/used ]; do sleep 0.2; done
first=$(show MainPID)
echo "user $(stat --format %U /proc/$first)"
echo "$(grep CapEff /proc/$first/status)"
echo "records $(find /var/lib/stackhand -name '*.json' | wc -l)"
kill -KILL "$first"
until [ "$(show MainPID)" != 0 ] && [ "$(show MainPID)" != "$first" ]; do sleep 0.2; done
served && echo "restarts $(show NRestarts)"
systemctl stop stackhand-worker
echo "stopped $(show ActiveState) $(show Result)"
systemctl stop temporal
echo "temporal $(systemctl show temporal --property=ActiveState --value)"
journalctl --no-pager > /out/journal
touch /out/done
systemctl poweroff --force --force
`;

/** docs/deploy.md's machine without containers: PostgreSQL as it comes, and both units under a real systemd. */
describe('the units of deploy/systemd, under systemd', () => {
  let site: PracticeSite;
  let machine: Program;
  let directory = '';
  const topology = useTopology(async () => {
    site = await PracticeSite.start();
    return { STACKHAND_CONFIG: site.ready.config };
  });

  beforeAll(async () => {
    // The units take their place, on the same database and the same ports.
    for (const part of ['worker one', 'worker two', 'temporal'] as const) await topology.kill(part);
    directory = await scratchDirectory('systemd');
    const [metrics = 0] = await lowPorts(1);
    for (const each of ['out', 'stackhand', 'temporal']) await mkdir(join(directory, each), { mode: 0o755 });
    const { identityFile, knownHosts } = site.ready.ssh;
    await copyFile(identityFile, join(directory, 'stackhand/ssh_key'));
    await copyFile(knownHosts, join(directory, 'stackhand/known_hosts'));
    const config = parse(await readFile(site.ready.config, 'utf8')) as { hosts: { practice: object } };
    const host = {
      ...config.hosts.practice,
      identityFile: '/run/credentials/stackhand-worker.service/ssh_key',
      knownHosts: '/etc/stackhand/known_hosts',
    };
    const hosts = { practice: host, 'by-openssh': { ...host, transport: 'openssh' } };
    await writeFile(join(directory, 'stackhand/config.yaml'), stringify({ ...config, hosts }));
    await writeFile(join(directory, 'stackhand/worker.env'), `TEMPORAL_ADDRESS=${topology.address}\n`, { mode: 0o600 });
    await writeFile(join(directory, 'temporal/dynamicconfig.yaml'), 'limit.maxIDLength:\n  - value: 255\n');
    const server = Object.entries(topology.temporalEnvironment('/etc/temporal/dynamicconfig.yaml'));
    const lines = server.map(([name, value]) => `${name}=${value}\n`);
    await writeFile(join(directory, 'temporal/server.env'), lines.join(''), { mode: 0o600 });
    await writeFile(join(directory, 'check.sh'), check(`127.0.0.1:${String(metrics)}`));
    const script = fileURLToPath(new URL('support/systemd.sh', import.meta.url));
    const args = [script, directory, checkout, join(programs.temporal ?? '', 'temporal-server')];
    machine = await Program.start(join(directory, 'log'), 'bash', args, {});
    await machine.ready('the worker serves', () => Promise.resolve(existsSync(join(directory, 'out/started'))), 120);
  }, 180_000);
  afterAll(async () => {
    await machine.kill();
    await site.clean();
  }, 60_000);

  test.each(['practice', 'by-openssh'])(
    'the worker reaches a host with the key that systemd gave it: %s',
    async (host) => {
      const listed = await topology.json<{ vms: { name: string }[] }[]>('vm', 'list', '--host', host);
      expect(listed.flatMap(({ vms }) => vms.map(({ name }) => name))).toContain('web01');
    },
  );

  test('the worker keeps records, comes back after a kill, and ends in order, with no right of root', async () => {
    await topology.json('vm', 'backup', 'old01', '--host', 'practice');
    await writeFile(join(directory, 'out/used'), '');
    // It switches itself off at its end.
    await until('the check ends', () => machine.ended, 120);
    expect(existsSync(join(directory, 'out/done'))).toBe(true);
    const said = await readFile(join(directory, 'out/said'), 'utf8');
    expect(said).toMatch(/^user stackhand$/m);
    expect(said).toMatch(/^CapEff:\s+0+$/m);
    expect(said).toMatch(/^records [1-9]/m);
    expect(said).toMatch(/^restarts 1$/m);
    expect(said).toMatch(/^stopped inactive success$/m);
    expect(said).toMatch(/^temporal inactive$/m);
  });
});
