import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { attend } from '../../../src/activities/jobs.ts';
import { startOrGiveUp } from '../../../src/activities/shared/start-job.ts';
import { Fault } from '../../../src/contracts/faults.ts';
import { startJob } from '../../../src/systems/jobs/job.ts';
import { localHost, scratch } from '../../systems/jobs/support/local.ts';

const { directory, paths, remove } = scratch();
afterAll(remove);
const host = localHost();
const ref = { operation: randomUUID(), step: 'archive-vda' };

const environment = () => new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });

test('a job that a host which answers can not start is given up, with the cause', async () => {
  // A file in the way of the jobs' directory stands for a /run that is full.
  const blocked = { ...paths, run: join(directory, 'blocked') };
  mkdirSync(blocked.run, { recursive: true });
  writeFileSync(join(blocked.run, 'jobs'), '');
  let tries = 0;
  const start = () => {
    tries += 1;
    return startJob(host, blocked, ref, { name: 'test', text: 'true' }, {});
  };
  await expect(environment().run(() => startOrGiveUp(host, ref, start, 0))).rejects.toMatchObject({
    type: 'JobFailed',
    message: expect.stringContaining("can't be made"),
  });
  expect(tries).toBe(20);
});

test('a host that can not be reached is left to the next try, at once', async () => {
  const away = new Fault('HostUnreachable', 'no route');
  let tries = 0;
  const start = () => {
    tries += 1;
    return Promise.reject(away);
  };
  await expect(environment().run(() => startOrGiveUp(host, ref, start, 0))).rejects.toBe(away);
  expect(tries).toBe(1);
});

test('one that can be started again goes on, and a cancel ends the wait', async () => {
  let tries = 0;
  const start = () => {
    tries += 1;
    if (tries < 3) return Promise.reject(new Fault('CommandFailed', 'busy'));
    return startJob(host, paths, ref, { name: 'test', text: 'true' }, {});
  };
  await environment().run(() => startOrGiveUp(host, ref, start, 0));
  expect(tries).toBe(3);

  const waiting = environment();
  const attending = waiting.run(() =>
    attend(host, paths, ref, () => Promise.reject(new Fault('CommandFailed', 'still busy'))),
  );
  setTimeout(() => waiting.cancel(), 200);
  await expect(attending).rejects.toMatchObject({ name: 'CancelledFailure' });
});
