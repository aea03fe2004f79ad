import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { startDev } from '../../src/client/temporal/dev.ts';
import { ensureTemporalProgram } from '../../src/client/temporal/program.ts';
import { freePort } from '../../src/client/temporal/ports.ts';
import { end, runs } from '../../src/client/temporal/processes.ts';
import { startServer } from '../../src/client/temporal/server.ts';
import type { Server } from '../../src/client/temporal/server.ts';
import { runDirectory, scratchDirectory } from './scratch.ts';

/** The server of this run: whoever asks first starts it. It ends with the run. */
export async function sharedServer(): Promise<Server> {
  const server = await startDev(() => {}, {
    directory: join(runDirectory(), 'temporal'),
    port: await freePort(0),
    uiPort: await freePort(0),
    detach: true,
  });
  await janitorEnds(server);
  return server;
}

/** A server of one test file, which may be killed and started again over the same data and ports. */
export class OwnServer {
  readonly #directory: string;
  #server: Server;
  /** Until it is started again. */
  killed = false;

  private constructor(directory: string, server: Server) {
    this.#directory = directory;
    this.#server = server;
  }

  static async start(): Promise<OwnServer> {
    const directory = await scratchDirectory('server');
    return new OwnServer(directory, await launch(directory, await freePort(0), await freePort(0)));
  }

  get address(): string {
    return this.#server.address;
  }

  /** SIGKILL, as a power cut would. */
  async kill(): Promise<void> {
    this.killed = true;
    process.kill(this.#server.pid, 'SIGKILL');
    while (await runs(this.#server)) await pause(20);
  }

  async startAgain(): Promise<void> {
    const port = (address: string): number => Number(address.split(':').at(-1));
    this.#server = await launch(this.#directory, port(this.#server.address), port(this.#server.uiAddress));
    this.killed = false;
  }

  stop(): Promise<void> {
    return end(this.#server);
  }
}

async function launch(directory: string, port: number, uiPort: number): Promise<Server> {
  const program = await ensureTemporalProgram(() => {});
  const files = { dbFile: join(directory, 'temporal.db'), logFile: join(directory, 'server.log') };
  const server = await startServer({ program, ...files, port, uiPort, detach: true });
  await janitorEnds(server);
  return server;
}

/** A process that the janitor (test/setup/janitor.sh) ends with the run, should its test not have. */
export async function janitorEnds({ pid }: { pid: number }): Promise<void> {
  await mkdir(join(runDirectory(), 'processes'), { recursive: true });
  await writeFile(join(runDirectory(), 'processes', String(pid)), String(pid));
}
