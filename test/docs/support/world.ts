import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { stringify } from 'yaml';
import { runCli } from '../../../src/client/run.ts';
import { builtProgram } from '../../support/built.ts';
import type { CloudPlace, CloudProgram } from '../../support/cloud-program.ts';
import { until } from '../../support/poll.ts';
import { PracticeCloud } from '../../support/practice-cloud.ts';
import { PracticeHosts, osloLine } from '../../support/practice-hosts.ts';
import { PracticeSite } from '../../practice/support/site.ts';
import { Terminal } from './terminal.ts';

/** What the pages' cloud has when a page begins. */
const servers = [
  { name: 'web-1', host: 'compute7' },
  { name: 'web-2', host: 'compute7' },
  { name: 'web-3', host: 'compute7' },
  { name: 'app-1', host: 'compute8' },
  { name: 'app-2', host: 'compute8' },
  { name: 'old-1', host: 'compute8', status: 'SHUTOFF' },
  { name: 'bastion', host: 'compute1' },
];
const computeHosts = ['compute1', 'compute2', 'compute7', 'compute8'];

/** The hosts and clouds that the pages tell of, as practice sites. */
export class World {
  readonly site: PracticeSite;
  readonly cloud: PracticeCloud;
  readonly hosts: PracticeHosts;
  #servers: { id: string; name: string }[] = [];
  readonly #projects: string[] = [];

  private constructor(site: PracticeSite, cloud: PracticeCloud, hosts: PracticeHosts) {
    this.site = site;
    this.cloud = cloud;
    this.hosts = hosts;
  }

  static async open(): Promise<World> {
    const [site, cloud, hosts] = await Promise.all([
      PracticeSite.start(),
      PracticeCloud.start({ servers: 0, hosts: 0, transition: 50 }),
      PracticeHosts.start(3),
    ]);
    for (const name of computeHosts) await cloud.control('POST', '/hosts', { name });
    for (const vm of ['web01', 'db01', 'old01', 'deaf01'])
      await site.ask(`POST /domains/${vm}`, { deaf: false, shutdownSeconds: 0.2, startSeconds: 0.1 });
    for (const { name } of hosts.hosts) {
      await hosts.container(name, 'nova_compute');
      await hosts.log(name, 'log/nova/nova.log', osloLine('INFO', 'nova', 'all is well'));
    }
    return new World(site, cloud, hosts);
  }

  place(): CloudPlace {
    const { ssh, repository, runDirectory, stateDirectory } = this.site.ready;
    const { host: address, ...login } = ssh;
    const [ctl1, ctl2, cmp1] = this.hosts.hosts;
    const config = {
      hosts: {
        kvm1: { address, ...login, sudo: false, runDirectory, stateDirectory },
        ...{ ctl1: ctl1?.entry, ctl2: ctl2?.entry, cmp1: cmp1?.entry },
      },
      repositories: { nas: { ...repository, keep: { last: 3 } } },
      defaults: { repository: 'nas' },
      clouds: { production: { cloud: 'practice', protect: { names: ['bastion'] } } },
      health: {
        roles: {
          controllers: { hosts: ['ctl1', 'ctl2'], logs: [`${this.hosts.at('host1', 'log/nova')}/*.log`] },
          computes: { hosts: ['cmp1'], logs: [] },
        },
        cloud: 'production',
        // Where the page on health checks writes it.
        baseline: 'docs-guide-health-check.md/health-baseline.yaml',
        thresholds: { load: 1000, memory: 99, diskWarning: 99, diskCritical: 100 },
      },
    };
    return { clouds: this.cloud.ready.clouds, cloud: 'production', config: stringify(config) };
  }

  /** As each page finds it, whatever the one before did. */
  async reset(): Promise<void> {
    await Promise.all(
      this.#servers.map(({ id }) => this.cloud.control('DELETE', `/servers/${id}`).catch(() => undefined)),
    );
    for (const name of computeHosts)
      await this.cloud.control('PATCH', `/hosts/${name}`, { enabled: true, reason: null });
    this.#servers = [];
    const [productive, test] = await this.#projectIds();
    const add = async (given: { name: string; host: string; [more: string]: unknown }): Promise<void> => {
      const ids = await this.cloud.addServers(given);
      this.#servers.push(...ids.map((id) => ({ id, name: given.name })));
    };
    for (const server of servers) await add({ ...server, projectId: productive });
    await add({ count: 12, name: 'test-vm', host: 'compute2', projectId: test });
    await this.cloud.faults();
    await this.site.ask('DELETE /faults');
  }

