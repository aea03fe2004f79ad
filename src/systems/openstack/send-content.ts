import { request as requestHttp } from 'node:http';
import type { ClientRequest } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { RequestOptions } from 'node:https';
import { text } from 'node:stream/consumers';
import type { Content, HttpAnswer } from './exchange.ts';

/**
 * Milliseconds after the connection stands. A server that knows no "Expect" (uwsgi is one) is sent the content after
 * this, as curl has it; within it one that refuses has asked Keystone and answered.
 */
const continueWithin = 1000;
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
    // Kept open by a server that can: closed with an answer on its way and a content still coming, both would be lost.
    headers: {
      ...options.headers,
      'content-length': content.length,
      expect: '100-continue',
      connection: 'keep-alive',
    },
    agent: false,
    ...(signal === undefined ? {} : { signal }),
  });
  let patience: NodeJS.Timeout | undefined;
  let begun = false;
  let answered = false;
  const begin = (): void => {
    clearTimeout(patience);
    if (begun || answered || request.destroyed) return;
    begun = true;
    deliver(content, request, () => answered).catch((error: unknown) => {
      if (!answered) request.destroy(error as Error);
    });
  };
  onConnected(request, url.startsWith('https:') ? 'secureConnect' : 'connect', () => {
    patience = setTimeout(begin, continueWithin);
  });
  request.setTimeout(idleAtMost, () => request.destroy(coded('UND_ERR_HEADERS_TIMEOUT')));
  request.once('continue', begin);
  request.flushHeaders();

  return new Promise<HttpAnswer>((resolve, reject) => {
    request.once('error', reject);
    request.once('response', (response) => {
      clearTimeout(patience);
      answered = true;
      const { statusCode: status = 0, headers } = response;
      const flat = Object.entries(headers).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value] as const],
      );
      text(response).then((said) => resolve({ status, headers: Object.fromEntries(flat), text: said }), reject);
    });
  }).finally(() => {
    clearTimeout(patience);
    request.on('error', () => undefined);
    request.destroy();
  });
}

/**
 * Part by part, each once the one before has left for the kernel, whose buffer is what is sent while the next is read.
 * A content that ends before its length is none: the server would wait for the rest.
 */
async function deliver({ bytes, length }: Content, request: ClientRequest, isOver: () => boolean): Promise<void> {
  let sent = 0;
  for await (const part of bytes) {
    if (isOver()) return;
    sent += part.length;
    await new Promise<void>((resolve, reject) => {
      request.write(part, (error) => (error ? reject(error) : resolve()));
    });
  }
  if (sent !== length) throw new Error(`the content has ${String(sent)} bytes, and ${String(length)} were announced`);
  request.end();
}

/** When the connection stands, with its TLS; where that takes too long, the request ends. */
function onConnected(request: ClientRequest, stands: 'connect' | 'secureConnect', then: () => void): void {
  request.once('socket', (socket) => {
    const timer = setTimeout(() => request.destroy(coded('UND_ERR_CONNECT_TIMEOUT')), connectWithin);
    socket.once(stands, () => {
      clearTimeout(timer);
      then();
    });
    socket.once('close', () => clearTimeout(timer));
  });
}

const coded = (code: string): Error => Object.assign(new Error(code), { code });
