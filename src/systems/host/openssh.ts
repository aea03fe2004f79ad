import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { Fault } from '../../contracts/faults.ts';
import type { HostTarget } from '../../contracts/targets.ts';
import { abortable } from './abortable.ts';
import { commandLine, type Command } from './command.ts';
import type { Transport } from './command-host.ts';
import { describe } from './conclude.ts';
import { follow, type Finished } from './execution.ts';
import type { RunOptions } from './host.ts';
import { fingerprint, keyType } from './known-hosts.ts';
import { Lanes, isStream } from './lanes.ts';
import { hungUp, opensshFault } from './openssh-errors.ts';
import { opensshEnv, opensshOptions } from './openssh-options.ts';
import { scanWithOpenssh } from './openssh-scan.ts';
import { startProcess } from './process.ts';
import type { Settings } from './settings.ts';

/**
 * ssh(1) answers 255 for its own failures, which a command may answer, too, and for one that a signal ended. So the
 * end of the command is told by the far side: a line on stderr that nothing else can have written. Without that line
 * the connection was lost.
 */
const wrapper = 'm=$1; shift; "$@"; s=$?; printf "\\n%s %s\\n" "$m" "$s" >&2; exit "$s"';

/** How long the shared connection stays when nobody uses it, also after this process was killed. */
const persistSeconds = 300;

/** Commands through the system's ssh: for certificates, FIDO keys, ProxyCommand. Connections are shared. */
export class OpensshTransport implements Transport {
  readonly #target: HostTarget;
  readonly #settings: Settings;
  readonly #lanes = new Lanes();
  readonly #connecting = new Map<number, Promise<void>>();
  readonly #opened = new Set<number>();
  #directory: Promise<string> | undefined;

  constructor(target: HostTarget, settings: Settings) {
    this.#target = target;
    this.#settings = settings;
  }

