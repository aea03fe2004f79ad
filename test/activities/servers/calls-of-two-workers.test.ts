import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { directoryRecords } from '../../../src/systems/records/index.ts';
import { useCloudProgram } from '../../support/cloud-program.ts';
import { until } from '../../support/poll.ts';
import { PracticeCloud } from '../../support/practice-cloud.ts';

let cloud: PracticeCloud;
const program = useCloudProgram(async () => {
  cloud = await PracticeCloud.start({ servers: 100, hosts: 2, transition: 30, latency: 300 });
  return {
    clouds: cloud.ready.clouds,
    cloud: 'practice',
    config: 'clouds: { practice: { cloud: practice, limits: { calls: 3 } } }',
  };
});
afterAll(() => cloud.stop());

/** Documents in which a worker says how many calls it may make. */
async function claims(): Promise<number> {
  const records = directoryRecords(join(program.directory, '.local/share/stackhand/records'));
  const places = (await records.list()).filter((name) => name.startsWith('calls-'));
  return (await Promise.all(places.map((name) => records.names(name)))).flat().length;
}

test('two workers together make no more calls at once than the config says, and one goes on when the other is killed', async () => {
  // One takes long: the stop is not over when its worker is killed.
  const [slow = ''] = await cloud.addServers({ name: 'slow', host: 'compute1' });
  await cloud.control('PATCH', `/servers/${slow}`, { behaviour: { transition: 30_000 } });
  const first = await program.startWorker();
  const stop = program.json('server', 'stop', '--all', '--yes');
  await until('the first makes calls', async () => (await claims()) === 1, 60);
  await program.startWorker();
  // Which of two gets a task is Temporal's to say: reads until the second got one.
  const read = async (): Promise<boolean> => {
    await Promise.all([1, 2, 3].map(() => program.json('server', 'list')));
    return (await claims()) === 2;
  };
  await until('both make calls', read, 60);
  expect(await cloud.control('GET', '/at-once')).toMatchObject({ most: 3 });
  await program.kill(first);
  expect(await stop).toMatchObject({ exitCode: 0 });
  const { most } = await cloud.control<{ most: number }>('GET', '/at-once');
  expect([1, 2, 3]).toContain(most);
  expect(await cloud.effects()).toHaveLength(101);
}, 180_000);
