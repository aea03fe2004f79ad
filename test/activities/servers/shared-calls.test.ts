import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { SharedCalls } from '../../../src/activities/servers/shared-calls.ts';
import type { SharedCallsTiming } from '../../../src/activities/servers/shared-calls.ts';
import { thisProcess } from '../../../src/activities/shared/this-process.ts';
import { CallLimit } from '../../../src/systems/openstack/index.ts';
import { directoryRecords } from '../../../src/systems/records/index.ts';
import type { Records } from '../../../src/systems/records/index.ts';
import { until } from '../../support/poll.ts';
import { scratchDirectory } from '../../support/scratch.ts';

const timing = { beat: 20, goneAfter: 400, idleAfter: 300, patience: 600 };
const place = 'keystone.example/v3';

/** Calls of all workers together, as the cloud sees them. */
class Cloud {
  now = 0;
  most = 0;

  async call(): Promise<void> {
    this.now += 1;
    this.most = Math.max(this.most, this.now);
    await sleep(5);
    this.now -= 1;
  }
}

class Client {
  readonly limit = new CallLimit(1);
  readonly shared: SharedCalls;
  readonly cloud: Cloud;
  answered = 0;
  #ended = false;

  constructor(records: Records, cloud: Cloud, total = 4, more: Partial<SharedCallsTiming> = {}) {
    this.cloud = cloud;
    this.shared = new SharedCalls(records, place, total, this.limit, { ...timing, ...more });
  }

  async once(): Promise<void> {
    await this.limit.run(() => this.cloud.call());
    this.answered += 1;
  }

  /** Never fewer than so many at once, until it is ended. */
  keepBusy(atOnce: number): void {
    for (let at = 0; at < atOnce; at += 1) void this.#again();
  }

  async #again(): Promise<void> {
    while (!this.#ended) await this.once();
  }

  end(): void {
    this.#ended = true;
  }
}

describe('calls of several workers to one cloud', () => {
  let records: Records;
  let cloud: Cloud;
  const clients: Client[] = [];
  const worker = (total?: number, more?: Partial<SharedCallsTiming>): Client => {
    const client = new Client(records, cloud, total, more);
    clients.push(client);
    return client;
  };
  const claims = async (): Promise<number> =>
    (await Promise.all((await records.list()).map((operation) => records.names(operation)))).flat().length;

  beforeEach(async () => {
    records = directoryRecords(await scratchDirectory('calls'));
    cloud = new Cloud();
  });
  afterEach(async () => {
    for (const client of clients) client.end();
    await Promise.all(clients.splice(0).map(({ shared }) => shared.close()));
  });

  test('one alone has all of them', async () => {
    worker().keepBusy(20);
    await until('four at once', () => cloud.most === 4);
    await sleep(100);
    expect(cloud.most).toBe(4);
  });

  test('two share them, also those that came first, and no moment has more', async () => {
    const first = worker();
    first.keepBusy(20);
    await until('it has all', () => cloud.now === 4);
    const second = worker();
    second.keepBusy(20);
    await until('the second has two', () => second.limit.running === 2);
    await until('the first has two', () => first.limit.running === 2);
    expect(cloud.most).toBe(4);
  });

  test('who wants little leaves the rest to the others', async () => {
    const [busy, calm] = [worker(), worker()];
    calm.keepBusy(1);
    busy.keepBusy(20);
    await until('three of four', () => busy.limit.running === 3);
    expect(cloud.most).toBeLessThanOrEqual(4);
  });

  test('workers that come and go all the time never have more together', async () => {
    for (let round = 0; round < 8; round += 1) {
      const come = [worker(), worker(), worker()];
      for (const client of come) client.keepBusy(3);
      await until('each was answered', () => come.every(({ answered }) => answered > 3));
      for (const client of come) client.end();
    }
    expect(cloud.most).toBe(4);
  }, 30_000);

  test('a claim of one that was killed is nobody’s: at once on the same machine', async () => {
    await keepClaim({ ...thisProcess, started: 'long ago' });
    const client = worker(4, { goneAfter: 60_000, patience: 60_000 });
    client.keepBusy(10);
    await until('it has all', () => client.limit.running === 4);
  });

  test('and elsewhere after it has been silent', async () => {
    await keepClaim({ machine: 'another', pid: 1, started: '1' });
    const client = worker();
    client.keepBusy(10);
    await sleep(100);
    expect(client.answered).toBe(0);
    await until('it has all', () => client.limit.running === 4);
    expect(await claims()).toBe(1);
  });

  test('one that is damaged keeps nobody from claiming', async () => {
    await keepClaim({ ...thisProcess, started: 'long ago' });
    const [operation = ''] = await records.list();
    await writeFile(join(records.place, operation, 'killed.json'), '{"holds":');
    const client = worker();
    client.keepBusy(10);
    await until('it has all', () => client.limit.running === 4);
  });

  test('more workers than calls: each gets its turn', async () => {
    const all = [worker(1), worker(1), worker(1)];
    for (const client of all) client.keepBusy(2);
    await until('each was answered', () => all.every(({ answered }) => answered > 0));
  });

  test('without records one call at a time goes on', async () => {
    const broken = Object.fromEntries(
      ['names', 'get', 'put', 'forget'].map((name) => [name, () => Promise.reject(new Error('no database'))]),
    ) as unknown as Records;
    const client = new Client(broken, cloud);
    clients.push(client);
    client.keepBusy(5);
    await until('it is answered', () => client.answered > 3);
    expect(cloud.most).toBe(1);
  });

  test('records that never answer take nobody’s last call', async () => {
    let stuck = false;
    const hanging: Records = {
      ...records,
      names: (operation) => (stuck ? new Promise(() => undefined) : records.names(operation)),
    };
    const client = new Client(hanging, cloud);
    client.keepBusy(5);
    await until('it has all', () => cloud.now === 4);
    stuck = true;
    await until('one at a time', () => client.limit.running === 1);
    const before = client.answered;
    await until('it goes on', () => client.answered > before + 3);
    client.end();
  });

  test('nothing is claimed when there is nothing to do, and it begins again', async () => {
    const client = worker();
    await client.once();
    expect(await claims()).toBe(1);
    await until('the claim is gone', async () => (await claims()) === 0);
    await client.once();
    expect(client.answered).toBe(2);
  });

  async function keepClaim(process: typeof thisProcess): Promise<void> {
    const probe = worker();
    await probe.once();
    const [operation = ''] = await records.list();
    await probe.shared.close();
    await records.put(operation, 'killed', { holds: 4, wants: 4, beat: 7, process });
  }
});
