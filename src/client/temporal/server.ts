import { spawn } from 'node:child_process';
import { mkdir, open, readFile, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import type { ConnectionOptions } from '@temporalio/client';
import { Fault } from '../../contracts/faults.ts';
import { searchAttributes } from '../../contracts/search-attributes.ts';
import { loopback } from './loopback.ts';
import { keepClosedWorkflows, registerSearchAttributes, typeName } from './namespace.ts';
import { freePort } from './ports.ts';
import { probe } from './probe.ts';
import { end } from './processes.ts';
import type { ProcessMark } from './processes.ts';

/** Days for which servers that we start keep closed workflows; their own default is one. */
const retentionDays = 90;
/** How a Go program begins to say that it panicked. */
const panicked = 'panic: ';
const logLimit = 10 * 1024 * 1024;

export interface ServerOptions {
  /** The `temporal` program. */
  readonly program: string;
  /** Absolute. Workflows are kept in this file, so that killing the server loses nothing. */
  readonly dbFile: string;
  readonly logFile: string;
  /** Exactly these; by default 7233 and 8233 where they are free, else any that is. */
  readonly port?: number;
  readonly uiPort?: number;
  /** The server goes on without us, and we don't wait for it. */
  readonly detach?: boolean;
  /** Milliseconds until it must answer. */
  readonly within?: number;
}

export interface Server extends ProcessMark {
  /** host:port of gRPC. */
  readonly address: string;
  /** The Web UI's. */
  readonly uiAddress: string;
  readonly dbFile: string;
  readonly logFile: string;
}

/**
 * Starts a Temporal dev server on 127.0.0.1 and resolves when it can run operations: default namespace, search
 * attributes, retention. It stands in a process group of its own, so that Ctrl-C reaches us first and we end it last.
 */
export async function startServer(options: ServerOptions): Promise<Server> {
  for (let attempt = 1; ; attempt += 1) {
    const port = options.port ?? (await freePort(7233));
    const uiPort = options.uiPort ?? (await freePort(port === 7233 ? 8233 : 0));
    try {
      return await startOn(options, port, uiPort);
    } catch (error) {
      if (attempt === 3 || !worthAnotherTry((error as Error).message, options)) throw error;
      await pause(200 * attempt);
    }
  }
}

/**
 * Somebody may have taken a port since we looked, also the one for HTTP that the server picks by itself. And it panics
 * at what passes: a port that it found free and lost, a database whose last owner was killed a moment ago. What it
 * refuses for good (a flag, a port that was asked for) it says as an error.
 */
function worthAnotherTry(message: string, { port, uiPort }: ServerOptions): boolean {
  const asked = [port, uiPort].some((fixed) => message.includes(`127.0.0.1:${String(fixed)}: bind`));
  return (message.includes('address already in use') && !asked) || message.includes(panicked);
}

async function startOn(options: ServerOptions, port: number, uiPort: number): Promise<Server> {
  const { program, dbFile, logFile } = options;
  await mkdir(dirname(dbFile), { recursive: true });
  await mkdir(dirname(logFile), { recursive: true });
  await rotate(logFile);
  const log = await open(logFile, 'a');
  const begin = (await log.stat()).size;
  const child = spawn(program, serverArguments(dbFile, port, uiPort), {
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
  });
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(`it ended with ${signal ?? `exit code ${code}`}`));
  });
  await log.close();
  if (options.detach === true) child.unref();

  const server: Server = {
    pid: child.pid ?? 0,
    mark: dbFile,
    address: `127.0.0.1:${port}`,
    uiAddress: `http://127.0.0.1:${uiPort}`,
    dbFile,
    logFile,
  };
  try {
    await ready(server.address, ended, options.within ?? 60_000);
  } catch (error) {
    await end(server);
    const said = (await readFile(logFile)).subarray(begin).toString();
    throw new Fault(
      'TemporalStartFailed',
      `the Temporal server did not start: ${(error as Error).message}\n${lastWords(said)}\n(log: ${logFile})`,
      { where: server.address },
      { cause: error },
    );
  }
  return server;
}

/** What it panicked at stands above pages of stack; otherwise its last lines tell. */
function lastWords(said: string): string {
  const lines = said.trim().split('\n');
  const panic = lines.findIndex((line) => line.startsWith(panicked));
  return (panic === -1 ? lines.slice(-3) : lines.slice(panic, panic + 1)).join('\n');
}

function serverArguments(dbFile: string, port: number, uiPort: number): string[] {
  return [
    ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(port), '--ui-port', String(uiPort)],
    ...['--db-filename', dbFile, '--sqlite-pragma', 'journal_mode=WAL', '--sqlite-pragma', 'synchronous=NORMAL'],
    ...['--log-level', 'warn', '--color', 'never'],
    ...Object.entries(searchAttributes).flatMap(([name, type]) => ['--search-attribute', `${name}=${typeName(type)}`]),
  ];
}

async function ready(address: string, ended: Promise<string>, within: number): Promise<void> {
  let end: string | undefined;
  void ended.then((how) => (end = how));
  const options: ConnectionOptions = { address, ...loopback(address) };
  for (const deadline = Date.now() + within; ;) {
    if (end !== undefined) throw new Error(end);
    const failure = await probe(options, 'default', 1_000).then(
      () => undefined,
      (error: unknown) => error as Error,
    );
    if (failure === undefined) break;
    if (Date.now() > deadline) throw failure;
    await pause(50);
  }
  const connection = await Connection.connect(options);
  try {
    await keepClosedWorkflows(connection, retentionDays);
    // Those given on the command line are there only in a new database file.
    await registerSearchAttributes(connection);
  } finally {
    await connection.close();
  }
}

async function rotate(logFile: string): Promise<void> {
  const size = await stat(logFile).then(
    (found) => found.size,
    () => 0,
  );
  if (size > logLimit) await rename(logFile, `${logFile}.1`);
}
