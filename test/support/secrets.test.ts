import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { taskQueue } from '../../src/contracts/operation.ts';
import { scratchDirectory } from './scratch.ts';
import { SecretScan } from './secrets.ts';
import { generateKey } from './sshd.ts';
import { useTemporal } from './temporal.ts';

const password = 'p"ss wörd/4711';

function scanFor(value = password): SecretScan {
  const scan = new SecretScan();
  scan.secret('the password', value);
  return scan;
}

describe('the scan for secrets', () => {
  test.each([
    ['as it is', `login with ${password} failed`],
    ['in JSON', JSON.stringify({ auth: { password } })],
    ['in a URL', `https://admin:${encodeURIComponent(password)}@cloud/`],
    ['in a header', `Authorization: Basic ${Buffer.from(`admin:${password}`).toString('base64')}`],
    ['in a header of another user', `Authorization: Basic ${Buffer.from(`operator:${password}!`).toString('base64')}`],
    ['in a header alone', `Authorization: Basic ${Buffer.from(password).toString('base64')}`],
  ])('finds one %s, and does not tell it', async (_, text) => {
    const scan = scanFor();
    scan.said('what the worker said', text);
    expect(await scan.find()).toEqual(['the password in what the worker said']);
  });

  test('finds none where none is', async () => {
    const scan = scanFor();
    scan.said('what the worker said', 'login failed; see the password in clouds.yaml');
    expect(await scan.find()).toEqual([]);
  });

  test('finds one in a file, but in the one that is meant to hold it', async () => {
    const directory = await scratchDirectory('wrote');
    await mkdir(join(directory, 'records/one'), { recursive: true });
    await writeFile(join(directory, 'records/one/report.html'), `<td>${password}</td>`);
    await writeFile(join(directory, 'config.yaml'), password);
    const scan = scanFor();
    scan.wroteTo(directory, ['config.yaml']);
    expect(await scan.find()).toEqual(['the password in records/one/report.html']);
  });

  test('finds a line of a private key, a whole one, and tokens that came later', async () => {
    const directory = await scratchDirectory('secrets');
    await generateKey(join(directory, 'key'));
    const key = await readFile(join(directory, 'key'), 'utf8');
    const scan = new SecretScan();
    scan.secretsOf('the key', join(directory, 'key'));
    scan.secretsOf('a token', join(directory, 'tokens'));
    await writeFile(join(directory, 'tokens'), `${'a'.repeat(32)}\n${'b'.repeat(32)}\n`);
    scan.said('one', key.split('\n')[3] ?? '');
    scan.said('two', key);
    scan.said('three', `X-Auth-Token: ${'b'.repeat(32)}`);
    const found = await scan.find();
    expect(found).toEqual(['a private key in two', 'a token in three', 'the key in one', 'the key in two']);
  });

  test('takes no word for a secret that is only short', () => {
    expect(() => new SecretScan().secret('the password', 'practice')).toThrow('too short');
  });
});

describe('the scan of Temporal', () => {
  const temporal = useTemporal();
  const workflowsPath = fileURLToPath(new URL('./fixtures/workflows.ts', import.meta.url));

  test('finds one in an input, a memo, a result and a schedule, of open and of closed ones', async () => {
    const activities = { greet: (name: string) => Promise.resolve(`hello ${name}`) };
    await temporal.startWorker({ workflowsPath, activities });
    const start = (workflowId: string, name: string, memo = {}) =>
      temporal.client.workflow.start('greeting', { taskQueue, workflowId, args: [name], memo });
    const handle = await start('by-input', password);
    await handle.signal('go');
    await handle.result();
    await start('by-memo', 'db01', { note: password });
    await start('innocent', 'db01');
    await temporal.client.schedule.create({
      scheduleId: 'nightly',
      spec: { cronExpressions: ['0 2 * * *'] },
      action: { type: 'startWorkflow', workflowType: 'greeting', taskQueue, args: [password] },
    });
    const found = async (): Promise<string[]> => scanFor().find(temporal.place);
    for (let tries = 0; tries < 100 && !(await found()).some((each) => each.includes('schedule')); tries += 1)
      await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await found()).toEqual([
      'the password in the history of by-input',
      'the password in the history of by-memo',
      "the password in the list's by-memo",
      'the password in the schedule nightly',
      'the password in what is shown of by-memo',
    ]);
  });
});
