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
import { logIn, projects } from './keystone.ts';
import { neutron } from './neutron.ts';
import { actOnServers } from './nova-actions.ts';
import { flavors } from './nova-flavors.ts';
import { hosts } from './nova-hosts.ts';
import { migrations } from './nova-migrations.ts';
import { readServers } from './nova-servers.ts';

/** Serves the cloud on loopback; port 0 takes a free one. */
export async function listen(cloud: Cloud, port: number): Promise<{ port: number; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    void serve(cloud, request, response).catch((error: unknown) => {
      process.stderr.write(`practice cloud: ${(error as Error).stack ?? String(error)}\n`);
      response.destroy();
    });
  });
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
  const written = await text(request);
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
    send(
      response,
      requestId,
      attempt(() => control(cloud, asked(pathname.slice(9)) as Asked)),
    );
    return;
  }
  const counted = `${method} ${pathname.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'ID')}`;
  cloud.calls[counted] = (cloud.calls[counted] ?? 0) + 1;
  if (cloud.settings.latency > 0) await sleep(cloud.settings.latency);
  const fault = cloud.faults.take(`${method} ${pathname}${search}`);
  if (fault?.drop === 'before') {
    response.destroy();
    return;
  }
  const answer =
    fault?.status === undefined ? attempt(() => route(cloud, pathname, asked)) : failed(fault, fault.status);
  if (fault?.delay !== undefined) await sleep(fault.delay);
  if (fault?.drop === 'after') response.destroy();
  else send(response, requestId, answer, fault);
}

function route(cloud: Cloud, pathname: string, asked: (path: string) => Omit<Asked, 'user' | 'admin'>): Answer {
  const [, service = '', version = ''] = pathname.split('/');
  const path = pathname.slice(service.length + version.length + 2);
  const bare = asked(path);
  if (service === 'identity' && path === '/auth/tokens' && bare.method === 'POST') return logIn(cloud, bare as Asked);
  const token = cloud.tokens.get(bare.headers['x-auth-token'] ?? '');
  if (token === undefined || token.expiresAt < Date.now())
    throw new Refusal(401, 'The request you have made requires authentication.', {
      error: { code: 401, message: 'The request you have made requires authentication.', title: 'Unauthorized' },
    });
  const known: Asked = { ...bare, user: token.user, admin: token.user.roles.includes('admin') };
  if (service === 'compute') checkMicroversion(cloud, known);
  const parts = {
    identity: [projects],
    compute: [migrations, readServers, actOnServers, hosts, flavors],
    network: [neutron],
  };
  for (const part of parts[service as keyof typeof parts] ?? []) {
    const answer = part(cloud, known);
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

function attempt(run: () => Answer): Answer {
  try {
    return run();
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
  const text = body === undefined ? '' : fault?.garbage === true ? '<html>a proxy</html>' : JSON.stringify(body);
  // As the real services behind uwsgi: no Content-Length, so a cut answer shows only when it is read as JSON.
  response.writeHead(status, {
    'content-type': 'application/json',
    'x-openstack-request-id': requestId,
    'x-compute-request-id': requestId,
    ...headers,
  });
  response.end(fault?.truncate === true ? text.slice(0, Math.floor(text.length / 2)) : text);
}
