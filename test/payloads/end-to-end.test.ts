import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { temporal as api } from '@temporalio/proto';
import { Watch, failsAtIt } from '../../src/client/watch.ts';
import { operationHeader } from '../../src/contracts/operation-header.ts';
import type { Ledger } from '../../src/contracts/operation.ts';
import { EncryptionCodec } from '../../src/payloads/encryption.ts';
import { readPayloadKeys } from '../../src/payloads/keys.ts';
import { cliHere, fakeWorker, json } from '../client/support/cli.ts';
import { useCloudProgram } from '../support/cloud-program.ts';
import { until } from '../support/poll.ts';
import { PracticeCloud } from '../support/practice-cloud.ts';
import { scratchDirectory } from '../support/scratch.ts';
import { secretScan } from '../support/secrets.ts';
import { useTemporal } from '../support/temporal.ts';

const newKey = (id: string): string => {
  const key = randomBytes(32).toString('base64');
  secretScan.secret(`the key ${id}`, key);
  return `${id} ${key}`;
};
const [one, two, three] = [newKey('one'), newKey('two'), newKey('three')];

type History = api.api.history.v1.IHistory;

/**
 * Every payload anywhere below, but for search attributes, which the server has to read, the names of code paths that
 * the SDK notes (patched), and the header with the ids of operations: the SDK encodes no headers.
 */
function payloadsBelow(value: unknown, found: { metadata: Record<string, Uint8Array> }[] = []): typeof found {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return found;
  for (const [name, below] of Object.entries(value)) {
    if (['searchAttributes', 'indexedFields', 'patch-data', operationHeader].includes(name)) continue;
    if (name === 'metadata' && typeof (below as { encoding?: unknown }).encoding === 'object')
      found.push(value as never);
    payloadsBelow(below, found);
  }
  return found;
}

const keysOf = (history: unknown): string[] =>
  payloadsBelow(history).map(({ metadata }) =>
    Buffer.from(metadata['encryption-key-id'] ?? metadata['encoding'] ?? []).toString(),
  );

