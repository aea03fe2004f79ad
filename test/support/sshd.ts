import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import type { HostTarget } from '../../src/contracts/targets.ts';
import { until } from './poll.ts';
import { runDirectory, scratchDirectory } from './scratch.ts';
import { secretScan } from './secrets.ts';

export interface SshdOptions {
  readonly maxSessions?: number;
  /** The PATH of what it runs. */
  readonly path?: string;
  /** More lines for sshd_config. */
  readonly config?: readonly string[];
}

const keyTypes = ['ed25519', 'rsa'] as const;
export type HostKeyType = (typeof keyTypes)[number];

/**
 * OpenSSH's own server on a free loopback port, with keys and a known_hosts of its own. It takes only the user who
 * runs the tests, so it needs no privileges.
 */
export class Sshd {
  readonly directory: string;
  readonly port: number;
  readonly user = userInfo().username;
  #process: ChildProcess | undefined;

  private constructor(directory: string, port: number) {
    this.directory = directory;
    this.port = port;
  }

  static async start(options: SshdOptions = {}): Promise<Sshd> {
    const sshd = new Sshd(await scratchDirectory('sshd'), await freePort());
    await sshd.#prepare(options);
    await sshd.up();
    return sshd;
  }

  /** A private key that it takes. */
  get identityFile(): string {
    return join(this.directory, 'user_ed25519');
  }

  /** All its host keys under its own address. */
  get knownHosts(): string {
    return join(this.directory, 'known_hosts');
  }

  get log(): string {
    return join(this.directory, 'log');
  }

  target(transport: 'ssh2' | 'openssh', more: Partial<HostTarget> = {}): HostTarget {
    return {
      name: 'testhost',
      transport,
      address: '127.0.0.1',
      port: this.port,
      user: this.user,
      identityFile: this.identityFile,
      knownHosts: this.knownHosts,
      sudo: false,
      runDirectory: '/run/stackhand',
      stateDirectory: '/var/lib/stackhand',
      ...more,
    };
  }

  /** Listens again after stop(), on the same port. */
  async up(): Promise<void> {
    const file = join(this.directory, 'sshd_config');
    // sshd runs itself again for each session, so it wants its full path
    const child = spawn(sshdProgram(), ['-D', '-f', file, '-E', this.log], { stdio: 'ignore' });
    this.#process = child;
    // whatever becomes of the test: the janitor ends it with the run
    await mkdir(join(runDirectory(), 'processes'), { recursive: true });
    await writeFile(join(runDirectory(), 'processes', String(child.pid)), String(child.pid));
    await until(`sshd listens (${this.log})`, async () => {
      if (child.exitCode !== null) throw new Error(`sshd ended: ${await readFile(this.log, 'utf8')}`);
      return await answers(this.port);
    });
  }

  /** Ends the listener and every session, as a crash or a reboot would: nobody says goodbye. */
  async stop(): Promise<void> {
    const child = this.#process;
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    const sessions = await this.sessions();
    child.kill('SIGKILL');
    signalAll(sessions, 'SIGKILL');
    await ended;
  }

  /** SIGKILL for the processes that carry sessions, SIGSTOP to let connections go dead without a word. */
  async signalSessions(signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): Promise<void> {
    signalAll(await this.sessions(), signal);
  }

  /** sshd's own processes below the listener: what they run is left out. */
  async sessions(): Promise<number[]> {
    const pid = this.#process?.pid;
    if (pid === undefined) return [];
    const all = await processes();
    const below = (parent: number): number[] =>
      all
        .filter((each) => each.parent === parent && each.name.startsWith('sshd'))
        .flatMap((each) => [each.pid, ...below(each.pid)]);
    return below(pid);
  }

  async #prepare({ maxSessions = 10, path, config = [] }: SshdOptions): Promise<void> {
    // where sshd drops its privileges to, if it has any
    if (process.getuid?.() === 0) await mkdir('/run/sshd', { recursive: true });
    for (const type of keyTypes) await generateKey(join(this.directory, `host_${type}`), type);
    await generateKey(this.identityFile);
    secretScan.secretsOf('the key of a host', this.identityFile);
    await writeFile(join(this.directory, 'authorized_keys'), await readFile(`${this.identityFile}.pub`));
    const known = await Promise.all(keyTypes.map((type) => this.knownHostsLine(type)));
    await writeFile(this.knownHosts, known.join(''));
    const lines = [
      `Port ${this.port}`,
      'ListenAddress 127.0.0.1',
      ...keyTypes.map((type) => `HostKey ${join(this.directory, `host_${type}`)}`),
      `AuthorizedKeysFile ${join(this.directory, 'authorized_keys')}`,
      'PermitRootLogin yes',
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      'UsePAM no',
      'StrictModes no',
      'UseDNS no',
      'PidFile none',
      'MaxStartups 100',
      `MaxSessions ${maxSessions}`,
      // sshd heeds the first SetEnv only; without the user's own HOME, bash doesn't read the user's own .bashrc
      `SetEnv HOME=${this.directory}${path === undefined ? '' : ` PATH=${path}`}`,
      ...config,
    ];
    await writeFile(join(this.directory, 'sshd_config'), `${lines.join('\n')}\n`);
  }

  /** How one of its keys stands in a known_hosts file. */
  async knownHostsLine(type: HostKeyType): Promise<string> {
    const [algorithm, key] = (await readFile(join(this.directory, `host_${type}.pub`), 'utf8')).split(' ');
    return `[127.0.0.1]:${this.port} ${algorithm} ${key}\n`;
  }

  /** As ssh-keygen prints it. */
  async fingerprint(type: HostKeyType): Promise<string> {
    const { stdout } = await execa('ssh-keygen', ['-lf', join(this.directory, `host_${type}.pub`)]);
    return stdout.split(' ')[1] ?? '';
  }
}

export async function generateKey(path: string, type: HostKeyType = 'ed25519', passphrase = ''): Promise<void> {
  const size = type === 'rsa' ? ['-b', '2048'] : [];
  await execa('ssh-keygen', ['-q', '-t', type, ...size, '-N', passphrase, '-C', 'stackhand-test', '-f', path]);
}

/** A port of loopback where nothing listens now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function sshdProgram(): string {
  const found = ['/usr/sbin/sshd', '/usr/local/sbin/sshd', '/sbin/sshd', '/usr/bin/sshd'].find((path) =>
    existsSync(path),
  );
  if (found === undefined) throw new Error('these tests need sshd: apt-get install openssh-server');
  return found;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(port, '127.0.0.1');
    probe.once('error', () => resolve(false));
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
  });
}

function signalAll(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      // it has ended meanwhile
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

async function processes(): Promise<{ pid: number; parent: number; name: string }[]> {
  const entries = await readdir('/proc');
  const stats = await Promise.all(
    entries.filter((name) => /^\d+$/.test(name)).map((pid) => readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '')),
  );
  return stats.flatMap((stat) => {
    const parts = /^(\d+) \((.*)\) \S (\d+)/s.exec(stat);
    return parts ? [{ pid: Number(parts[1]), name: parts[2] ?? '', parent: Number(parts[3]) }] : [];
  });
}
