import { createHash, randomBytes } from 'node:crypto';
import { mkdir, rename, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openHost } from '../../../src/systems/host/index.ts';
import type { Host } from '../../../src/systems/host/index.ts';
import { hostFile, localFile } from '../../../src/systems/image-files/index.ts';
import type { ImageFile } from '../../../src/systems/image-files/index.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import { Sshd } from '../../support/sshd.ts';

let sshd: Sshd;
const hosts: Partial<Record<'ssh2' | 'openssh', Host>> = {};
beforeAll(async () => {
  sshd = await Sshd.start({});
  for (const transport of ['ssh2', 'openssh'] as const) hosts[transport] = openHost(sshd.target(transport));
});
afterAll(async () => {
  for (const host of Object.values(hosts)) await host.close();
  await sshd.stop();
});
const over =
  (transport: 'ssh2' | 'openssh') =>
  (path: string): ImageFile => {
    const host = hosts[transport];
    if (host === undefined) throw new Error('not begun');
    return hostFile(host, path);
  };

/** One suite: a file of the worker's machine, and one that comes through the connection to a host. */
describe.each([
  { kind: 'of this machine', open: localFile },
  { kind: 'of a host over ssh2', open: over('ssh2') },
  { kind: 'of a host over openssh', open: over('openssh') },
])('a file $kind', ({ open }) => {
  let directory = '';
  const bytes = randomBytes(5 * 1024 * 1024 + 333);
  const path = (name: string): string => join(directory, name);
  const make = async (name: string, content: Buffer | string = bytes): Promise<ImageFile> => {
    await writeFile(path(name), content);
    return open(path(name));
  };
  const digest = (content: Buffer): string => createHash('sha256').update(content).digest('hex');

  beforeAll(async () => {
    directory = await scratchDirectory('image-file');
  });

  test('is looked at, read in parts, and read whole', async () => {
    const file = await make("with 'quotes' and spaces");
    const look = await file.look();
    expect(look.size).toBe(bytes.length);
    expect(await file.look()).toEqual(look);
    const parts = await file.read([
      { offset: bytes.length - 10, length: 100 },
      { offset: 70_000, length: 3 },
      { offset: bytes.length + 5, length: 4 },
    ]);
    expect(parts).toEqual([bytes.subarray(-10), bytes.subarray(70_000, 70_003), Buffer.alloc(0)]);
    const all: Uint8Array[] = [];
    for await (const part of file.content(look)) all.push(Buffer.from(part));
    expect(digest(Buffer.concat(all))).toBe(digest(bytes));
  });

  test('may be named by a link', async () => {
    await make('target');
    await symlink(path('target'), path('link'));
    expect((await open(path('link')).look()).size).toBe(bytes.length);
  });

  test.each([
    ['is not there', 'nowhere', 'no such file'],
    ['is a directory', 'directory', 'directory'],
    ['is empty', 'empty', 'empty'],
    ['is a device', '/dev/zero', 'no regular file'],
  ])('one that %s is refused, with why', async (_, name, why) => {
    await mkdir(path('directory'), { recursive: true });
    await make('empty', '');
    const file = open(name.startsWith('/') ? name : path(name));
    await expect(file.look()).rejects.toMatchObject({
      type: 'ImageFileUnusable',
      message: expect.stringContaining(why),
    });
  });

  const change: Record<string, (name: string) => Promise<void>> = {
    'is written to': (name) => writeFile(path(name), Buffer.alloc(bytes.length)),
    'is touched': (name) => utimes(path(name), 1, 1),
    'is cut off': (name) => truncate(path(name), 1024),
    'is replaced': async (name) => {
      await writeFile(path('other'), bytes);
      await rename(path('other'), path(name));
    },
  };
  test.each(Object.keys(change))('one that %s under the upload is an error', async (how) => {
    const before = await make('before');
    const look = await before.look();
    await change[how]?.('before');
    const all = async (file: ImageFile): Promise<void> => {
      for await (const _ of file.content(look));
    };
    await expect(all(before)).rejects.toMatchObject({ type: 'ImageFileChanged' });

    const large = await make('during', Buffer.alloc(24 * 1024 * 1024));
    const reading = large.content(await large.look())[Symbol.asyncIterator]();
    await reading.next();
    await change[how]?.('during');
    const rest = async (): Promise<void> => {
      while ((await reading.next()).done !== true);
    };
    await expect(rest()).rejects.toMatchObject({ type: 'ImageFileChanged' });
  });

  test('is let go of where nobody reads on, and where the signal says so', async () => {
    const file = await make('left', Buffer.alloc(24 * 1024 * 1024));
    const look = await file.look();
    for await (const _ of file.content(look)) break;
    const abort = new AbortController();
    const reading = file.content(look, abort.signal)[Symbol.asyncIterator]();
    await reading.next();
    abort.abort(new Error('enough'));
    const rest = async (): Promise<void> => {
      while ((await reading.next()).done !== true);
    };
    await expect(rest()).rejects.toThrow('enough');
  });
});
