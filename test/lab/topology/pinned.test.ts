import type { ChildProcess } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, expect, test } from '@jest/globals';
import { until } from '../../support/poll.ts';
import { usePracticeVms } from '../../support/practice-vms.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import { Topology } from './support/topology.ts';

/** Real workers that say which build they are, in a namespace of their own on the server of production. */
const topology = new Topology();
const { program } = usePracticeVms({
  at: async () => {
    const config = join(await scratchDirectory('pinned'), 'config.yaml');
    await writeFile(config, '{}\n');
    await topology.open({ STACKHAND_CONFIG: config });
    return topology.address;
  },
});
// After the program's own end, which asks it what it holds.
afterAll(() => topology.close(), 60_000);

interface Told {
  readonly worker: ChildProcess;
  text: string;
}

async function start(build: string, current: boolean): Promise<Told> {
  const options = ['--deployment', 'stackhand', '--build-id', build, ...(current ? ['--current'] : [])];
  const worker = await program.startWorker([], {}, options);
  const told = { worker, text: '' };
  worker.stderr?.on('data', (chunk: string) => (told.text += chunk));
  if (current) await says(told, `operations begin with build ${build} of stackhand`);
  return told;
}

const says = (told: Told, text: string, seconds = 40): Promise<void> =>
  until(text, () => told.text.includes(text), seconds);

const ended = ({ worker }: Told, seconds = 30): Promise<void> =>
  until('the worker has ended', () => worker.exitCode !== null, seconds);

const backUp = (vm: string, ...options: string[]): Promise<string> =>
  program.begin('vm', 'backup', vm, '--shutdown', ...options);

const described = async (id: string): Promise<{ status: string; build: string | undefined }> => {
  const { status, raw } = await program.temporal.client.workflow.getHandle(id).describe();
  const { versioningInfo } = raw.workflowExecutionInfo ?? {};
  return { status: status.name, build: versioningInfo?.deploymentVersion?.buildId ?? undefined };
};

const slowly = ['--bandwidth', '4M/s'];

/** Of the newest backup of a VM, also one that is a part of another operation. */
async function idOf(vm: string): Promise<string> {
  for await (const { workflowId } of program.temporal.client.workflow.list({
    query: `WorkflowType = 'vmBackup' AND StackhandVm = '${vm}'`,
  }))
    return workflowId;
  throw new Error(`there is no backup of ${vm}`);
}

const archiving = (vm: string): Promise<void> =>
  until(
    'it is in its middle',
    async () => {
      const id = await idOf(vm).catch(() => undefined);
      if (id === undefined) return false;
      const { raw } = await program.temporal.client.workflow.getHandle(id).describe();
      return (raw.pendingActivities ?? []).some(({ activityType }) => activityType?.name === 'archive');
    },
    60,
  );

test('a worker without a build says what it leaves to the next, also where that is of a build', async () => {
  const plain = await program.startWorker([]);
  let text = '';
  plain.stderr?.on('data', (chunk: string) => (text += chunk));
  const web01 = await backUp('web01', ...slowly);
  await archiving('web01');
  plain.kill('SIGTERM');
  await until('it ended', () => plain.exitCode !== null, 20);
  expect(text).toContain('1 operation is left to the next worker');
  await start('zero', true);
  await until('it is done', async () => (await described(web01)).status === 'COMPLETED', 60);
  expect(await described(web01)).toEqual({ status: 'COMPLETED', build: 'zero' });
}, 120_000);

test('an operation and its parts stay with their build, whose last worker says what it waits for and goes after it', async () => {
  const one = await start('one', true);
  const both = await program.begin('vm', 'backup', 'web01', 'db01', '--parallel', '1', '--shutdown', ...slowly);
  await archiving('web01');
  const two = await start('two', true);
  one.worker.kill('SIGTERM');
  await says(
    one,
    '2 operations are pinned to build one of stackhand, and no other worker of it has shown that it stays',
  );
  expect(one.text).toContain(both);
  expect(one.text).toContain('start another worker with the same --deployment and --build-id');
  expect(one.text).toContain('a second signal stops this worker at once');
  // What begins now begins with the next build; a look moves on by itself, and locks stand in nobody's way.
  const old01 = await backUp('old01');
  expect(await program.json('vm', 'list')).toMatchObject({ exitCode: 0 });
  await until('the other backup is done', async () => (await described(old01)).status === 'COMPLETED', 60);
  expect(await described(old01)).toEqual({ status: 'COMPLETED', build: 'two' });
  expect(await described(both)).toEqual({ status: 'RUNNING', build: 'one' });
  await ended(one, 90);
  expect(one.worker.exitCode).toBe(0);
  expect(await described(both)).toEqual({ status: 'COMPLETED', build: 'one' });
  // Its second part began when the next build was current.
  expect(await described(await idOf('db01'))).toEqual({ status: 'COMPLETED', build: 'one' });
  two.worker.kill('SIGTERM');
  await ended(two);
  expect(two.text).not.toContain('pinned');
}, 170_000);

test('a second signal ends it at once; another worker of its build goes on with what it left', async () => {
  const three = await start('three', true);
  const web01 = await backUp('web01', ...slowly);
  await archiving('web01');
  three.worker.kill('SIGTERM');
  await says(three, web01);
  // The same signal, told again by somebody else.
  three.worker.kill('SIGTERM');
  await pause(1500);
  expect(three.worker.exitCode).toBeNull();
  three.worker.kill('SIGINT');
  await ended(three);
  expect(await described(web01)).toEqual({ status: 'RUNNING', build: 'three' });
  await start('four', true);
  await start('three', false);
  await until('it is done', async () => (await described(web01)).status === 'COMPLETED', 60);
  expect(await described(web01)).toEqual({ status: 'COMPLETED', build: 'three' });
}, 170_000);
