import { Agent, interceptors, request } from 'undici';
import type { Dispatcher } from 'undici';
import { Fault } from '../../contracts/faults.ts';
import type { ImageFileLook } from '../../contracts/image-upload.ts';
import type { ImageFile, Part } from './image-file.ts';
import { changed, unusable } from './refusals.ts';

/** Mirrors and download pages send clients on. */
const dispatcher = new Agent({ connect: { timeout: 10_000 }, headersTimeout: 60_000, bodyTimeout: 120_000 }).compose(
  interceptors.redirect({ maxRedirections: 5 }),
);

/** What an URL names. It is read through the worker and kept nowhere. */
export function webFile(url: string): ImageFile {
  const file: ImageFile = {
    label: url,

    async look(signal) {
      const answer = await get(url, { range: 'bytes=0-0' }, signal);
      await drop(answer);
      return lookOf(url, answer);
    },

    async read(parts, signal) {
      const got: Buffer[] = [];
      for (const part of parts) {
        const bytes = await readPart(url, part, signal);
        if (bytes === undefined) return undefined;
        got.push(bytes);
      }
      return got;
    },

    async *content(look, signal) {
      const answer = await get(url, {}, signal);
      let got = 0;
      try {
        if (lookOf(url, answer).pin !== look.pin) throw changed(url, 'it is not as it was when it was looked at');
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
  return file;
}

/** Undefined where the server gives no parts. */
async function readPart(url: string, { offset, length }: Part, signal?: AbortSignal): Promise<Buffer | undefined> {
  const answer = await get(url, { range: `bytes=${String(offset)}-${String(offset + length - 1)}` }, signal);
  if (answer.statusCode === 206) return Buffer.from(await answer.body.arrayBuffer());
  await drop(answer);
  return answer.statusCode === 416 ? Buffer.alloc(0) : undefined;
}

async function get(
  url: string,
  headers: Readonly<Record<string, string>>,
  signal?: AbortSignal,
): Promise<Dispatcher.ResponseData> {
  let answer: Dispatcher.ResponseData;
  try {
    answer = await request(url, {
      dispatcher,
      // A server that compresses on the way would make another content of it.
      headers: { ...headers, 'accept-encoding': 'identity', 'user-agent': 'stackhand' },
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (error) {
    throw wayFault(url, error, signal);
  }
  const { statusCode } = answer;
  if (statusCode < 300 || statusCode === 416) return answer;
  await drop(answer);
  if (statusCode >= 500 || statusCode === 429) throw wayFault(url, new Error(`status ${String(statusCode)}`));
  throw unusable(url, `the server answers with status ${String(statusCode)}`);
}

/** So little is left of most bodies that the connection is kept; a whole image is not read for that. */
const drop = ({ body }: Dispatcher.ResponseData): Promise<void> => body.dump({ limit: 1024 }).catch(() => undefined);

/** Its size, and what tells one version of it from the next. */
function lookOf(url: string, { statusCode, headers }: Dispatcher.ResponseData): ImageFileLook {
  const text = (name: string): string => String(headers[name] ?? '');
  const size = statusCode === 206 ? /\/(\d+)$/.exec(text('content-range'))?.[1] : text('content-length');
  if (size === undefined || size === '' || !Number.isSafeInteger(Number(size)))
    throw unusable(url, 'the server does not say how large it is');
  if (Number(size) === 0) throw unusable(url, 'it is empty');
  return { size: Number(size), pin: [size, text('etag'), text('last-modified')].join('/') };
}

function wayFault(url: string, error: unknown, signal?: AbortSignal): unknown {
  signal?.throwIfAborted();
  if (error instanceof Fault) return error;
  const { message } = error as Error;
  return new Fault('DownloadFailed', `${url} can't be read: ${message}`, { where: url });
}
