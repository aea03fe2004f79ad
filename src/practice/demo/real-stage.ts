import { existsSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { claimDirectory, isLabelled } from '../directory.ts';
import { killProcesses } from '../processes.ts';
import { freePort } from './free-port.ts';
import { countRuns, mountPointsOf, readOr } from './host-files.ts';
import { Machine } from './machine.ts';
import { tell } from './narrator.ts';
import { host, repository, source, writeConfig } from './real-config.ts';
import type { Stage, StageKind, VmState } from './stage.ts';

export const label = {
  file: 'DEMO',
  text: 'This directory belongs to a demo of stackhand on a real hypervisor, which removes it.\n',
};

/** A real libvirt with real VMs, seen from outside of it: neither its sshd nor the program is asked. */
class RealStage implements Stage {
  readonly host = host;
  readonly repository = repository;
  readonly introduction =
    'A real hypervisor: libvirtd, VMs in qemu (software emulation), and a share mounted with sshfs. web01 is up.';
  /** Some 50 MiB in half a minute: its disk is sparse. */
  readonly bandwidth = '1.5M/s';
  readonly directory: string;
  readonly config: string;
  readonly runDirectory: string;
  readonly commands: readonly string[];
  readonly ways: Readonly<Record<string, string>>;
  readonly #machine: Machine;

  constructor(directory: string, port: number, machine: Machine) {
    const identityFile = join(machine.directory, 'id_ed25519');
    const hostKey = join(machine.directory, 'ssh_host_ed25519_key.pub');
    const { config, knownHosts } = writeConfig(directory, { port, identityFile, hostKey });
    this.directory = directory;
    this.config = config;
    this.runDirectory = machine.file('/run/stackhand');
    this.#machine = machine;
    this.commands = [
      `stackhand vm verify web01 --host ${host}`,
      `stackhand vm restore web01 --host ${host} --name web02 --boot`,
      `stackhand vm backup db01 old01 --host ${host}`,
    ];
    const options = `-p ${port} -i ${identityFile} -o UserKnownHostsFile=${knownHosts}`;
    this.ways = { 'the hypervisor': `ssh ${options} root@127.0.0.1 virsh list --all` };
  }

  async vm(name: string): Promise<VmState> {
    const log = readOr('', this.#machine.file(`/var/log/libvirt/qemu/${name}.log`));
    return { state: await this.#machine.virsh('domstate', name), ...countRuns(log) };
  }

  async mounts(): Promise<readonly string[]> {
    return mountPointsOf(source, await readFile(join('/proc', this.#machine.pid, 'mounts'), 'utf8'));
  }
}

async function open(path: string, signal: AbortSignal): Promise<Stage> {
  const directory = claimDirectory(path, label);
  tell('A hypervisor of its own, in namespaces of this machine.');
  const port = await freePort();
  const machine = new Machine(directory, port);
  await machine.up(signal);
  return new RealStage(directory, port, machine);
}

async function clear(path: string): Promise<void> {
  // Empty: killed before it had a label.
  if (!existsSync(path) || readdirSync(path).length === 0) return;
  const directory = realpathSync(path);
  if (!isLabelled(directory, label)) throw new Error(`${directory} holds something else: name one with --directory`);
  const machine = new Machine(directory);
  await machine.down();
  // What it does not know of: a hypervisor, or its build, that was still coming up.
  await killProcesses(directory);
  // The label last, or a removal that is interrupted could never be finished.
  for (const path of [machine.directory, directory])
    rmSync(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
}

export const real: StageKind = { defaultDirectory: '/var/tmp/stackhand-demo-real', open, clear };
