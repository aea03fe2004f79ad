import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer, Asked } from './answer.ts';
import { Refusal } from './answer.ts';
import type { Cloud } from './cloud.ts';
import { control } from './control.ts';
import type { FaultRule } from './fault-rules.ts';
import { glance, receive } from './glance.ts';
import { logIn, projects } from './keystone.ts';
import { neutron } from './neutron.ts';
import { actOnServers } from './nova-actions.ts';
import { flavors } from './nova-flavors.ts';
import { hosts } from './nova-hosts.ts';
import { migrations } from './nova-migrations.ts';
import { readServers } from './nova-servers.ts';
import { placement } from './placement.ts';
import { cinder } from './services.ts';

/** Serves the cloud on loopback; port 0 takes a free one. */
export async function listen(cloud: Cloud, port: number): Promise<{ port: number; close(): Promise<void> }> {
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    void serve(cloud, request, response).catch((error: unknown) => {
      process.stderr.write(`practice cloud: ${(error as Error).stack ?? String(error)}\n`);
      response.destroy();
    });
  };
  // Who asks first whether his content is wanted is told so once it is read.
  const server = createServer(answer).on('checkContinue', answer);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  return {
    port: address.port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function serve(cloud: Cloud, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams, search } = new URL(request.url ?? '/', 'http://practice');
  const method = request.method ?? 'GET';
  const image = method === 'PUT' ? /^\/image\/v2\/images\/([^/]+)\/file$/.exec(pathname)?.[1] : undefined;
  const written = image === undefined ? await text(request) : '';
  const body = written === '' ? {} : (JSON.parse(written) as Record<string, unknown>);
  const requestId = `req-${randomUUID()}`;
  const asked = (path: string): Omit<Asked, 'user' | 'admin'> => ({
    method,
    path: path === '' ? '/' : path,
    query: searchParams,
    body,
    headers: request.headers as Asked['headers'],
    requestId,
    microversion: microversionOf(request),
  });
  if (pathname.startsWith('/practice')) {
    send(response, requestId, await attempt(() => control(cloud, asked(pathname.slice(9)) as Asked)));
    return;
  }
  const counted = `${method} ${pathname.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'ID')}`;
  cloud.calls[counted] = (cloud.calls[counted] ?? 0) + 1;
  if (!pathname.startsWith('/identity')) countWhileUnderWay(cloud, response);
  if (cloud.settings.latency > 0) await sleep(cloud.settings.latency);
  const fault = cloud.faults.take(`${method} ${pathname}${search}`);
  if (fault?.drop === 'before') {
    response.destroy();
    return;
  }
  const answer =
    fault?.status !== undefined
      ? failed(fault, fault.status)
      : await attempt(() => {
          const known = authorized(cloud, pathname, asked);
          return image === undefined
            ? route(cloud, known)
            : receive(cloud, known.asked, image, contentOf(request, response), fault);
        });
  if (fault?.delay !== undefined) await sleep(fault.delay);
  if (answer === 'dropped' || fault?.drop === 'after') response.destroy();
  else send(response, requestId, answer, fault);
  // What is still on its way is read and dropped, so that the answer arrives.
  if (image !== undefined && !request.readableEnded) request.resume();
}

function countWhileUnderWay({ atOnce }: Cloud, response: ServerResponse): void {
  atOnce.now += 1;
  atOnce.most = Math.max(atOnce.most, atOnce.now);
  response.once('close', () => {
    atOnce.now -= 1;
  });
}

async function* contentOf(request: IncomingMessage, response: ServerResponse): AsyncIterable<Uint8Array> {
  if (request.headers.expect !== undefined) response.writeContinue();
  yield* request as AsyncIterable<Uint8Array>;
}

interface Known {
  readonly service: string;
  readonly asked: Asked;
}

/** Whose request it is; a login is nobody's yet. */
function authorized(cloud: Cloud, pathname: string, asked: (path: string) => Omit<Asked, 'user' | 'admin'>): Known {
  const [, service = '', version = ''] = pathname.split('/');
  const bare = asked(pathname.slice(service.length + version.length + 2));
  if (service === 'identity' && bare.path === '/auth/tokens' && bare.method === 'POST')
    return { service: 'login', asked: bare as Asked };
  const token = cloud.tokens.get(bare.headers['x-auth-token'] ?? '');
  if (token === undefined || token.expiresAt < Date.now())
    throw new Refusal(401, 'The request you have made requires authentication.', {
      error: { code: 401, message: 'The request you have made requires authentication.', title: 'Unauthorized' },
    });
  return { service, asked: { ...bare, user: token.user, admin: token.user.roles.includes('admin') } };
}

function route(cloud: Cloud, { service, asked }: Known): Answer {
  if (service === 'login') return logIn(cloud, asked);
  if (service === 'compute') checkMicroversion(cloud, asked);
  const parts = {
    identity: [projects],
    compute: [migrations, readServers, actOnServers, hosts, flavors],
    network: [neutron],
    volume: [cinder],
    image: [glance],
    placement: [placement],
  };
  for (const part of parts[service as keyof typeof parts] ?? []) {
    const answer = part(cloud, asked);
    if (answer !== undefined) return answer;
  }
  throw new Refusal(404, 'The resource could not be found.');
}

function checkMicroversion(cloud: Cloud, { microversion: [major, minor] }: Asked): void {
  const [, highest = 0] = cloud.settings.microversion.split('.').map(Number);
  if (major !== 2 || minor > highest)
    throw new Refusal(
      406,
      `Version ${String(major)}.${String(minor)} is not supported by the API. Minimum is 2.1 and maximum is ${cloud.settings.microversion}.`,
    );
}

function microversionOf({ headers }: IncomingMessage): readonly [number, number] {
  const said = /(\d+)\.(\d+)/.exec(String(headers['openstack-api-version'] ?? ''));
  return said === null ? [2, 1] : [Number(said[1]), Number(said[2])];
}

async function attempt<T extends Answer | 'dropped'>(run: () => T | Promise<T>): Promise<T | Answer> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof Refusal) return error.answer;
    return { status: 400, body: { badRequest: { code: 400, message: (error as Error).message } } };
  }
}

const failed = ({ retryAfter }: FaultRule, status: number): Answer => ({
  status,
  body: { computeFault: { code: status, message: 'The practice cloud was told to fail.' } },
  ...(retryAfter === undefined ? {} : { headers: { 'retry-after': String(retryAfter) } }),
});

function send(response: ServerResponse, requestId: string, { status, body, headers }: Answer, fault?: FaultRule): void {
  const page = isPage(body) ? body.html : undefined;
  const text =
    body === undefined ? '' : fault?.garbage === true ? '<html>a proxy</html>' : (page ?? JSON.stringify(body));
  // As the real services behind uwsgi: no Content-Length, so a cut answer shows only when it is read as JSON.
  response.writeHead(status, {
    'content-type': page === undefined ? 'application/json' : 'text/html; charset=UTF-8',
    'x-openstack-request-id': requestId,
    'x-compute-request-id': requestId,
    ...headers,
  });
  response.end(fault?.truncate === true ? text.slice(0, Math.floor(text.length / 2)) : text);
}

const isPage = (body: unknown): body is { readonly html: string } =>
  typeof body === 'object' && body !== null && 'html' in body && typeof body.html === 'string';