describe('an operation with keys', () => {
  let cloud: PracticeCloud;
  let keysFile = '';
  const rotateTo = (...lines: string[]): Promise<void> => writeFile(keysFile, `${lines.join('\n')}\n`, { mode: 0o600 });
  const program = useCloudProgram(
    async () => {
      cloud = await PracticeCloud.start({ servers: 0, hosts: 1, transition: 30 });
      return { clouds: cloud.ready.clouds, cloud: 'practice' };
    },
    { env: () => ({ STACKHAND_PAYLOAD_KEYS_FILE: keysFile }) },
  );
  beforeAll(async () => {
    keysFile = join(await scratchDirectory('keys'), 'keys');
  });
  afterAll(() => cloud.stop());

  const phase = async (id: string): Promise<string> =>
    (await program.json<{ sight: { ledger?: Ledger } }>('operation', 'show', id)).sight.ledger?.phase ?? '';
  const historyOf = async (workflowId: string): Promise<History> =>
    await program.temporal.client.workflow.getHandle(workflowId).fetchHistory();
  /** Nothing in clear: no payload, and no name or message anywhere else. */
  const shows = (history: unknown): string =>
    JSON.stringify(history, (_, value: unknown) =>
      value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value,
    );

  test('is done though the key changes in its middle, and Temporal holds no name and no message in clear', async () => {
    await rotateTo(one);
    await program.startWorker();
    await cloud.addServers({ name: 'hidden-web', host: 'compute1' });
    await cloud.addServers({ name: 'hidden-db', host: 'compute1' });
    await cloud.faults({ match: '/action', status: 403, times: 1 });
    const id = await program.begin('server', 'stop', '--host', 'compute1', '--reason', 'hidden-upgrade');
    await until('it waits for a yes', async () => (await phase(id)) === 'waiting', 30);

    await program.stopWorkers();
    await rotateTo(two, one);
    await program.startWorker();
    const approved = await program.run(['operation', 'approve', id, '--yes']);
    expect(approved.stderr).toContain('hidden-web');
    const followed = await program.run(['operation', 'follow', id]);
    expect(followed.stdout + followed.stderr).toContain('hidden-');
    expect(followed.exitCode).toBe(3);
    const shown = await program.run(['operation', 'show', id]);
    expect(shown.stdout).toContain('hidden-upgrade');

    const execution = await program.temporal.client.connection.workflowService.listWorkflowExecutions({
      namespace: program.temporal.namespace,
    });
    const ids = execution.executions.map(({ execution: each }) => each?.workflowId ?? '');
    expect(ids).toContain(id);
    const all = await Promise.all(ids.map(historyOf));
    const keys = all.flatMap(keysOf);
    expect(new Set(keys)).toEqual(new Set(['one', 'two']));
    expect(keysOf(execution)).not.toContain('json/plain');
    expect(shows([all, execution])).not.toContain('hidden-');
  });

  test('fails with its reason, and Temporal holds none', async () => {
    await program.ensureWorker();
    const id = await program.begin('server', 'stop', '--project', 'nobody', '--yes');
    const followed = await program.run(['operation', 'follow', id]);
    expect(followed.stderr).toContain('there is no project "nobody"');
    const history = await historyOf(id);
    const failures = (history.events ?? []).flatMap(
      ({ activityTaskFailedEventAttributes: activity, workflowExecutionFailedEventAttributes: operation }) =>
        [activity?.failure, operation?.failure].filter((failure) => failure != null),
    );
    expect(failures.map(({ message }) => message)).toEqual(['Encoded failure', 'Encoded failure']);
    expect(shows(failures)).not.toContain('there is no project');
  });

  test('a command without the key says which one it needs; so does one whose keys are readable by others', async () => {
    const [operation] = await program.json<{ 0: { workflowId: string } }>('operation', 'list').then(Object.values);
    const args = ['operation', 'show', (operation as { workflowId: string }).workflowId];
    const without = await cliHere(args, { ...program.env, STACKHAND_PAYLOAD_KEYS_FILE: '' });
    expect(without.stderr).toMatch(/what Temporal holds is encrypted with the key (one|two), which is not here/);
    expect(without.stderr).toContain('add the line of');
    expect(without.exitCode).toBe(2);
    await writeFile(`${keysFile}.open`, `${two}\n`, { mode: 0o644 });
    const open = await cliHere(args, { ...program.env, STACKHAND_PAYLOAD_KEYS_FILE: `${keysFile}.open` });
    expect(open.stderr).toContain('others on this machine can read or change');
    expect(open.exitCode).toBe(2);
  });

  test('what a worker lacks the key of is told as that, not waited for in silence', async () => {
    await program.ensureWorker();
    await writeFile(`${keysFile}.newer`, `${three}\n`, { mode: 0o600 });
    const newer = (...args: string[]) =>
      cliHere(args, { ...program.env, STACKHAND_PAYLOAD_KEYS_FILE: `${keysFile}.newer` });
    const begun = await newer('server', 'stop', '--host', 'compute1', '--detach', '--json');
    const { workflowId } = JSON.parse(begun.stdout) as { workflowId: string };
    const watch = new Watch(program.temporal.client, workflowId);
    await until('it is told', async () => (await watch.look()).trouble === failsAtIt, 45);
    await program.temporal.client.workflow.getHandle(workflowId).terminate();
  }, 60_000);

  test('a schedule is encrypted too, and shown to who has the key', async () => {
    const created = await program.run([
      ...['schedule', 'create', 'nightly', '--cron', '0 2 * * *'],
      ...['--', 'server', 'stop', '--name', 'hidden-*', '--yes'],
    ]);
    expect(created.exitCode).toBe(0);
    const description = await program.temporal.client.connection.workflowService.describeSchedule({
      namespace: program.temporal.namespace,
      scheduleId: 'nightly',
    });
    expect(new Set(keysOf(description))).toEqual(new Set(['two']));
    expect((await program.run(['schedule', 'show', 'nightly'])).stdout).toContain('hidden-*');
    expect((await program.run(['schedule', 'list'])).stdout).toContain('nightly');
  });
});

describe('an operation that was begun in clear', () => {
  const temporal = useTemporal();

  test('goes on with keys; its progress is encrypted from there on, and followed', async () => {
    const backup = ['vm', 'backup', 'archived01', '--host', 'kvm1', '--shutdown', '--detach'];
    const id = (await cliHere(backup, temporal.env)).stdout;
    const keys = { ...temporal.env, STACKHAND_PAYLOAD_KEYS: one };
    const codec = new EncryptionCodec(readPayloadKeys(keys));
    await temporal.startWorker({ ...(await fakeWorker()), dataConverter: { payloadCodecs: [codec] } });
    const handle = temporal.client.workflow.getHandle(id);
    const details = async () => (await handle.describe()).raw.pendingActivities?.[0]?.heartbeatDetails;
    await until('it tells its progress', async () => keysOf(await details()).length > 0, 30);
    expect(keysOf(await details())).toEqual(['one']);
    const shown = json<{ sight: { pending: unknown[] } }>(await cliHere(['operation', 'show', id, '--json'], keys));
    expect(shown.sight.pending).toMatchObject([{ progress: { done: 4_294_967_296, total: 8_589_934_592 } }]);
    await cliHere(['operation', 'cancel', id], keys);
    expect((await cliHere(['operation', 'follow', id], keys)).exitCode).toBe(4);
  });
});
