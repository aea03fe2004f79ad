import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import { connect, createServer as createRelay } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { sendContent } from '../../../src/systems/openstack/send-content.ts';
import { until } from '../../support/poll.ts';

/** The way a content takes: asked for first, refused early, or broken. */
describe('a content that is sent', () => {
  const ends: (() => void)[] = [];
  afterEach(() => {
    for (const end of ends.splice(0)) end();
  });

  const listening = async (server: Server): Promise<string> => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    ends.push(() => server.close());
    return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/file`;
  };
  /** `expects` answers a request that asks first; without it the server says nothing to that, as uwsgi. */
  const serve = (answer: RequestListener, expects?: RequestListener): Promise<string> => {
    const server = createServer(answer).on('checkContinue', expects ?? answer);
    ends.push(() => server.closeAllConnections());
    return listening(server);
  };

  const size = 8 * 1024 * 1024;
  let read = 0;
  async function* zeros(length = size): AsyncIterable<Uint8Array> {
    read = 0;
    for (; read < length; read += 65_536) yield await Promise.resolve(Buffer.alloc(65_536));
  }
  const send = (url: string, bytes = zeros()) =>
    sendContent(url, { method: 'PUT', headers: { a: 'b' } }, { bytes, length: size });
  const counted: RequestListener = (request, response) => {
    let got = 0;
    request.on('data', (part: Buffer) => (got += part.length));
    request.on('end', () => response.end(`${String(request.headers['a'])} ${String(got)}`));
  };

  test('arrives whole, where the server asks for it and where it says nothing to the question', async () => {
    const asking = await serve(counted, (request, response) => {
      response.writeContinue();
      counted(request, response);
    });
    for (const url of [asking, await serve(counted)])
      expect(await send(url)).toMatchObject({ status: 200, text: `b ${String(size)}` });
  });

  test('its parts may share a buffer: none is asked for before the one before has left', async () => {
    let got = '';
    const url = await serve((request, response) => {
      const hash = createHash('sha512');
      request.on('data', (part: Buffer) => {
        hash.update(part);
        request.pause();
        setTimeout(() => request.resume(), 1);
      });
      request.on('end', () => {
        got = hash.digest('hex');
        response.end();
      });
    });
    const hash = createHash('sha512');
    async function* shared(): AsyncIterable<Uint8Array> {
      const buffer = Buffer.alloc(size / 16);
      for (let at = 0; at < 16; at += 1) {
        hash.update(buffer.fill(at));
        yield await Promise.resolve(buffer);
      }
    }
    await send(url, shared());
    expect(got).toBe(hash.digest('hex'));
  });

  test('answered in the middle it is read no further, and let go of', async () => {
    let letGo = false;
    async function* watched(): AsyncIterable<Uint8Array> {
      try {
        yield* zeros();
      } finally {
        letGo = true;
      }
    }
    const url = await serve((request, response) => {
      request.once('data', () => response.writeHead(413).end('full'));
    });
    expect(await send(url, watched())).toMatchObject({ status: 413, text: 'full' });
    await until('its reading ends', () => Promise.resolve(letGo), 5);
    expect(read).toBeLessThan(size);
  });

  const refuse: RequestListener = (_request, response) => {
    response.writeHead(413, { connection: 'close' }).end('too large');
  };

  test('refused before its first byte it is not read, and the answer is had', async () => {
    read = 0;
    expect(await send(await serve(counted, refuse))).toMatchObject({ status: 413, text: 'too large' });
    expect(read).toBeLessThan(size / 4);
  });

  test('also where the way to the server takes its time', async () => {
    const { port } = new URL(await serve(counted, refuse));
    const relay = createRelay((socket: Socket) => {
      socket.pause();
      const on = (): void => {
        const far = connect(Number(port), '127.0.0.1');
        socket.pipe(far).pipe(socket);
        for (const each of [socket, far]) each.on('error', () => undefined);
      };
      setTimeout(on, 600);
    });
    expect(await send(await listening(relay))).toMatchObject({ status: 413 });
  });

  test('that ends too early is an error, and so is one that fails itself', async () => {
    const url = await serve(counted, (request, response) => {
      response.writeContinue();
      counted(request, response);
    });
    await expect(send(url, zeros(65_536))).rejects.toThrow('65536 bytes, and 8388608 were announced');
    async function* failing(): AsyncIterable<Uint8Array> {
      yield await Promise.resolve(Buffer.alloc(10));
      throw new Error('it changed');
    }
    await expect(send(url, failing())).rejects.toThrow('it changed');
  });

  test('a signal ends it', async () => {
    const abort = new AbortController();
    const url = await serve((request) => {
      request.once('data', () => abort.abort(new Error('enough')));
    });
    const sending = sendContent(url, { method: 'PUT' }, { bytes: zeros(), length: size }, abort.signal);
    await expect(sending).rejects.toThrow();
  });
});
