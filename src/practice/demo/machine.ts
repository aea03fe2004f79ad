import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { marker } from '../scratch.ts';
import { readOr } from './host-files.ts';

const script = fileURLToPath(new URL('../../../test/lab/machines/hypervisor-local.sh', import.meta.url));

/** The lab's hypervisor in namespaces of this machine, one of the demo's own. */
export class Machine {
  readonly #env: NodeJS.ProcessEnv;
  /** Its keys, disks and file systems. */
  readonly directory: string;

  constructor(directory: string, port = 0) {
    this.directory = join(directory, 'hypervisor');
    this.#env = {
      ...process.env,
      LC_ALL: 'C',
      // Kernel, disks and what libvirt finds out of qemu take half a minute the first time: they stay.
      LAB_DIR: join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'stackhand', 'lab'),
      HVL_DIR: this.directory,
      HVL_PORT: String(port),
      // Each VM boots in software emulation: the show needs one.
      HVL_START: 'web01',
      // What is half when it is killed goes with the directory.
      TMPDIR: directory,
      [marker]: directory,
    };
  }

  /** The first process in its namespaces, as this machine numbers it. */
  get pid(): string {
    return readOr('', join(this.directory, 'pid')).trim();
  }

  /** A file of the hypervisor, as it is found from here: through that process, past its sshd. */
  file(path: string): string {
    return join('/proc', this.pid, 'root', path);
  }

  /** Its story is shown. */
  async up(signal: AbortSignal): Promise<void> {
    const child = spawn('bash', [script, 'up', '--fresh'], {
      env: this.#env,
      stdio: ['ignore', 'ignore', 'inherit'],
      // Not by Ctrl-C itself, which would have it tell of a failure.
      detached: true,
      signal,
      killSignal: 'SIGKILL',
    });
    const [code] = (await once(child, 'exit')) as [number | null];
    if (code !== 0) throw new Error(`the hypervisor did not come up (${script} says why above)`);
  }

  async virsh(...args: string[]): Promise<string> {
    const command = [script, 'exec', 'virsh', '-q', '-c', 'qemu:///system', ...args];
    const { stdout } = await promisify(execFile)('bash', command, {
      env: this.#env,
      timeout: 20_000,
      killSignal: 'SIGKILL',
    });
    return stdout.trim();
  }

  /** Waits until its namespaces are empty. One that was still coming up may be unknown to it. */
  async down(): Promise<void> {
    const child = spawn('bash', [script, 'down'], { env: this.#env, stdio: 'ignore', detached: true });
    await once(child, 'exit');
  }
}
