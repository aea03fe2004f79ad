import type { Client, ClientChannel } from 'ssh2';
import type { HostTarget } from '../../contracts/targets.ts';
import type { Command } from './command.ts';
import { follow, type Finished, type Running } from './execution.ts';
import { hopsTo } from './hops.ts';
import type { RunOptions } from './host.ts';
import type { Settings } from './settings.ts';
import { loginThrough, type Login } from './ssh2-login.ts';

/** The server has as many sessions on this connection as it allows; nothing was started. */
export class SessionRefused extends Error {}

/** sshd counts an abandoned command as a session until it ends: this many stay within its MaxSessions beside ours. */
const mostAbandoned = 2;

/** A login that carries commands until it is lost, ended or retired. */
export class Connection {
  readonly #logins: readonly Login[];
  readonly #client: Client;
  readonly #settings: Settings;
  #lost: string | undefined;
  #active = 0;
  #abandoned = 0;
  #retired = false;

  /** @param logins one for each hop, in their order; the last one's commands are run */
  constructor(logins: readonly [Login, ...Login[]], settings: Settings) {
    this.#logins = logins;
    this.#settings = settings;
    this.#client = (logins.at(-1) ?? logins[0]).client;
    this.#client.on('error', (error) => (this.#lost ??= error.message));
    this.#client.on('close', () => {
      this.#lost ??= 'it was closed from the other side';
      this.end();
    });
  }

  static async open(target: HostTarget, settings: Settings): Promise<Connection> {
    const logins = await loginThrough(await hopsTo(target, settings), settings);
    return new Connection(logins as [Login, ...Login[]], settings);
  }

  /** Why nothing can be run on it any more. */
  get lost(): string | undefined {
    return this.#lost;
  }

  /** Whether it should take one more command. */
  get usable(): boolean {
    return this.#lost === undefined && !this.#retired && this.#abandoned < mostAbandoned;
  }

  /** Commands that nobody waits for any more hold sessions of it. */
  get worn(): boolean {
    return this.#abandoned > 0;
  }

  /** Ends once the last of its commands has; those that run are not disturbed. */
  retire(): void {
    this.#retired = true;
    if (this.#active === 0) this.end();
  }

  end(): void {
    this.#lost ??= 'it was closed from this side';
    for (const login of [...this.#logins].reverse()) login.end();
  }

  /** Rejects with SessionRefused where nothing was started. An end that nobody reported is undefined in the result. */
  async execute(line: string, command: Command, options: RunOptions): Promise<Finished> {
    this.#active++;
    try {
      const finished = await this.#start(line, command, options);
      if (finished.overdue) this.#abandoned++;
      return finished;
    } catch (error) {
      if (!(error instanceof SessionRefused)) this.#abandoned++;
      throw error;
    } finally {
      this.#active--;
      if (this.#retired) this.retire();
    }
  }

  #start(line: string, command: Command, options: RunOptions): Promise<Finished> {
    const { connectTimeoutMs, graceMs } = this.#settings;
    const startedAt = performance.now();
    return new Promise((resolve, reject) => {
      let given = false;
      const give = (settle: () => void): void => {
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
      const patience = Math.min(connectTimeoutMs, command.deadline * 1000 + graceMs);
      const timer = setTimeout(() => give(() => resolve(unknown(true))), patience);
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- the reason is the caller's own
      const abort = (): void => give(() => reject(options.signal?.reason));
      options.signal?.addEventListener('abort', abort, { once: true });

      const failed = (error: Error & { reason?: unknown }): void =>
        give(() => {
          if (typeof error.reason === 'number') return reject(new SessionRefused(error.message));
          this.#lost ??= error.message;
          resolve(unknown(false));
        });
      try {
        this.#client.exec(line, (error, channel) => {
          if (given) channel?.close();
          else if (error) failed(error);
          // in this very tick: the exit status may stand in the packet that comes next
          else give(() => resolve(follow(this.#running(channel), command, options, startedAt, graceMs)));
        });
      } catch (error) {
        failed(error as Error);
      }
    });
  }

  #running(channel: ClientChannel): Running {
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
        // where the connection is lost, ssh2 ends the streams all the same: then the output may have broken off
        let whole = true;
        for (const stream of [channel, channel.stderr]) {
          stream.once('end', () => (whole &&= this.#lost === undefined));
        }
        let open = 2;
        const closed = (): void => {
          if (--open === 0) listener(whole);
        };
        channel.once('close', closed);
        channel.stderr.once('close', closed);
      },
      release: () => channel.close(),
    };
  }
}
