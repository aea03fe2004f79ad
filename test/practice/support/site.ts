import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { execa } from 'execa';
import ssh2 from 'ssh2';
import { builtProgram } from '../../support/built.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import { secretScan } from '../../support/secrets.ts';

export interface Ready {
  readonly practice: boolean;
  readonly directory: string;
  readonly config: string;
  readonly ssh: { host: string; port: number; user: string; identityFile: string; knownHosts: string };
  readonly control: string;
  readonly repository: { type: string; source: string; mountPoint: string; options: string };
  readonly runDirectory: string;
  readonly stateDirectory: string;
}

export interface Ran {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

export interface SiteState {
  readonly domains: {
    name: string;
    uuid: string;
    state: string;
    starts: number;
    stops: number;
    shutdownRequests: number;
  }[];
  readonly mounts: { mountPoint: string; source: string }[];
  readonly processes: { pid: number; command: string }[];
  readonly connections: number;
}

/** A practice site as its own process, and the ways to it. */
export class PracticeSite {
  readonly ready: Ready;
  readonly banner: string;
  readonly #process: ChildProcess;

  private constructor(process: ChildProcess, ready: Ready, banner: string) {
    this.#process = process;
    this.ready = ready;
    this.banner = banner;
  }

  static async start(directory?: string): Promise<PracticeSite> {
    const place = directory ?? (await scratchDirectory('practice'));
    const child = spawn(
      process.execPath,
      [`${await builtProgram()}/practice/site.js`, '--directory', place, '--small'],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    const [line] = (await Promise.race([
      once(createInterface(child.stdout), 'line'),
      once(child, 'exit').then(() => Promise.reject(new Error(`the site ended: ${stderr}`))),
    ])) as [string];
    const ready = JSON.parse(line) as Ready;
    secretScan.secretsOf('the key to the practice site', ready.ssh.identityFile);
    return new PracticeSite(child, ready, stderr);
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    this.#process.kill(signal);
    if (this.#process.exitCode === null && this.#process.signalCode === null) await once(this.#process, 'exit');
  }

  /** `site.js --clean`: ends it and what runs on it, and removes its directory. */
  async clean(): Promise<void> {
    const script = `${await builtProgram()}/practice/site.js`;
    await execa(process.execPath, [script, '--clean', '--directory', this.ready.directory]);
  }

  async ask<T = SiteState>(route: string, body?: unknown): Promise<T> {
    const [method = 'GET', path = '/'] = route.split(' ');
    const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
    const response = await fetch(`${this.ready.control}${path}`, init);
    if (!response.ok) throw new Error(await response.text());
    return (await response.json()) as T;
  }

  async domain(name: string): Promise<SiteState['domains'][number]> {
    const { domains } = await this.ask('GET /state');
    const found = domains.find((one) => one.name === name);
    if (found === undefined) throw new Error(`there is no ${name}`);
    return found;
  }

  /** A connection with the site's key, its host key held against known_hosts. */
  async connect(): Promise<ssh2.Client> {
    const { host, port, user, identityFile, knownHosts } = this.ready.ssh;
    const known = (await readFile(knownHosts, 'utf8')).trim().split(' ')[2] ?? '';
    const client = new ssh2.Client();
    client.connect({
      host,
      port,
      username: user,
      privateKey: await readFile(identityFile),
      hostVerifier: (key: Buffer) => key.toString('base64') === known,
    });
    await once(client, 'ready');
    return client;
  }

  /** One command over a connection of its own. */
  async run(command: string, input = ''): Promise<Ran> {
    const client = await this.connect();
    try {
      return await runOn(client, command, input);
    } finally {
      client.end();
    }
  }

  /** A stand-in as a detached job of the site calls it: without SSH. */
  async call(program: string, argv: readonly string[], options: { cwd?: string } = {}): Promise<Ran> {
    const { stdout, stderr, exitCode } = await execa(`${this.ready.directory}/bin/${program}`, argv, {
      ...options,
      reject: false,
      stripFinalNewline: false,
    });
    return { stdout, stderr, exitCode: exitCode ?? -1 };
  }
}

export async function runOn(client: ssh2.Client, command: string, input = ''): Promise<Ran> {
  const { channel, exit } = await new Promise<{ channel: ssh2.ClientChannel; exit: Promise<unknown[]> }>(
    (resolve, reject) => {
      client.exec(command, (error, opened) => {
        // Listened for at once: a quick command's exit may be in the same packet as the answer to exec.
        if (error === undefined) resolve({ channel: opened, exit: once(opened, 'exit') });
        else reject(error);
      });
    },
  );
  channel.end(input);
  const [stdout, stderr, [code]] = await Promise.all([text(channel), text(channel.stderr), exit]);
  return { stdout, stderr, exitCode: typeof code === 'number' ? code : -1 };
}

export async function until(holds: () => Promise<boolean> | boolean, seconds = 10): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`not within ${seconds} s: ${holds.toString()}`);
    await pause(50);
  }
}
