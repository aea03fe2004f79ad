import { setTimeout as sleep } from 'node:timers/promises';
import { Fault } from '../../contracts/faults.ts';
import type { HostTarget } from '../../contracts/targets.ts';
import { abortable } from './abortable.ts';
import { commandLine, type Command } from './command.ts';
import type { Transport } from './command-host.ts';
import { describe } from './conclude.ts';
import type { Finished } from './execution.ts';
import type { RunOptions } from './host.ts';
import { Lanes, isStream } from './lanes.ts';
import type { Settings } from './settings.ts';
import { Connection, SessionRefused } from './ssh2-connection.ts';

/** A server that allows few sessions frees one a moment after the command that had it has ended. */
const sessionAttempts = 50;
const sessionPauseMs = 100;

interface Making {
  readonly promise: Promise<Connection>;
  /** Once it is there. */
  connection?: Connection;
}

/**
 * Commands over pooled connections. A connection is made on first use, and again on the next use after it was lost:
 * nothing is ever sent twice by itself, since only the caller knows whether that is safe.
 */
export class Ssh2Transport implements Transport {
  readonly #target: HostTarget;
  readonly #settings: Settings;
  readonly #lanes = new Lanes();
  readonly #connections = new Map<number, Making>();

  constructor(target: HostTarget, settings: Settings) {
    this.#target = target;
    this.#settings = settings;
  }

  async execute(command: Command, options: RunOptions): Promise<Finished & { readonly lost?: string }> {
    const line = commandLine(command.words);
    for (let attempt = 1; ; attempt++) {
      const slot = await this.#lanes.acquire(isStream(options), options.signal);
      let connection: Connection | undefined;
      try {
        connection = await abortable(this.#connection(slot.lane), options.signal);
        const finished = await connection.execute(line, command, options);
        // without an answer in time it may be dead: the next command gets a new one
        if (finished.overdue) this.#retire(slot.lane, connection);
        return connection.lost === undefined ? finished : { ...finished, lost: connection.lost };
      } catch (error) {
        if (!(error instanceof SessionRefused)) throw error;
        if (connection?.worn) this.#retire(slot.lane, connection);
        else slot.refused();
        if (attempt === sessionAttempts) throw this.#noSession(error);
      } finally {
        if (slot.release() && slot.lane > 0 && connection) this.#retire(slot.lane, connection);
      }
      await sleep(sessionPauseMs, undefined, options.signal ? { signal: options.signal } : {});
    }
  }

  async close(): Promise<void> {
    const all = [...this.#connections.values()];
    this.#connections.clear();
    for (const made of all) (await made.promise.catch(() => undefined))?.end();
  }

  /** A usable connection. Those who ask while one is being made share that one. */
  async #connection(lane: number): Promise<Connection> {
    const made = this.#connections.get(lane);
    if (made && (made.connection?.usable ?? true)) return made.promise;
    made?.connection?.retire();
    const making: Making = { promise: Connection.open(this.#target, this.#settings) };
    this.#connections.set(lane, making);
    try {
      making.connection = await making.promise;
      return making.connection;
    } catch (error) {
      if (this.#connections.get(lane) === making) this.#connections.delete(lane);
      throw error;
    }
  }

  #retire(lane: number, connection: Connection): void {
    if (this.#connections.get(lane)?.connection === connection) this.#connections.delete(lane);
    connection.retire();
  }

  #noSession(cause: Error): Fault {
    const message = `${describe(this.#target)} opens no session for a command (${cause.message})`;
    const details = { where: this.#target.name, remedy: "raise MaxSessions in the host's sshd_config" };
    return new Fault('HostUnreachable', message, details, { cause });
  }
}
