import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { builtProgram } from './built.ts';
import { scratchDirectory } from './scratch.ts';
import { secretScan } from './secrets.ts';

export interface ContainerGiven {
  readonly state?: string;
  readonly exitCode?: number;
  readonly health?: string;
  readonly restarts?: number;
  readonly image?: string;
  readonly id?: string;
}

/** As the config file has it; the key to it among the rest. */
interface Entry {
  readonly identityFile: string;
}

interface Ready {
  readonly hosts: readonly { readonly name: string; readonly directory: string; readonly entry: Entry }[];
}

/** Hosts with containers and logs as a process of its own: real sshd's and commands, podman's answers from files. */
export class PracticeHosts {
  readonly hosts: Ready['hosts'];
  readonly #process: ChildProcess;

  private constructor(process: ChildProcess, ready: Ready) {
    this.#process = process;
    this.hosts = ready.hosts;
  }

  static async start(count: number, latency = 0): Promise<PracticeHosts> {
    const directory = await scratchDirectory('hosts');
    const args = ['--directory', directory, '--hosts', String(count), '--latency', String(latency)];
    const child = spawn(process.execPath, [`${await builtProgram()}/practice/hosts.js`, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await Promise.race([
      once(createInterface({ input: child.stdout }), 'line'),
      once(child, 'exit').then(() => Promise.reject(new Error('the practice hosts ended'))),
    ])) as [string];
    const ready = JSON.parse(line) as Ready;
    for (const { name, entry } of ready.hosts) secretScan.secretsOf(`the key to ${name}`, entry.identityFile);
    return new PracticeHosts(child, ready);
  }

  /** For the section hosts of a config. */
  entries(): Record<string, object> {
    return Object.fromEntries(this.hosts.map(({ name, entry }) => [name, entry]));
  }

  at(host: string, ...path: string[]): string {
    const found = this.hosts.find(({ name }) => name === host);
    if (found === undefined) throw new Error(`no practice host ${host}`);
    return join(found.directory, ...path);
  }

  /** As podman 4 inspects it; a running one unless it is said. */
  async container(host: string, name: string, given: ContainerGiven = {}): Promise<void> {
    const captured = JSON.parse(await readFile(new URL('fixtures/podman-container.json', import.meta.url), 'utf8')) as {
      State: object;
    };
    const { state = 'running', exitCode = 0, health = 'healthy', restarts = 0, image = 'a'.repeat(64) } = given;
    const document = {
      ...captured,
      ...{ Name: name, Id: given.id ?? name, RestartCount: restarts, Image: image },
      State: { ...captured.State, Status: state, ExitCode: exitCode, Health: { Status: health, Log: [] } },
    };
    await writeFile(this.at(host, 'containers', `${name}.json`), JSON.stringify(document));
  }

  removeContainer(host: string, name: string): Promise<void> {
    return rm(this.at(host, 'containers', `${name}.json`));
  }

  async log(host: string, path: string, ...lines: string[]): Promise<void> {
    const file = this.at(host, path);
    await mkdir(dirname(file), { recursive: true });
    await appendFile(file, lines.map((line) => `${line}\n`).join(''));
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGTERM');
    await ended;
  }
}

/** As oslo.log writes it now, in the time of this machine. */
export function osloLine(level: string, logger: string, message: string, at = new Date()): string {
  const local = new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString();
  return `${local.slice(0, 23).replace('T', ' ')} 7 ${level} ${logger} [-] ${message}`;
}