  async execute(command: Command, options: RunOptions): Promise<Finished> {
    const marker = randomUUID();
    const line = commandLine(['sh', '-c', wrapper, 'stackhand', marker, ...command.words]);
    const slot = await this.#lanes.acquire(isStream(options), options.signal);
    try {
      const socket = await abortable(this.#connection(slot.lane), options.signal);
      const startedAt = performance.now();
      const { running, failure } = startProcess(
        ['ssh', ...this.#options(socket), '-o', 'ControlMaster=no', '--', this.#target.address, line],
        this.#env,
        true,
      );
      const finished = await follow(running, command, options, startedAt, this.#settings.graceMs);
      const cause = failure();
      if (cause) throw this.#noSsh(cause);
      // without an answer in time the connection may be dead: the next command gets a new one
      if (finished.overdue) await this.#disconnect(slot.lane);
      return readMarker(finished, marker);
    } finally {
      if (slot.release() && slot.lane > 0) await this.#disconnect(slot.lane);
    }
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#connecting.values());
    for (const lane of this.#opened) await this.#disconnect(lane);
    const directory = await this.#directory;
    this.#directory = undefined;
    if (directory !== undefined) await rm(directory, { recursive: true, force: true });
  }

  get #env(): NodeJS.ProcessEnv {
    return opensshEnv(this.#settings);
  }

  #options(socket: string): string[] {
    return [...opensshOptions(this.#target, this.#settings), '-o', `ControlPath=${socket}`];
  }

  /** The socket of a live shared connection. Those who ask while one is being made share that one, too. */
  async #connection(lane: number): Promise<string> {
    const socket = await this.#socket(lane);
    if (await isListening(socket)) return socket;
    let connecting = this.#connecting.get(lane);
    if (!connecting) {
      connecting = this.#connect(lane, socket).finally(() => this.#connecting.delete(lane));
      this.#connecting.set(lane, connecting);
    }
    await connecting;
    return socket;
  }

  async #connect(lane: number, socket: string): Promise<void> {
    await rm(socket, { force: true });
    const master = ['-o', 'ControlMaster=yes', '-o', `ControlPersist=${persistSeconds}`, '-f', '-N'];
    const stderr = await this.#login([...this.#options(socket), ...master]);
    if (stderr === undefined) this.#opened.add(lane);
    else throw await this.#fault(stderr);
  }

  /** Runs ssh up to and including the login; gives what it said where that failed. */
  async #login(options: readonly string[], ...command: string[]): Promise<string | undefined> {
    const { connectTimeoutMs } = this.#settings;
    const result = await execa('ssh', [...options, '--', this.#target.address, ...command], {
      env: this.#env,
      extendEnv: false,
      stdin: 'ignore',
      reject: false,
      detached: true,
      timeout: connectTimeoutMs,
      forceKillAfterDelay: 1000,
    });
    if (result.timedOut) {
      const message = `no connection to ${describe(this.#target)} within ${connectTimeoutMs / 1000} s`;
      throw new Fault('HostUnreachable', message, { where: this.#target.name });
    }
    if (result.exitCode === undefined) {
      const why = result.cause instanceof Error ? result.cause.message : `killed by ${result.signal ?? 'a signal'}`;
      throw this.#noSsh(new Error(why, { cause: result.cause }));
    }
    return result.exitCode === 0 ? undefined : result.stderr;
  }

  /** Why the login failed. With ControlPersist ssh throws away what a jump host's ssh says, so it is asked again. */
  async #fault(stderr: string): Promise<Fault> {
    if (hungUp.test(stderr)) {
      const options = [...opensshOptions(this.#target, this.#settings), '-o', 'ControlPath=none'];
      const said = await this.#login(options, 'true');
      return opensshFault(this.#target, said ?? stderr);
    }
    const fault = opensshFault(this.#target, stderr);
    if (fault.type !== 'HostKeyUnknown') return fault;
    const presented = await scanWithOpenssh(this.#target, this.#settings).catch(() => undefined);
    if (!presented) return fault;
    const key = `${keyType(presented.key)} ${fingerprint(presented.key)}`;
    return new Fault(fault.type, `${fault.message}: it presents ${key}`, fault.details);
  }

  async #disconnect(lane: number): Promise<void> {
    this.#opened.delete(lane);
    const socket = await this.#socket(lane);
    const args = ['-F', '/dev/null', '-O', 'exit', '-o', `ControlPath=${socket}`, '--', 'stackhand'];
    await execa('ssh', args, { env: this.#env, extendEnv: false, reject: false, timeout: 5000, stdin: 'ignore' });
  }

  /** In a directory only we can enter, with a path that fits a socket's 108 bytes and what ssh adds to it. */
  async #socket(lane: number): Promise<string> {
    const parent = tmpdir().length > 40 ? '/tmp' : tmpdir();
    this.#directory ??= mkdtemp(join(parent, 'stackhand-ssh-'));
    return join(await this.#directory, String(lane));
  }

  #noSsh(cause: Error): Fault {
    const message = `ssh can't be started on the worker: ${cause.message}`;
    const details = { where: this.#target.name, remedy: 'install the OpenSSH client where the worker runs' };
    return new Fault('ToolMissing', message, details, { cause });
  }
}

/** The marker tells the end; where ssh itself ended otherwise, the connection went before all output had come. */
function readMarker(finished: Finished, marker: string): Finished {
  const found = new RegExp(`\\n${marker} (\\d+)\\n`).exec(finished.stderr);
  if (!found) return { ...finished, end: undefined };
  const code = Number(found[1]);
  const { end } = finished;
  const whole = end === undefined || ('code' in end && end.code === code);
  return { ...finished, end: whole ? { code } : undefined, stderr: finished.stderr.replace(found[0], '') };
}

/** A master that was killed leaves its socket behind. */
function isListening(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(socket);
    probe.once('error', () => resolve(false));
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
  });
}
