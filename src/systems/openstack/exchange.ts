import { readFileSync } from 'node:fs';
import type { SecureContextOptions } from 'node:tls';
import { Agent, request } from 'undici';
import type { TlsFiles } from '../../contracts/cloud-access.ts';
import { Fault, isFault } from '../../contracts/faults.ts';
import { sendContent } from './send-content.ts';

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON. */
  readonly body?: unknown;
  /** Bytes instead, read once as they are sent. */
  readonly content?: Content;
}

export interface Content {
  /** A part is asked for when the one before is no longer needed: they may share a buffer. */
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Known beforehand, so that a service sees a body that was cut off. */
  readonly length: number;
}

export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** A cloud that is slow answers within a minute; what takes longer has lost the connection. */
const answerTimeout = 75_000;
const connectTimeout = 10_000;

/** HTTP with one cloud: its TLS, kept connections, and what a broken one means. */
export class Exchange {
  readonly #agent: Agent;
  readonly #tls: Pick<SecureContextOptions, 'ca' | 'cert' | 'key'> & { readonly rejectUnauthorized: boolean };

  constructor({ verify, ca, certificate, key }: TlsFiles) {
    this.#tls = {
      rejectUnauthorized: verify,
      ...(ca === undefined ? {} : { ca: pem(ca) }),
      ...(certificate === undefined ? {} : { cert: pem(certificate) }),
      // A file may hold both, as requests (Python) reads it.
      ...(key === undefined ? (certificate === undefined ? {} : { key: pem(certificate) }) : { key: pem(key) }),
    };
    this.#agent = new Agent({
      connect: { timeout: connectTimeout, ...this.#tls },
      headersTimeout: answerTimeout,
      bodyTimeout: answerTimeout,
      // Below what haproxy and Apache keep an idle connection for: one closed by them as we send is a doubt we can avoid.
      keepAliveTimeout: 2000,
      keepAliveMaxTimeout: 2000,
    });
  }

  /** @throws Fault CloudUnreachable or CloudCertificateRefused; `arrived` tells whether it can have had its effect */
  async send({ method, url, headers, body, content }: HttpRequest, signal?: AbortSignal): Promise<HttpAnswer> {
    const type =
      content !== undefined ? 'application/octet-stream' : body === undefined ? undefined : 'application/json';
    const all = {
      accept: 'application/json',
      'user-agent': 'stackhand',
      ...(type === undefined ? {} : { 'content-type': type }),
      ...headers,
    };
    try {
      if (content !== undefined) return await sendContent(url, { method, headers: all, ...this.#tls }, content, signal);
      const answer = await request(url, {
        method,
        dispatcher: this.#agent,
        headers: all,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        ...(signal === undefined ? {} : { signal }),
      });
      return { status: answer.statusCode, headers: flat(answer.headers), text: await answer.body.text() };
    } catch (error) {
      signal?.throwIfAborted();
      // What the content itself could not go on for.
      if (isFault(error)) throw error;
      throw connectionFault(error, `${method} ${url}`);
    }
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }
}

function pem(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code = 'an error' } = error as NodeJS.ErrnoException;
    throw new Fault('ConfigInvalid', `${file} can't be read: ${code}`, {
      where: file,
      remedy: 'correct cacert, cert or key of the cloud, or let the user of the worker read it',
    });
  }
}

const flat = (headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value]],
    ),
  );

/** Before the connection stood: nothing can have arrived. */
const neverSent = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

function connectionFault(error: unknown, where: string): Fault {
  const { code = '', message } = deepest(error);
  const certificate = /CERT|SELF_SIGNED|UNABLE_TO_|ERR_TLS|ERR_SSL/.test(code) || code === 'EPROTO';
  if (certificate)
    return new Fault('CloudCertificateRefused', `no trusted connection to the cloud: ${message}`, {
      where,
      arrived: 'no',
    });
  const words: Readonly<Record<string, string>> = {
    ECONNREFUSED: 'nothing listens there',
    ENOTFOUND: 'no such name',
    EAI_AGAIN: 'the name could not be looked up',
    UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
    UND_ERR_HEADERS_TIMEOUT: 'no answer in time',
    UND_ERR_BODY_TIMEOUT: 'the answer stopped half way',
    UND_ERR_SOCKET: 'the connection broke before the answer',
    ECONNRESET: 'the connection broke before the answer',
    EPIPE: 'the connection broke before the answer',
  };
  return new Fault('CloudUnreachable', `the cloud can't be reached: ${words[code] ?? message}`, {
    where,
    arrived: neverSent.has(code) ? 'no' : 'maybe',
  });
}

/** undici wraps what the system said; several addresses tried make an AggregateError without a message. */
function deepest(error: unknown): { code?: string; message: string } {
  let current = error as { code?: unknown; message?: unknown; cause?: unknown; errors?: unknown[] };
  for (;;) {
    const inner = current.cause ?? current.errors?.[0];
    if (typeof inner !== 'object' || inner === null) break;
    current = inner;
  }
  const code = typeof current.code === 'string' ? { code: current.code } : {};
  return { ...code, message: typeof current.message === 'string' ? current.message : String(error) };
}
