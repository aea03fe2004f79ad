/**
 * `npm run test:lab`: brings up the two real hypervisors and runs the tests of this directory against them.
 *
 *   npm run test:lab -- [--only local|hypervisor] [--keep] [--ci] [jest arguments]
 *
 * Needs Debian or Ubuntu and root, and says what it installs. --keep leaves the hypervisors up for the next run;
 * --ci runs the tests marked for every change, which is a whole backup, a kill and a restore on each, and no more.
 */
import { join } from 'node:path';
import { jest } from '../../scripts/lib/jest.mjs';
import { missingForLab } from '../../scripts/lib/lab-packages.mjs';
import { ensurePackages } from '../../scripts/lib/packages.mjs';
import { ensurePrograms } from '../../scripts/lib/programs.mjs';
import { root, run } from '../../scripts/lib/run.mjs';
import { Stop, main, say, seconds } from '../../scripts/lib/say.mjs';
import { ensureTemporal } from '../../scripts/lib/temporal.mjs';
import { setup } from '../../scripts/setup.mjs';

const machines = { local: 'hypervisor-local.sh', hypervisor: 'hypervisor.sh' };

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
  const only = at < 0 ? undefined : args.splice(at, 2)[1];
  if (only !== undefined && !(only in machines))
    throw new Stop(`--only ${only}: there are local and hypervisor`, 'npm run test:lab');
  if (process.getuid?.() !== 0)
    throw new Stop('the lab makes namespaces, mounts and virtual machines, which needs root', 'sudo npm run test:lab');
  await setup();
  await ensurePrograms();
  await ensureTemporal();
  await ensurePackages(missingForLab());

  const names = only === undefined ? Object.keys(machines) : [only];
  const env = { ...process.env, LAB_DIR: process.env.STACKHAND_LAB_DIR ?? '/var/tmp/stackhand-lab' };
  const machine = (name, ...command) =>
    run('bash', [join(root, 'test/lab/machines', machines[name]), ...command], { env });
  let failed = 0;
  let passed = 0;
  try {
    for (const name of names) {
      const since = Date.now();
      // What an interrupted run left must not count against this one; the guest begins from its frozen state anyway.
      const { code } = await machine(name, 'up', ...(ci && name === 'local' ? ['--fresh'] : []));
      if (code !== 0)
        throw new Stop(`the ${name} hypervisor did not come up`, `bash test/lab/machines/${machines[name]} up`);
      say(`  ${name} hypervisor is up after ${seconds(since)}`);
    }
    process.env.STACKHAND_LAB = JSON.stringify({ directory: env.LAB_DIR, machines: names });
    ({ passed, failed } = await jest([
      '--config',
      'jest.lab.config.js',
      ...(ci ? ['test/lab/every-change', 'test/lab/local'] : []),
      ...args,
      // Files below a machine's own name are about that one alone. Last: jest takes any word that follows for another
      // pattern to ignore.
      ...Object.keys(machines)
        .filter((name) => !names.includes(name))
        .map((name) => `--testPathIgnorePatterns=/test/lab/${name}/`),
    ]));
  } finally {
    if (!keep) for (const name of names) await machine(name, 'down');
  }
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  return failed === 0 ? 0 : 1;
});