  /** Changes a server, or how it behaves. */
  async server(name: string, change: object): Promise<void> {
    const found = this.#servers.find((each) => each.name === name);
    if (found === undefined) throw new Error(`there is no server ${name}`);
    await this.cloud.control('PATCH', `/servers/${found.id}`, change);
  }

  /** Of project1 and project2, as the cloud gives them to servers in turn. */
  async #projectIds(): Promise<string[]> {
    if (this.#projects.length === 0) {
      const ids = await this.cloud.addServers({ count: 2 });
      for (const id of ids) {
        const { projectId } = await this.cloud.control<{ projectId: string }>('PATCH', `/servers/${id}`, {});
        this.#projects.push(projectId);
        await this.cloud.control('DELETE', `/servers/${id}`);
      }
    }
    return this.#projects;
  }

  async close(): Promise<void> {
    await Promise.all([this.cloud.stop(), this.hosts.stop(), this.site.end('SIGTERM')]);
    await this.site.clean();
  }
}

/** Someone at a terminal of this world, in a directory with the files of the page. */
export class Typist {
  readonly #program: CloudProgram;
  readonly #directory: string;
  /** The example ids of the page, and the operations that they turned out to be. */
  readonly #ids = new Map<string, string>();

  constructor(program: CloudProgram, directory: string) {
    this.#program = program;
    this.#directory = directory;
  }

  async file(name: string, lines: readonly string[]): Promise<void> {
    await mkdir(this.#directory, { recursive: true });
    await writeFile(join(this.#directory, name), `${lines.join('\n')}\n`);
  }

  /** One command of the program, as its person would type it, who agrees to everything. */
  async type(words: readonly string[]): Promise<{ exitCode: number; told: string }> {
    const terminal = new Terminal();
    const here = process.cwd();
    process.chdir(this.#directory);
    try {
      const args = await Promise.all(words.map((word) => this.#meant(word)));
      const exitCode = await runCli(args, {
        env: { LANG: 'C.UTF-8', NO_COLOR: '1', ...this.#program.env },
        streams: { stdin: { isTTY: true }, stdout: terminal, stderr: terminal },
        ask: terminal.ask,
      });
      return { exitCode, told: terminal.text };
    } finally {
      process.chdir(here);
    }
  }

  /** What only a shell can do. */
  async shell(line: string): Promise<{ exitCode: number; told: string }> {
    const bin = join(this.#directory, '.bin');
    await mkdir(bin, { recursive: true });
    const script = `#!/bin/sh\nexec '${process.execPath}' '${await builtProgram()}/client/main.js' "$@"\n`;
    await writeFile(join(bin, 'stackhand'), script, { mode: 0o755 });
    const env = { ...this.#program.env, PATH: `${bin}:${process.env['PATH'] ?? ''}` };
    const ran = await execa('bash', ['-c', line], {
      ...{ cwd: this.#directory, env, extendEnv: false, stdin: 'ignore', reject: false, all: true },
    });
    return { exitCode: ran.exitCode ?? -1, told: ran.all };
  }

  /** An example id is the operation that was the newest when the page first named it. */
  async #meant(word: string): Promise<string> {
    if (!/^[0-9a-f]{8}$/.test(word)) return word;
    const known = this.#ids.get(word);
    if (known !== undefined) return known;
    const newest = await newestOperation(this.#program);
    this.#ids.set(word, newest);
    return newest;
  }
}

export async function newestOperation(program: CloudProgram): Promise<string> {
  const found: { id: string; at: number }[] = [];
  await until('an operation is listed', async () => {
    for await (const { workflowId, startTime, parentExecution } of program.temporal.client.workflow.list())
      if (parentExecution === undefined && !/^(lock|inspect|temporal)/.test(workflowId))
        found.push({ id: workflowId, at: startTime.getTime() });
    return found.length > 0;
  });
  return found.reduce((one, other) => (other.at > one.at ? other : one)).id;
}
