import type { Duplex } from 'node:stream';
import type { Client, ClientChannel } from 'ssh2';
import type { HostTarget } from '../../contracts/targets.ts';
import type { Command } from './command.ts';
import { follow, type Finished, type Running } from './execution.ts';
import { hopsTo, type Hop } from './hops.ts';
import type { RunOptions } from './host.ts';
import type { Settings } from './settings.ts';
import { login, unreachable } from './ssh2-login.ts';

/** The server has as many sessions on this connection as it allows; nothing was started. */
export class SessionRefused extends Error {}

/** A login that carries commands until it is lost or ended. */
export class Connection {
  readonly #clients: readonly Client[];
  readonly #client: Client;
  #lost: string | undefined;

  /** @param clients in the order of the hops; the last one's commands are run */
  constructor(clients: readonly [Client, ...Client[]]) {
    this.#clients = clients;
    this.#client = clients.at(-1) ?? clients[0];
    this.#client.on('error', (error) => (this.#lost ??= error.message));
    this.#client.on('close', () => {
      this.#lost ??= 'it was closed from the other side';
      this.end();
    });
  }

  /** Why nothing can be run on it any more. */
  get lost(): string | undefined {
    return this.#lost;
  }

  end(): void {
    this.#lost ??= 'it was closed from this side';
    for (const client of [...this.#clients].reverse()) client.end();
  }

  /**
   * Rejects with SessionRefused where nothing was started. An end that nobody reported is undefined in the result.
   */
  async execute(line: string, command: Command, options: RunOptions, settings: Settings): Promise<Finished> {
    const startedAt = performance.now();
    return new Promise((resolve, reject) => {
      let given = false;
      const giveUp = (settle: () => void): void => {
        given = true;
        clearTimeout(timer);
        options.signal?.removeEventListener('abort', abort);
        settle();
      };
      const unknown = (overdue: boolean): Finished => ({
        end: undefined,
        overdue,
        stdout: '',
        stderr: '',
        truncated: false,
        elapsedMs: performance.now() - startedAt,
      });
      const patience = Math.min(settings.connectTimeoutMs, command.deadline * 1000 + settings.graceMs);
      const timer = setTimeout(() => giveUp(() => resolve(unknown(true))), patience);
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- the reason is the caller's own
      const abort = (): void => giveUp(() => reject(options.signal?.reason));
      options.signal?.addEventListener('abort', abort, { once: true });

      const onChannel = (error: (Error & { reason?: unknown }) | undefined, channel: ClientChannel): void => {
        if (given) {
          if (!error) channel.close();
          return;
        }
        giveUp(() => {
          if (!error) {
            // in this very tick: the exit status may stand in the packet that comes next
            resolve(follow(running(channel), command, options, startedAt, settings.graceMs));
          } else if (typeof error.reason === 'number') {
            reject(new SessionRefused(error.message));
          } else {
            this.#lost ??= error.message;
            resolve(unknown(false));
          }
        });
      };
      try {
        this.#client.exec(line, onChannel);
      } catch (error) {
        onChannel(error as Error, undefined as never);
      }
    });
  }
}

/** Logs in to each hop through the one before it. */
export async function connect(target: HostTarget, settings: Settings): Promise<Connection> {
  const hops = await hopsTo(target, settings);
  const clients = await loginThrough(hops, settings);
  return new Connection(clients as [Client, ...Client[]]);
}

export async function loginThrough(hops: readonly Hop[], settings: Settings): Promise<Client[]> {
  const clients: Client[] = [];
  try {
    for (const hop of hops) {
      const stream = await streamThrough(clients.at(-1), hop, settings);
      clients.push(await login(hop, settings, stream));
    }
    return clients;
  } catch (error) {
    for (const client of clients.reverse()) client.end();
    throw error;
  }
}

/** The TCP connection that a jump host opens for us. */
export async function streamThrough(
  jump: Client | undefined,
  hop: Hop,
  settings: Settings,
): Promise<Duplex | undefined> {
  if (!jump) return undefined;
  return new Promise((resolve, reject) => {
    const late = (): void => reject(unreachable(hop, new Error('its jump host could not reach it in time')));
    const timer = setTimeout(late, settings.connectTimeoutMs);
    jump.forwardOut('127.0.0.1', 0, hop.address, hop.port, (error, channel) => {
      clearTimeout(timer);
      if (error) reject(unreachable(hop, new Error(`its jump host could not reach it: ${error.message}`)));
      else resolve(channel);
    });
  });
}

function running(channel: ClientChannel): Running {
  return {
    stdin: channel,
    stdout: channel,
    stderr: channel.stderr,
    onExit: (listener) => {
      channel.once('exit', (code: number | null, signal?: string) => {
        listener(code === null ? { signal: signal ?? '' } : { code });
      });
    },
    onClose: (listener) => {
      let open = 2;
      const closed = (): void => {
        if (--open === 0) listener();
      };
      channel.once('close', closed);
      channel.stderr.once('close', closed);
    },
    release: () => channel.close(),
  };
}
