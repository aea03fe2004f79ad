import { createHash, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { ImageUploadResult } from '../../src/contracts/image-upload.ts';
import type { Report } from '../../src/contracts/operation.ts';
import { useCloudProgram } from '../support/cloud-program.ts';
import { until } from '../support/poll.ts';
import { PracticeCloud } from '../support/practice-cloud.ts';

/** Whenever the worker or the connection dies: one image, active, with that content; or none. */
describe('an upload, with faults', () => {
  let cloud: PracticeCloud;
  const program = useCloudProgram(async () => {
    cloud = await PracticeCloud.start({ servers: 0, hosts: 1 });
    return { clouds: cloud.ready.clouds, cloud: 'practice' };
  });
  beforeEach(() => cloud.faults());
  afterAll(() => cloud.stop());

  const bytes = randomBytes(4 * 1024 * 1024 + 99);
  const digest = createHash('sha512').update(bytes).digest('hex');
  const file = async (name: string): Promise<string> => {
    const path = join(program.directory, `${name}.img`);
    await writeFile(path, bytes);
    return path;
  };
  const effects = async (name: string): Promise<string[]> =>
    (await cloud.effects()).filter((effect) => effect.name === name).map(({ action }) => action);
  const used = async (): Promise<boolean> => ((await cloud.control<number[]>('GET', '/faults'))[0] ?? 0) > 0;
  const whole = (id: string): Promise<Report<ImageUploadResult>> =>
    program.temporal.client.workflow.getHandle(id).result() as Promise<Report<ImageUploadResult>>;
  const asSent = {
    outcome: 'done',
    result: { image: { status: 'active', size: bytes.length, hash: { value: digest } } },
  };

  const moments = {
    'before it is made': { match: 'POST .*/images$', status: 503, delay: 60_000 },
    'after it is made, before the answer': { match: 'POST .*/images$', delay: 60_000 },
    'between making and sending': { match: 'GET .*/images/[0-9a-f-]{36}$', after: 1, times: 1, delay: 60_000 },
    'in the middle of sending': { match: 'PUT .*/file', pace: 100_000 },
    'after sending, before the answer': { match: 'PUT .*/file', delay: 60_000 },
    'when it is read back': { match: 'GET .*/images/[0-9a-f-]{36}$', after: 2, times: 1, delay: 60_000 },
  };

  test('the worker is killed with an upload at each of its moments: each ends as if nothing had happened', async () => {
    await program.startWorker();
    const ids: Record<string, string> = {};
    for (const [name, rule] of Object.entries(moments)) {
      // What is under way keeps to the rule that it met.
      await cloud.faults(rule);
      ids[name] = await program.begin('image', 'upload', await file(name.replaceAll(' ', '-')));
      await until(`one is ${name}`, used, 30);
    }
    await program.stopWorkers('SIGKILL');
    await cloud.faults();
    await program.startWorker();
    for (const [name, id] of Object.entries(ids)) {
      expect([name, await whole(id)]).toEqual([name, expect.objectContaining({ outcome: 'done' })]);
      expect(await whole(id)).toMatchObject(asSent);
      expect([name, await effects(name.replaceAll(' ', '-'))]).toEqual([name, ['create image', 'store image']]);
    }
  }, 120_000);

  test.each([
    ['after some bytes', { match: 'PUT .*/file', cut: 1_000_000, times: 2 }],
    ['after all of it', { match: 'PUT .*/file', drop: 'after', times: 1 }],
    ['as it is made', { match: 'POST .*/images$', drop: 'after', times: 1 }],
    ['with a 503', { match: 'PUT .*/file', status: 503, times: 1 }],
  ])('the connection breaks %s: it is sent again, whole', async (name, rule) => {
    await program.startWorker();
    const image = `broken-${name.replaceAll(' ', '-')}`;
    await cloud.faults(rule);
    const id = await program.begin('image', 'upload', await file(image), '--name', image);
    expect(await whole(id)).toMatchObject(asSent);
    expect(await effects(image)).toEqual(['create image', 'store image']);
  });

  test('the worker is killed while it is converted: the job goes on, and what it made is removed at the end', async () => {
    await program.startWorker();
    const path = await file('converted');
    const id = await program.begin('image', 'upload', path, '--convert', 'qcow2');
    await until('it is converted', async () => {
      const { events } = await program.temporal.client.workflow.getHandle(id).fetchHistory();
      return (
        events?.some((event) => event.activityTaskScheduledEventAttributes?.activityType?.name === 'convertImage') ===
        true
      );
    });
    await program.stopWorkers('SIGKILL');
    await program.startWorker();
    expect(await whole(id)).toMatchObject({ outcome: 'done', result: { image: { diskFormat: 'qcow2' } } });
    expect((await readdir(program.directory)).filter((name) => name.startsWith('.stackhand'))).toEqual([]);
    expect(await effects('converted')).toEqual(['create image', 'store image']);
  });

  test('the worker is killed while Glance fetches it: it is waited for, and fetched once', async () => {
    let asked = 0;
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    const web = createServer((request, response) => {
      const part = request.headers.range === undefined ? bytes : bytes.subarray(0, 65_536);
      const range = part === bytes ? {} : { 'content-range': `bytes 0-65535/${String(bytes.length)}` };
      response.writeHead(part === bytes ? 200 : 206, { 'content-length': part.length, etag: '"1"', ...range });
      if (request.headers['user-agent'] === 'stackhand') return response.end(part);
      asked += 1;
      return void released.then(() => response.end(part));
    });
    await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
    try {
      await program.startWorker();
      const address = `http://127.0.0.1:${String((web.address() as AddressInfo).port)}/fetched.img`;
      const id = await program.begin('image', 'upload', address);
      await until('Glance fetches it', () => asked > 0, 30);
      await program.stopWorkers('SIGKILL');
      await program.startWorker();
      release();
      expect(await whole(id)).toMatchObject(asSent);
      expect(asked).toBe(1);
      expect(await effects('fetched')).toEqual(['create image', 'store image']);
    } finally {
      web.close();
      web.closeAllConnections();
    }
  });

  test('an image that a broken sending left unusable is deleted, and another is made', async () => {
    await program.startWorker();
    await cloud.faults({ match: 'PUT .*/file', cut: 1_000_000, times: 1, leaves: 'killed' });
    const id = await program.begin('image', 'upload', await file('stuck'));
    expect(await whole(id)).toMatchObject(asSent);
    expect(await effects('stuck')).toEqual(['create image', 'delete image', 'create image', 'store image']);
  });

  test('cancelled while the worker is away nothing is left once it is back', async () => {
    await program.startWorker();
    await cloud.faults({ match: 'PUT .*/file', pace: 300_000 });
    const id = await program.begin('image', 'upload', await file('away'));
    await until('it is sent', used, 30);
    await program.stopWorkers('SIGKILL');
    await program.run(['operation', 'cancel', id]);
    await cloud.faults();
    await program.startWorker();
    await expect(whole(id)).rejects.toThrow();
    expect(await effects('away')).toEqual(['create image', 'delete image']);
  });
});
