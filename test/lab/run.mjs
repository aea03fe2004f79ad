/**
 * `npm run test:lab`: brings up the real systems and runs the tests of this directory against them: two hypervisors;
 * the topology of docker-compose.yml from packages; a browser, for the health report; the package as npm installs it,
 * with real shells; and a cloud where STACKHAND_LAB_OPENSTACK names a script that makes one (`up`, `down`, `servers N`,
 * as test/lab/support/openstack.ts says).
 *
 *   npm run test:lab -- [--only local,hypervisor,topology,browser,package,openstack] [--keep] [--ci] [jest arguments]
 *
 * Needs Debian or Ubuntu and root, and says what it installs. --keep leaves the hypervisors up for the next run;
 * --ci runs the tests marked for every change, which is a whole backup, a kill and a restore on each, the health of the
 * second, the topology, the browser, the package, and no more.
 */
import { join, resolve } from 'node:path';
import { jest } from '../../scripts/lib/jest.mjs';
import { missingForBrowser, missingForLab, missingShells } from '../../scripts/lib/lab-packages.mjs';
import { ensurePackages } from '../../scripts/lib/packages.mjs';
import { ensurePrograms } from '../../scripts/lib/programs.mjs';
import { root, run } from '../../scripts/lib/run.mjs';
import { Stop, main, say, seconds } from '../../scripts/lib/say.mjs';
import { ensureTemporal } from '../../scripts/lib/temporal.mjs';
import { ensureTopology } from '../../scripts/lib/topology.mjs';
import { setup } from '../../scripts/setup.mjs';

const hypervisors = join(root, 'test/lab/machines');
const cloud = process.env.STACKHAND_LAB_OPENSTACK;
const machines = {
  local: join(hypervisors, 'hypervisor-local.sh'),
  hypervisor: join(hypervisors, 'hypervisor.sh'),
  ...(cloud === undefined ? {} : { openstack: resolve(cloud) }),
};

/** What is run for every change, of each. */
const everyChange = {
  local: ['test/lab/every-change', 'test/lab/local'],
  hypervisor: ['test/lab/every-change', 'test/lab/hypervisor/health'],
  openstack: ['test/lab/openstack'],
  topology: ['test/lab/topology'],
  browser: ['test/lab/browser'],
  package: ['test/lab/package'],
};
const all = [...Object.keys(machines), 'topology', 'browser', 'package'];

await main(async () => {
  const args = process.argv.slice(2);
  const flag = (name) => {
    const at = args.indexOf(name);
    if (at >= 0) args.splice(at, 1);
    return at >= 0;
  };
  const keep = flag('--keep');
  const ci = flag('--ci');
  const at = args.indexOf('--only');
  const names = at < 0 ? all : (args.splice(at, 2)[1] ?? '').split(',');
  const unknown = names.find((name) => !all.includes(name));
  if (unknown !== undefined) throw new Stop(`--only ${unknown}: there is ${all.join(', ')}`, 'npm run test:lab');
  if (process.getuid?.() !== 0)
    throw new Stop('the lab makes namespaces, mounts, virtual machines and other users', 'sudo npm run test:lab');
  await setup();
  await ensurePrograms();
  // What is a machine is brought up by a script, and ended by it; the topology's tests start their own processes.
  const brought = names.filter((name) => name in machines);
  if (brought.length > 0) {
    await ensureTemporal();
    await ensurePackages(missingForLab());
  }
  if (names.includes('browser')) await ensurePackages(missingForBrowser());
  if (names.includes('package')) await ensurePackages(missingShells());
  if (names.includes('topology')) process.env.STACKHAND_LAB_TOPOLOGY = JSON.stringify(await ensureTopology());

  const directory = process.env.STACKHAND_LAB_DIR ?? '/var/tmp/stackhand-lab';
  // The cloud has a directory of its own.
  const machine = (name, ...command) =>
    run('bash', [machines[name], ...command], {
      env: { ...process.env, ...(name === 'openstack' ? {} : { LAB_DIR: directory }) },
    });
  let failed = 0;
  let passed = 0;
  try {
    for (const name of brought) {
      const since = Date.now();
      // What an interrupted run left must not count against this one; the guest begins from its frozen state anyway.
      const { code } = await machine(name, 'up', ...(ci && name === 'local' ? ['--fresh'] : []));
      if (code !== 0) throw new Stop(`the ${name} lab did not come up`, `bash ${machines[name]} up`);
      say(`  the ${name} lab is up after ${seconds(since)}`);
    }
    process.env.STACKHAND_LAB = JSON.stringify({ directory, machines: brought.filter((name) => name !== 'openstack') });
    ({ passed, failed } = await jest([
      '--config',
      'jest.lab.config.js',
      ...(ci ? names.flatMap((name) => everyChange[name]) : []),
      ...args,
      // Files below a machine's own name are about that one alone. Last: jest takes any word that follows for another
      // pattern to ignore.
      ...Object.keys(everyChange)
        .filter((name) => !names.includes(name))
        .map((name) => `--testPathIgnorePatterns=/test/lab/${name}/`),
      ...(names.includes('local') || names.includes('hypervisor')
        ? []
        : ['every-change', 'matrix'].map((name) => `--testPathIgnorePatterns=/test/lab/${name}/`)),
    ]));
  } finally {
    if (!keep) for (const name of brought) await machine(name, 'down');
  }
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  return failed === 0 ? 0 : 1;
});
