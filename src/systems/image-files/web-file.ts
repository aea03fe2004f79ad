import { Agent, request } from 'undici';
import type { Dispatcher } from 'undici';
import { Fault } from '../../contracts/faults.ts';
import { withoutQuery } from '../../contracts/image-upload.ts';
import type { ImageFileLook } from '../../contracts/image-upload.ts';
import type { ImageFile, Part } from './image-file.ts';
import { changed } from './refusals.ts';

const dispatcher = new Agent({ connect: { timeout: 10_000 }, headersTimeout: 60_000, bodyTimeout: 120_000 });

/** Mirrors and download pages send clients on. */
const mostRedirects = 5;

/** What an URL names. It is read through the worker and kept nowhere. */
export function webFile(url: string): ImageFile {
  return {
    label: withoutQuery(url),

    async look(signal) {
      const answer = await get(url, { range: 'bytes=0-0' }, signal);
      await drop(answer);
      return lookOf(url, answer);
    },

    async read(parts, signal) {
      const got: (Buffer | undefined)[] = [];
      for (const part of parts) got.push(await readPart(url, part, signal));
      return got;
    },

    async *content(look, signal) {
      const answer = await get(url, {}, signal);
      let got = 0;
      try {
        if (lookOf(url, answer).pin !== look.pin)
          throw changed(withoutQuery(url), 'it is not as it was when it was looked at');
        for await (const bytes of answer.body as AsyncIterable<Buffer>) {
          got += bytes.length;
          yield bytes;
        }
      } catch (error) {
        throw wayFault(url, error, signal);
      } finally {
        answer.body.destroy();
      }
      if (got !== look.size) throw wayFault(url, new Error('the connection broke'));
    },
  };
}

/** Undefined where the server gives no parts; the beginning can always be had. */
async function readPart(url: string, { offset, length }: Part, signal?: AbortSignal): Promise<Buffer | undefined> {
  const answer = await get(url, { range: `bytes=${String(offset)}-${String(offset + length - 1)}` }, signal);
  if (answer.statusCode === 206 || offset === 0) return beginning(url, answer, length, signal);
  await drop(answer);
  return answer.statusCode === 416 ? Buffer.alloc(0) : undefined;
}

/** No more than was asked for, whatever the server sends. */
async function beginning(
  url: string,
  { body }: Dispatcher.ResponseData,
  length: number,
  signal?: AbortSignal,
): Promise<Buffer> {
  const got: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const part of body as AsyncIterable<Buffer>) {
      got.push(part);
      bytes += part.length;
      if (bytes >= length) break;
    }
  } catch (error) {
    throw wayFault(url, error, signal);
  }
  return Buffer.concat(got).subarray(0, length);
}

/** @throws Fault ImageFileUnusable for what the server says is not to be had; DownloadFailed for the way to it */
async function get(
  url: string,
  headers: Readonly<Record<string, string>>,
  signal?: AbortSignal,
): Promise<Dispatcher.ResponseData> {
  let at = new URL(url);
  for (let redirects = 0; redirects <= mostRedirects; redirects += 1) {
    const answer = await once(at, headers, url, signal);
    const { statusCode } = answer;
    const location = statusCode >= 300 && statusCode < 400 ? answer.headers['location'] : undefined;
    if (typeof location === 'string') {
      await drop(answer);
      at = followed(url, at, location);
      continue;
    }
    if (statusCode < 300 || statusCode === 416) {
      const encoding = answer.headers['content-encoding'] ?? 'identity';
      if (encoding === 'identity') return answer;
      await drop(answer);
      throw unavailable(url, `the server sends it compressed (${String(encoding)}), which is another content`);
    }
    await drop(answer);
    if (statusCode >= 500 || statusCode === 429) throw wayFault(url, new Error(`status ${String(statusCode)}`));
    throw unavailable(url, `the server answers with status ${String(statusCode)}`);
  }
  throw unavailable(url, `it is sent on more than ${String(mostRedirects)} times`);
}

async function once(
  at: URL,
  headers: Readonly<Record<string, string>>,
  url: string,
  signal?: AbortSignal,
): Promise<Dispatcher.ResponseData> {
  try {
    return await request(at, {
      dispatcher,
      headers: { ...headers, 'accept-encoding': 'identity', 'user-agent': 'stackhand' },
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (error) {
    throw wayFault(url, error, signal);
  }
}

/** Never from TLS to none: whoever sits between could send anything. */
function followed(url: string, from: URL, location: string): URL {
  const to = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  const allowed = from.protocol === 'https:' ? ['https:'] : ['https:', 'http:'];
  if (to !== undefined && allowed.includes(to.protocol)) return to;
  throw unavailable(url, `the server sends on to ${withoutQuery(location)}, which is not followed`);
}

/** So little is left of most bodies that the connection is kept; a whole image is not read for that. */
const drop = ({ body }: Dispatcher.ResponseData): Promise<void> => body.dump({ limit: 1024 }).catch(() => undefined);

/** Its size, and what tells one version of it from the next. */
function lookOf(url: string, { statusCode, headers }: Dispatcher.ResponseData): ImageFileLook {
  const text = (name: string): string => String(headers[name] ?? '');
  const size =
    statusCode === 206 || statusCode === 416 ? /\/(\d+)$/.exec(text('content-range'))?.[1] : text('content-length');
  if (size === undefined || size === '' || !Number.isSafeInteger(Number(size)))
    throw unavailable(url, 'the server does not say how large it is');
  if (Number(size) === 0) throw unavailable(url, 'it is empty');
  // Mirrors of one file agree on its time, and not on what they make of it as its ETag.
  return { size: Number(size), pin: `${size}/${text('last-modified') || text('etag')}` };
}

const unavailable = (url: string, why: string): Fault =>
  new Fault('ImageFileUnusable', `${withoutQuery(url)} can't be uploaded: ${why}`, {
    remedy: 'try the address yourself (curl -IL); or fetch it, and upload the file',
  });

function wayFault(url: string, error: unknown, signal?: AbortSignal): unknown {
  signal?.throwIfAborted();
  if (error instanceof Fault) return error;
  const { message, code } = error as Error & { code?: string };
  const where = withoutQuery(url);
  return new Fault('DownloadFailed', `${where} can't be read: ${message || (code ?? 'no reason was given')}`, {
    where,
  });
}
