import { readFile } from 'node:fs/promises';
import { connect, createSecureServer } from 'node:http2';
import type { ClientHttp2Session, Http2SecureServer, OutgoingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { Certificate } from './certificates.ts';

interface FrontOptions {
  readonly server: Certificate;
  /** The authority of those who may come in; without it nobody has to show a certificate. */
  readonly clients?: string;
  readonly apiKey?: string;
}

/** gRPC's code for who has not said, or not rightly, who they are. */
const unauthenticated = '16';

/**
 * What stands before a Temporal that doesn't let everybody in, as Temporal Cloud does: TLS, client certificates and API
 * keys, which a dev server has none of.
 */
export class TemporalFront {
  readonly #server: Http2SecureServer;
  readonly #behind: ClientHttp2Session;
  /** Calls that were let through, by who made them: "temporal-typescript/1.24.0" is the client, others the worker. */
  readonly callers = new Set<string>();

  private constructor(server: Http2SecureServer, behind: ClientHttp2Session) {
    this.#server = server;
    this.#behind = behind;
  }

  static async open(address: string, { server, clients, apiKey }: FrontOptions): Promise<TemporalFront> {
    const secure = createSecureServer({
      cert: await readFile(server.certificate),
      key: await readFile(server.key),
      ...(clients === undefined
        ? {}
        : { ca: await readFile(clients), requestCert: true, rejectUnauthorized: true as const }),
    });
    const front = new TemporalFront(secure, connect(`http://${address}`));
    secure.on('stream', (stream, headers) => {
      if (apiKey !== undefined && headers.authorization !== `Bearer ${apiKey}`)
        return stream.respond(
          {
            ':status': 200,
            'content-type': 'application/grpc',
            'grpc-status': unauthenticated,
            'grpc-message': 'invalid API key',
          },
          { endStream: true },
        );
      front.callers.add(String(headers['user-agent']));
      front.#pass(stream, headers);
    });
    // Whoever breaks off is told so by its own side.
    secure.on('sessionError', () => undefined);
    await new Promise<void>((resolve) => secure.listen(0, '127.0.0.1', resolve));
    return front;
  }

  get address(): string {
    return `localhost:${String((this.#server.address() as AddressInfo).port)}`;
  }

  close(): void {
    this.#behind.destroy();
    this.#server.close();
  }

  #pass(stream: ServerHttp2Stream, headers: OutgoingHttpHeaders): void {
    let trailers: OutgoingHttpHeaders = {};
    const request = this.#behind.request({ ...headers, ':scheme': 'http' });
    for (const side of [request, stream]) side.on('error', () => undefined);
    stream.on('close', () => request.close());
    stream.on('wantTrailers', () => stream.sendTrailers(trailers));
    request.on('trailers', (given) => (trailers = given));
    request.on('response', (given, flags) => {
      if (stream.destroyed) return;
      const whole = (flags & 1) === 1;
      stream.respond(given, whole ? { endStream: true } : { waitForTrailers: true });
      if (!whole) request.pipe(stream);
    });
    stream.pipe(request);
  }
}
