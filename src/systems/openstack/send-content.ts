import { request as requestHttp } from 'node:http';
import type { ClientRequest } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { RequestOptions } from 'node:https';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { Content, HttpAnswer } from './exchange.ts';

/** Milliseconds. A server that knows no "Expect" (uwsgi is one) is sent the content after this; curl waits for a second. */
const continueWithin = 250;
const connectWithin = 10_000;
/** Without a byte in either direction: after the last one the service may have to write it all to a slow store. */
const idleAtMost = 30 * 60_000;

/**
 * A request whose content is read once, as it is sent. The server is asked first whether it wants it (RFC 9110,
 * "Expect: 100-continue"; undici has no such thing): refused before the first byte, a quota or a state is an answer that
 * arrives, where in the middle of the content it often is a broken connection. An answer in the middle ends the sending.
 *
 * @throws what the content threw; an error with a code where the connection failed
 */
export function sendContent(
  url: string,
  options: RequestOptions,
  content: Content,
  signal?: AbortSignal,
): Promise<HttpAnswer> {
  const request = (url.startsWith('https:') ? requestHttps : requestHttp)(url, {
    ...options,
    headers: { ...options.headers, 'content-length': content.length, expect: '100-continue' },
    agent: false,
    ...(signal === undefined ? {} : { signal }),
  });
  const source = Readable.from(measured(content), { highWaterMark: 2 });
  const begin = (): void => {
    clearTimeout(patience);
    if (source.readableFlowing === null && !request.destroyed) source.pipe(request);
  };
  const patience = setTimeout(begin, continueWithin);
  source.once('error', (error) => request.destroy(error));
  boundConnecting(request);
  request.setTimeout(idleAtMost, () => request.destroy(coded('UND_ERR_HEADERS_TIMEOUT')));
  request.once('continue', begin);
  request.flushHeaders();

  return new Promise<HttpAnswer>((resolve, reject) => {
    request.once('error', reject);
    request.once('response', (response) => {
      clearTimeout(patience);
      source.unpipe(request);
      const { statusCode: status = 0, headers } = response;
      const flat = Object.entries(headers).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value] as const],
      );
      text(response).then((said) => resolve({ status, headers: Object.fromEntries(flat), text: said }), reject);
    });
  }).finally(() => {
    clearTimeout(patience);
    source.destroy();
    request.on('error', () => undefined);
    request.destroy();
  });
}

/** A content that ends before its length is none: the server would wait for the rest. */
async function* measured({ bytes, length }: Content): AsyncIterable<Uint8Array> {
  let sent = 0;
  for await (const part of bytes) {
    sent += part.length;
    yield part;
  }
  if (sent !== length) throw new Error(`the content has ${String(sent)} bytes, and ${String(length)} were announced`);
}

function boundConnecting(request: ClientRequest): void {
  request.once('socket', (socket) => {
    if (!socket.connecting) return;
    const timer = setTimeout(() => request.destroy(coded('UND_ERR_CONNECT_TIMEOUT')), connectWithin);
    for (const event of ['connect', 'close']) socket.once(event, () => clearTimeout(timer));
  });
}

const coded = (code: string): Error => Object.assign(new Error(code), { code });
