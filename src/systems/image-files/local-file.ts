import type { BigIntStats } from 'node:fs';
import { constants, open, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { Fault } from '../../contracts/faults.ts';
import type { ImageFileLook } from '../../contracts/image-upload.ts';
import type { ImageFile, Part } from './image-file.ts';
import { changed, unusable } from './refusals.ts';

/** Bytes of one read: large enough that reads cost nothing, small enough that it is no memory. */
const chunk = 256 * 1024;

/** A file of the worker's own machine. */
export function localFile(path: string): ImageFile {
  return {
    label: path,

    look: () => withFile(path, async (file) => lookOf(path, await file.stat({ bigint: true }))),

    read: (parts) => withFile(path, (file) => Promise.all(parts.map((part) => readPart(file, part)))),

    async *content(look, signal) {
      const file = await opened(path);
      try {
        await check(path, file, look);
        // One for all: a new one each would have the worker collect its whole heap over and over.
        const buffer = Buffer.allocUnsafeSlow(Math.min(chunk, look.size));
        for (let at = 0; at < look.size;) {
          signal?.throwIfAborted();
          const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, look.size - at), at);
          if (bytesRead === 0) throw changed(path, 'it became shorter while it was read');
          at += bytesRead;
          yield buffer.subarray(0, bytesRead);
        }
        await check(path, file, look);
      } finally {
        await file.close();
      }
    },
  };
}

/** The open file is still the one that was looked at, and so is what its path names. */
async function check(path: string, file: FileHandle, { pin }: ImageFileLook): Promise<void> {
  const [held, named] = [await file.stat({ bigint: true }), await stat(path, { bigint: true }).catch(() => undefined)];
  if (pinOf(held) !== pin || named === undefined || pinOf(named) !== pin)
    throw changed(path, 'it is not as it was when it was looked at');
}

async function readPart(file: FileHandle, { offset, length }: Part): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await file.read(buffer, 0, length, offset);
  return buffer.subarray(0, bytesRead);
}

async function withFile<T>(path: string, use: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await opened(path);
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EACCES: 'the user of the worker may not read it',
  ELOOP: 'its links go round in circles',
};

async function opened(path: string): Promise<FileHandle> {
  try {
    // Without waiting: a named pipe nobody writes to would hold us for ever.
    return await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    throw unusable(path, reasons[code] ?? message);
  }
}

function lookOf(path: string, found: BigIntStats): ImageFileLook {
  if (found.isDirectory()) throw unusable(path, 'it is a directory');
  if (!found.isFile()) throw unusable(path, 'it is no regular file');
  if (found.size === 0n) throw unusable(path, 'it is empty');
  if (found.size > BigInt(Number.MAX_SAFE_INTEGER)) throw new Fault('ImageFileUnusable', `${path} is too large`);
  return { size: Number(found.size), pin: pinOf(found) };
}

/** As `stat -c '%s/%.9Y/%i/%d'` has it, without the point: a time below a second keeps its zeros. */
const pinOf = ({ size, mtimeNs, ino, dev }: BigIntStats): string =>
  [String(size), String(mtimeNs).padStart(10, '0'), String(ino), String(dev)].join('/');
