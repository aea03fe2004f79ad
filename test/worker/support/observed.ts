import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll } from '@jest/globals';
import { stringify } from 'yaml';
import { PracticeSite } from '../../practice/support/site.ts';
import { useCloudProgram } from '../../support/cloud-program.ts';
import type { CloudProgram } from '../../support/cloud-program.ts';
import { PracticeCloud } from '../../support/practice-cloud.ts';

/** A worker of a practice hypervisor and a practice cloud, as Prometheus and the reader of its log see it. */
export class Observed {
  readonly #program: CloudProgram;
  readonly #places: () => { site: PracticeSite; cloud: PracticeCloud };
  #address = '';

  constructor(program: CloudProgram, places: () => { site: PracticeSite; cloud: PracticeCloud }) {
    this.#program = program;
    this.#places = places;
  }

  get program(): CloudProgram {
    return this.#program;
  }

  get site(): PracticeSite {
    return this.#places().site;
  }

  get cloud(): PracticeCloud {
    return this.#places().cloud;
  }

  async startWorker(): Promise<void> {
    this.#address = `127.0.0.1:${String(await freePort())}`;
    await this.#program.startWorker(undefined, {}, ['--metrics', this.#address]);
  }

  /** What Prometheus would read now. */
  async scrape(): Promise<string> {
    return (await fetch(`http://${this.#address}/metrics`)).text();
  }

  /** The value of a series of ours, its labels in any order; undefined where there is none. */
  async value(name: string, labels: Readonly<Record<string, string>> = {}): Promise<number | undefined> {
    const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
    for (const line of (await this.scrape()).split('\n')) {
      const [, found, inside = '', value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
      if (found === name && wanted.every((label) => inside.includes(label))) return Number(value);
    }
    return undefined;
  }

  /** The lines of the worker's log so far. */
  lines(): readonly LogLine[] {
    return this.#program.said
      .split('\n')
      .filter((line) => line.startsWith('{') && line.endsWith('}'))
      .map((line) => JSON.parse(line) as LogLine);
  }
}

export interface LogLine {
  readonly level: number;
  readonly msg: string;
  readonly operation?: string;
  readonly parent?: string;
  readonly [attribute: string]: unknown;
}

/** Once per test file. `more` is added to the config. */
export function useObserved(more: { readonly hosts?: object; readonly health?: object } = {}): Observed {
  let places: { site: PracticeSite; cloud: PracticeCloud } | undefined;
  const opened = (): { site: PracticeSite; cloud: PracticeCloud } => {
    if (places === undefined) throw new Error('the practice site is not there yet');
    return places;
  };
  const program = useCloudProgram(
    async () => {
      const [site, cloud] = await Promise.all([
        PracticeSite.start(),
        PracticeCloud.start({ servers: 0, hosts: 2, transition: 30 }),
      ]);
      places = { site, cloud };
      for (const vm of ['web01', 'db01'])
        await site.ask(`POST /domains/${vm}`, { deaf: false, shutdownSeconds: 0.2, startSeconds: 0.1 });
      const { hosts, ...rest } = more;
      const { ssh, repository, runDirectory, stateDirectory } = site.ready;
      const { host: address, ...login } = ssh;
      const config = {
        hosts: { kvm1: { address, ...login, sudo: false, runDirectory, stateDirectory }, ...hosts },
        repositories: { nas: repository },
        defaults: { repository: 'nas' },
        ...rest,
      };
      return { clouds: cloud.ready.clouds, cloud: 'practice', config: stringify(config) };
    },
    { standing: true },
  );
  const observed = new Observed(program, opened);
  beforeAll(() => observed.startWorker(), 60_000);
  afterAll(async () => {
    await places?.site.clean();
    await places?.cloud.stop();
  }, 60_000);
  return observed;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
