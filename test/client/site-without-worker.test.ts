import { execa } from 'execa';
import { expect, test } from '@jest/globals';
import { builtProgram } from '../support/built.ts';
import { useCloudProgram } from '../support/cloud-program.ts';
import { until } from '../support/poll.ts';

const program = useCloudProgram(
  () =>
    Promise.resolve({
      ...{ clouds: '/nonexistent', cloud: '' },
      config: `
hosts:
  far1: { address: 127.0.0.1, port: 1, user: root, site: rack2 }
repositories:
  nas: { source: "127.0.0.1:/nas" }
`,
    }),
  { standing: true },
);
const remedy = 'start one: stackhand worker --site rack2';

test('a look at a host ends after seconds, and says which worker is missing', async () => {
  await program.ensureWorker();
  const { stderr, exitCode } = await program.run(['vm', 'list', '--host', 'far1']);
  expect(stderr).toContain(`waiting: no worker serves the queue stackhand-rack2; ${remedy}`);
  expect(stderr).toContain('error: no worker serves the queue stackhand-rack2\n');
  expect(stderr).toContain(`what next  ${remedy}`);
  expect(exitCode).toBe(5);
}, 60_000);

test('an operation says so as soon as it waits, and goes on once one is there', async () => {
  await program.ensureWorker();
  const backup = execa(
    process.execPath,
    [`${await builtProgram()}/client/main.js`, ...['vm', 'backup', 'web01', '--host', 'far1', '--shutdown']],
    { env: program.env, extendEnv: false, reject: false, stdin: 'ignore' },
  );
  let said = '';
  backup.stderr.setEncoding('utf8').on('data', (chunk: string) => (said += chunk));
  await until('it is said', () => said.includes(`no worker serves the queue stackhand-rack2; ${remedy}`), 30);
  await program.startWorker(['rack2']);
  await until('it looks for the host', () => said.includes('no connection to far1'), 60);
  await program.run(['operation', 'cancel', /vm-backup\/far1\/web01\/[0-9a-f]{8}/.exec(said)?.[0] ?? '']);
  expect((await backup).exitCode).toBe(4);
}, 120_000);
