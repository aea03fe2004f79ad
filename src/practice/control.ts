import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { help } from './control-help.ts';
import type { SiteControl } from './site-control.ts';

const faultRule = z.strictObject({
  fail: z.string().min(1).optional(),
  exitCode: z.number().int().min(1).max(255).optional(),
  delay: z.number().min(0).optional(),
  hang: z.boolean().optional(),
  late: z.boolean().optional(),
  skip: z.number().int().min(0).optional(),
  times: z.number().int().min(1).optional(),
  refuse: z.boolean().optional(),
  refuseKeys: z.boolean().optional(),
  otherHostKey: z.boolean().optional(),
  gone: z.boolean().optional(),
  limit: z.number().int().min(0).optional(),
});
const faults = z.record(z.string().min(1), faultRule.nullable());
const guest = z.strictObject({
  deaf: z.union([z.boolean(), z.number().int().min(1)]).optional(),
  shutdownSeconds: z.number().min(0).optional(),
  startSeconds: z.number().min(0).optional(),
});
const powerCut = z.strictObject({ autostart: z.boolean().optional() });

class BadRequest extends Error {}

/** The endpoint that tests and the curious steer the site with. Without a password, so on loopback only. */
export async function startControl(site: SiteControl, port: number): Promise<{ port: number; close(): void }> {
  const server = createServer((request, response) => {
    void answer(site, request).then(
      (body) => send(response, 200, body),
      (error: unknown) => send(response, error instanceof BadRequest ? 400 : 500, { error: (error as Error).message }),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function answer(site: SiteControl, request: IncomingMessage): Promise<unknown> {
  // A page in a browser could reach this port under a name of its own: names other than these are refused.
  if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(request.headers.host ?? '')) throw new BadRequest('use 127.0.0.1');
  const { pathname } = new URL(request.url ?? '/', 'http://127.0.0.1');
  const route = `${request.method} ${pathname}`;
  const body = async <T>(schema: z.ZodType<T>): Promise<T> => parse(schema, await text(request));
  const domain = /^POST \/domains\/(.+)$/.exec(route)?.[1];
  if (domain !== undefined) return site.setGuest(decodeURIComponent(domain), await body(guest));
  switch (route) {
    case 'GET /':
      return help;
    case 'GET /state':
      return site.describe();
    case 'GET /faults':
      return site.faults();
    case 'POST /faults':
      return site.setFaults(await body(faults));
    case 'DELETE /faults':
      return site.clearFaults();
    case 'POST /drop':
      return site.drop();
    case 'POST /unmount':
      return site.unmountAll();
    case 'POST /power-cut':
      return site.powerCut(await body(powerCut));
    default:
      throw new BadRequest(`there is no ${route}; GET / tells what there is`);
  }
}

function parse<T>(schema: z.ZodType<T>, body: string): T {
  let value: unknown;
  try {
    value = body.trim() === '' ? {} : JSON.parse(body);
  } catch {
    throw new BadRequest('the body is not JSON');
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new BadRequest(z.prettifyError(parsed.error));
  return parsed.data;
}

function send(response: ServerResponse, status: number, body: unknown): void {
  const plain = typeof body === 'string';
  response.writeHead(status, { 'content-type': plain ? 'text/plain; charset=utf-8' : 'application/json' });
  response.end(plain ? body : `${JSON.stringify(body ?? {}, undefined, 2)}\n`);
}
