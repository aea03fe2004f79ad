import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { devState, startDev, stopDev } from '../../../src/client/temporal/dev.ts';
import {
  missingSearchAttributes,
  namespaceRetention,
  registerSearchAttributes,
} from '../../../src/client/temporal/namespace.ts';
import { freePort } from '../../../src/client/temporal/ports.ts';
import { end } from '../../../src/client/temporal/processes.ts';
import { ensureTemporalProgram } from '../../../src/client/temporal/program.ts';
import { startServer } from '../../../src/client/temporal/server.ts';
import type { Server } from '../../../src/client/temporal/server.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import { janitorEnds } from '../../support/server.ts';

const quiet = (): void => {};

describe('the dev server of a user', () => {
  let directory = '';
  beforeEach(async () => {
    directory = await scratchDirectory('dev');
  });
  afterEach(() => stopDev(directory));

  async function begin(): Promise<Server> {
    const server = await startDev(quiet, { directory, port: await freePort(0), uiPort: await freePort(0) });
    await janitorEnds(server);
    return server;
  }

  test('starts once, is found again, and stops', async () => {
    expect(await devState(directory)).toBeUndefined();
    const [first, second] = await Promise.all([begin(), begin()]);
    expect(second).toEqual(first);
    expect(await devState(directory)).toEqual(first);
    expect((await fetch(first.uiAddress, { headers: { connection: 'close' } })).status).toBe(200);
    expect(await stopDev(directory)).toBe(true);
    expect(await devState(directory)).toBeUndefined();
    expect(await stopDev(directory)).toBe(false);
  });

  test('keeps closed workflows for 90 days and knows the search attributes of operations', async () => {
    const { address } = await begin();
    const connection = await Connection.connect({ address });
    try {
      expect(await namespaceRetention(connection)).toBe(90);
      expect(await missingSearchAttributes(connection)).toEqual([]);
      await registerSearchAttributes(connection);
    } finally {
      await connection.close();
    }
  });

  test('killed and started again it has its workflows, and its ports', async () => {
    const first = await begin();
    const connection = await Connection.connect({ address: first.address });
    try {
      const client = new Client({ connection });
      await client.workflow.start('nobody', { taskQueue: 'nobody', workflowId: 'kept' });
      process.kill(first.pid, 'SIGKILL');
      while ((await devState(directory)) !== undefined) await pause(20);

      const again = await startDev(quiet, { directory });
      await janitorEnds(again);
      expect([again.address, again.uiAddress]).toEqual([first.address, first.uiAddress]);
      expect((await client.workflow.getHandle('kept').describe()).status.name).toBe('RUNNING');
    } finally {
      await connection.close();
    }
  });

  test("a state file that names somebody else's process, or is cut short, counts as none", async () => {
    const server = await begin();
    await stopDev(directory);
    await writeFile(join(directory, 'server.json'), JSON.stringify({ ...server, pid: process.pid }));
    expect(await devState(directory)).toBeUndefined();
    await writeFile(join(directory, 'server.json'), '{"pid":');
    expect(await devState(directory)).toBeUndefined();
  });
});

describe('a server that does not start', () => {
  /** The real program, behind one that fails the first `times` with `words` and an exit code. */
  async function failing(directory: string, times: number, words: string, code: number): Promise<string> {
    const program = join(directory, 'temporal');
    const real = await ensureTemporalProgram(quiet);
    const tries = Array.from({ length: times }, (_, at) => `mkdir ${directory}/try${String(at)} 2>/dev/null`).join(
      ' || ',
    );
    await writeFile(join(directory, 'words'), words);
    await writeFile(
      program,
      `#!/bin/sh\nif ${tries}; then cat ${directory}/words; exit ${String(code)}; fi\nexec '${real}' "$@"\n`,
      { mode: 0o755 },
    );
    return program;
  }
  const panic =
    'panic: failed assigning ephemeral port: refused\n\ngoroutine 1 [running]:\nmain.main()\n\tmain.go:18\n';

  test.each([
    {
      why: 'somebody took a port that only it had chosen',
      words: 'failed listening for HTTP API: listen tcp 127.0.0.1:1: bind: address already in use\n',
      code: 1,
    },
    { why: 'it panicked', words: panic, code: 2 },
  ])('because $why is started again', async ({ words, code }) => {
    const directory = await scratchDirectory('raced');
    const program = await failing(directory, 2, words, code);
    const [port, uiPort] = [await freePort(0), await freePort(0)];
    const [dbFile, logFile] = [join(directory, 'temporal.db'), join(directory, 'server.log')];
    const server = await startServer({ program, dbFile, logFile, port, uiPort });
    await janitorEnds(server);
    expect(server.address).toBe(`127.0.0.1:${String(port)}`);
    await end(server);
  });

  test('and panics each time says at what, not where in its source', async () => {
    const directory = await scratchDirectory('panics');
    const program = await failing(directory, 3, panic, 2);
    const starting = startServer({ program, dbFile: join(directory, 'db'), logFile: join(directory, 'server.log') });
    await expect(starting).rejects.toMatchObject({
      message: expect.stringMatching(/exit code 2\npanic: failed assigning ephemeral port: refused\n\(log/),
    });
  });

  test('says why, with its own last words and where the log is', async () => {
    const directory = await scratchDirectory('taken');
    const sockets: Socket[] = [];
    const squatter = createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1');
    await new Promise((resolve) => squatter.once('listening', resolve));
    const logFile = join(directory, 'server.log');
    const options = { program: await ensureTemporalProgram(quiet), dbFile: join(directory, 'temporal.db'), logFile };
    try {
      const starting = startServer({ ...options, port: (squatter.address() as AddressInfo).port, within: 10_000 });
      await expect(starting).rejects.toMatchObject({
        type: 'TemporalStartFailed',
        message: expect.stringMatching(new RegExp(`already in use[^]*${logFile}`)),
      });
    } finally {
      sockets.forEach((socket) => socket.destroy());
      squatter.close();
    }
  });
});
