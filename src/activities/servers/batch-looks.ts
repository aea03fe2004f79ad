import { setTimeout as sleep } from 'node:timers/promises';
import type { Server } from '../../contracts/server.ts';
import type { PlannedServer } from '../../contracts/server-operation.ts';
import { findServer } from '../../systems/openstack/index.ts';
import type { Cloud } from './cloud-pool.ts';
import type { Driver, Work } from './server-work.ts';

/** Servers as they are now, by id; undefined for one that is gone. */
export type Seen = ReadonlyMap<string, Server | undefined>;

/** Milliseconds in which batches that come together gather, so that one list is the first look of all of them. */
const gatherFor = 60;
/** Milliseconds that a look waits while others ask; between two looks; and until one that moves is looked at anyway. */
const looksWaitFor = 5000;
const lookAgainAfter = 700;
const seenAgainAfter = 5000;
/** So many are read one by one: a list of a host costs more than that. */
const fewReads = 2;

/** When a batch looks at its servers, and at which of them, so that looking costs little beside asking. */
export class BatchLooks {
  readonly #cloud: Cloud;
  readonly #driver: Driver;
  readonly #host: string;
  /** Nothing counts that was seen before: the plan may be newer than that. */
  #since = Date.now();

  constructor(cloud: Cloud, driver: Driver, host: string) {
    this.#cloud = cloud;
    this.#driver = driver;
    this.#host = host;
  }

  async first(planned: readonly PlannedServer[]): Promise<Seen> {
    await sleep(gatherFor);
    return this.#look(planned);
  }

  /** Another look, at those of them that may have ended within their time, in milliseconds. */
  async again(open: readonly Work[], timeout: number): Promise<Seen> {
    await this.#letOthersAsk();
    await sleep(Math.max(0, this.#since + lookAgainAfter - Date.now()));
    this.restart();
    const worth = await this.#worthALook(open, timeout);
    const seen = await this.#look(worth.map(({ planned }) => planned));
    for (const work of worth) work.seenAt = this.#since;
    return seen;
  }

  /** After trouble nothing counts that was seen before it. */
  restart(): void {
    this.#since = Date.now();
  }

  /** What is still to be asked comes before another look at what was: a list takes as long as many requests. */
  async #letOthersAsk(): Promise<void> {
    const { session } = this.#cloud;
    const until = Date.now() + looksWaitFor;
    while (session.changing > 0 && Date.now() < until) await sleep(100);
  }

  /** The others too, now and then: what says that there is nothing to see may be late. */
  async #worthALook(open: readonly Work[], timeout: number): Promise<Work[]> {
    const underWay = await this.#driver.underWay?.(this.#cloud, this.#host, this.#since);
    return open.filter((work) => {
      const quiet = work.state === 'asked' && underWay?.has(work.planned.id) === true;
      return !quiet || this.#since - work.seenAt >= Math.min(seenAgainAfter, timeout / 4);
    });
  }

  /** One list, and single reads for the rest. */
  async #look(wanted: readonly PlannedServer[]): Promise<Seen> {
    const list = wanted.length > fewReads ? await this.#cloud.lists.of(this.#host, this.#since) : undefined;
    const found = await Promise.all(
      wanted.map(async ({ id }) => [id, list?.get(id) ?? (await findServer(this.#cloud.session, id))] as const),
    );
    return new Map(found);
  }
}
