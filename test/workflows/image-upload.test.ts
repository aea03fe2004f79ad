import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdir, readFile, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Image } from '../../src/contracts/image.ts';
import type { ImageUploadResult } from '../../src/contracts/image-upload.ts';
import type { Report } from '../../src/contracts/operation.ts';
import { resolveCloud } from '../../src/config/clouds/resolve-cloud.ts';
import { loadConfig } from '../../src/config/load.ts';
import { Session, listImages } from '../../src/systems/openstack/index.ts';
import { useCloudProgram } from '../support/cloud-program.ts';
import { until } from '../support/poll.ts';
import { PracticeCloud } from '../support/practice-cloud.ts';

type Ended = Report<ImageUploadResult> & { exitCode: number | undefined };

/** Images, as operators upload them: the CLI and a worker against the practice cloud. */
describe('images', () => {
  let cloud: PracticeCloud;
  const program = useCloudProgram(
    async () => {
      cloud = await PracticeCloud.start({ servers: 0, hosts: 1 });
      return { clouds: cloud.ready.clouds, cloud: 'practice' };
    },
    { standing: true },
  );
  beforeEach(async () => {
    await cloud.faults();
    await cloud.control('PATCH', '/settings', { imageSizeCap: 2 ** 40 });
    await program.ensureWorker();
  });
  afterAll(() => cloud.stop());

  const bytes = randomBytes(3 * 1024 * 1024 + 17);
  const file = async (name: string, content: Buffer | string = bytes): Promise<string> => {
    const path = join(program.directory, name);
    await writeFile(path, content);
    return path;
  };
  const sha512 = (content: Buffer): string => createHash('sha512').update(content).digest('hex');
  const upload = (...args: readonly string[]): Promise<Ended> => program.json<Ended>('image', 'upload', ...args);
  const images = async (name: string): Promise<Image[]> => {
    const { config } = loadConfig({ path: join(program.directory, 'config.yaml') });
    const { env, directory } = program;
    const session = new Session(resolveCloud(config, 'practice', { env, home: directory, cwd: directory }));
    try {
      const all = [...(await listImages(session)), ...(await listImages(session, { hidden: true }))];
      return all.filter((image) => image.name.startsWith(name));
    } finally {
      await session.close();
    }
  };
  const report = (id: string): Promise<Report<ImageUploadResult>> =>
    program.temporal.client.workflow.getHandle(id).result() as Promise<Report<ImageUploadResult>>;
  /** Whether the first of the faults that were asked for has been met. */
  const used = async (): Promise<boolean> => ((await cloud.control<number[]>('GET', '/faults'))[0] ?? 0) > 0;
  const effects = async (name: string): Promise<string[]> =>
    (await cloud.effects()).filter((effect) => effect.name === name).map(({ action }) => action);

  test('a file is sent once, hashed on its way, and held against what Glance has', async () => {
    const path = await file('plain.img');
    const options = ['--os-distro', 'ubuntu', '--hw-disk-bus', 'scsi', '--property', 'a:b=c=d', '--tag', 'x'];
    const ended = await upload(path, ...options, '--min-disk', '3', '--min-ram', '64', '--shared', '--protected');
    expect(ended).toMatchObject({
      exitCode: 0,
      outcome: 'done',
      result: { sent: true, image: { status: 'active', size: bytes.length, hash: { value: sha512(bytes) } } },
    });
    expect(await images('plain')).toMatchObject([
      {
        ...{ name: 'plain', diskFormat: 'raw', containerFormat: 'bare', visibility: 'shared', protected: true },
        ...{ tags: ['x'], minDisk: 3, minRam: 64, status: 'active' },
        properties: { os_distro: 'ubuntu', hw_disk_bus: 'scsi', 'a:b': 'c=d' },
      },
    ]);
    expect(await effects('plain')).toEqual(['create image', 'store image', 'change image']);
    const [made] = (await cloud.effects()).filter(({ name }) => name === 'plain');
    const { stdout } = await program.run(['audit', 'export', ended.operation]);
    const line = stdout.split('\n').find((each) => each.includes('Create the image')) ?? '{}';
    expect(JSON.parse(line)).toMatchObject({
      ...{ event: 'done', object: 'plain', id: ended.result?.image.id, requestIds: [made?.requestId] },
    });
  });

  test('the same content under that name is recognised, and what differs beside it is told; --force sends it', async () => {
    const path = await file('same.qcow3');
    const first = await upload(path, '--name', 'same');
    expect(await upload(path, '--name', 'same')).toMatchObject({
      exitCode: 0,
      result: { sent: false, image: { id: first.result?.image.id } },
    });
    const other = await upload(path, '--name', 'same', '--os-distro', 'rhel', '--public');
    expect(other).toMatchObject({
      exitCode: 3,
      summary: expect.stringContaining('visibility private, wanted public; property os_distro not set, wanted rhel'),
    });
    expect(await images('same')).toHaveLength(1);
    // As large, and another content.
    await writeFile(path, randomBytes(bytes.length));
    expect(await upload(path, '--name', 'same')).toMatchObject({ exitCode: 0, result: { sent: true } });
    expect(await upload(path, '--name', 'same', '--force')).toMatchObject({ exitCode: 0, result: { sent: true } });
    expect(await images('same')).toHaveLength(3);
  });

  test('--replace hides and renames those of that name once the new one is active, and no others', async () => {
    const path = await file('golden.raw');
    const old = (await upload(path)).result?.image.id ?? '';
    await upload(await file('golden2.raw'));
    await writeFile(path, randomBytes(1024));
    const ended = await upload(path, '--replace');
    const successor = ended.result?.image.id ?? '';
    expect(ended).toMatchObject({ exitCode: 0, result: { replaced: [{ id: old }] } });
    const found = await images('golden');
    expect(found.map(({ id, hidden, name }) => [id, hidden, name])).toEqual(
      expect.arrayContaining([
        [successor, false, 'golden'],
        [old, true, expect.stringMatching(/^golden \(\d{4}-\d\d-\d\d, before [0-9a-f]{8}\)$/)],
        [expect.any(String), false, 'golden2'],
      ]),
    );
    // Failed, it replaces nothing.
    await cloud.control('PATCH', '/settings', { imageSizeCap: 1000 });
    await writeFile(path, randomBytes(2048));
    expect(await upload(path, '--replace')).toMatchObject({ exitCode: 1, failure: { type: 'CloudQuotaExceeded' } });
    expect((await images('golden')).filter(({ name, hidden }) => name === 'golden' && !hidden)).toMatchObject([
      { id: successor },
    ]);
  });

  test('what is no whole image of its own is refused before anything is made, with why', async () => {
    await file('empty.img', '');
    await file('wrong.qcow2', 'just text');
    const qemu = (...args: string[]) => execFileSync('qemu-img', args, { cwd: program.directory, stdio: 'ignore' });
    qemu('create', '-f', 'qcow2', 'base.qcow2', '16M');
    qemu('create', '-f', 'qcow2', '-b', 'base.qcow2', '-F', 'qcow2', 'backed.qcow2');
    await file('cut.qcow2', (await readFile(join(program.directory, 'base.qcow2'))).subarray(0, 70_000));
    const before = (await cloud.effects()).length;
    for (const [name, why] of [
      ['nowhere.img', 'there is no such file'],
      ['.', 'it is a directory'],
      ['empty.img', 'it is empty'],
      ['wrong.qcow2', '--disk-format raw, or --disk-format qcow2'],
      ['cut.qcow2', 'cut off'],
      ['backed.qcow2', 'backing file'],
    ] as const) {
      const ran = await program.run(['image', 'upload', join(program.directory, name)]);
      expect(ran).toMatchObject({ exitCode: 1, stderr: expect.stringContaining(why) });
    }
    expect((await cloud.effects()).length).toBe(before);
  });

  test('a name is that name: neither an operator of Glance nor the same in capitals', async () => {
    const path = await file('names.raw');
    for (const name of ['one', 'two', 'in:one,two', 'ONE', 'neq:x', 'no:such']) {
      const ended = await upload(path, '--name', name, '--replace');
      expect(ended).toMatchObject({ exitCode: 0, result: { sent: true, replaced: [], image: { name } } });
    }
    expect(await upload(path, '--name', 'in:one,two')).toMatchObject({ result: { sent: false } });
    const odd = await upload(await file('noble#2?.img'));
    expect(odd).toMatchObject({ exitCode: 0, result: { image: { name: 'noble#2?' } } });
  });

  test.each([
    [['--property', 'visibility=public'], 'a field of Glance itself'],
    [['--property', 'owner=x'], 'a field of Glance itself'],
    [['--property', 'os_glance_x=1'], 'a field of Glance itself'],
    [['--name', ' '], '--name: say which'],
  ])('%j is refused before anything is begun', async (options, why) => {
    const ran = await program.run(['image', 'upload', await file('plain2.img'), ...options]);
    expect(ran).toMatchObject({ exitCode: 2, stderr: expect.stringContaining(why) });
  });

  test('a public one that the policy forbids is a clear error, before the content is sent', async () => {
    const ran = await program.run(['image', 'upload', await file('p.img'), '--public', '--cloud', 'practice-member']);
    expect(ran.exitCode).toBe(1);
    expect(ran.stderr).toContain("the cloud's policy forbids this user public images");
    expect(ran.stderr).toContain('upload it without --public');
  });

  test('too large for the cloud, another content stored, changed under the upload: named, and nothing is left', async () => {
    await cloud.control('PATCH', '/settings', { imageSizeCap: 1_000_000 });
    expect(await upload(await file('large.img'))).toMatchObject({
      exitCode: 1,
      failure: {
        type: 'CloudQuotaExceeded',
        message: expect.stringContaining('image is too large'),
        remedy: expect.stringContaining('image_size_cap'),
      },
    });
    await cloud.control('PATCH', '/settings', { imageSizeCap: 2 ** 40 });
    await cloud.faults({ match: 'PUT .*/file', corrupt: true });
    expect(await upload(await file('torn.img'))).toMatchObject({ exitCode: 1, failure: { type: 'ImageNotAsSent' } });
    await cloud.faults({ match: 'PUT .*/file', pace: 8_000_000 });
    // More than is on its way at once.
    const path = await file('changing.img', Buffer.alloc(32_000_000));
    const id = await program.begin('image', 'upload', path);
    await until('it is sent', async () => (await cloud.control<number[]>('GET', '/faults'))[0] === 1);
    await writeFile(path, randomBytes(bytes.length));
    await expect(program.temporal.client.workflow.getHandle(id).result()).rejects.toMatchObject({
      cause: { type: 'ImageFileChanged' },
    });
    for (const name of ['large', 'torn', 'changing']) expect(await images(name)).toEqual([]);
  });

  test('cancelled under way it leaves nothing, and the file is read no more', async () => {
    await cloud.faults({ match: 'PUT .*/file', pace: 300_000 });
    const id = await program.begin('image', 'upload', await file('cancelled.img'));
    await until('it is sent', async () => (await cloud.control<number[]>('GET', '/faults'))[0] === 1);
    expect(await program.json('operation', 'cancel', id, '--wait')).toMatchObject({ exitCode: 0 });
    expect(await images('cancelled')).toEqual([]);
    expect(await effects('cancelled')).toEqual(['create image', 'delete image']);
  });

  test('two of one name and content at once: the second waits, and recognises it', async () => {
    await cloud.faults({ match: 'PUT .*/file', pace: 3_000_000 });
    const path = await file('twice.img');
    const [first, second] = await Promise.all([upload(path), upload(path)]);
    expect([first.result?.sent, second.result?.sent].sort()).toEqual([false, true]);
    expect(await images('twice')).toHaveLength(1);
  });

  test('a file of a host, named as scp names it, is streamed', async () => {
    const ended = await upload(`local:${await file('hosted.img')}`);
    expect(ended).toMatchObject({ exitCode: 0, result: { image: { hash: { value: sha512(bytes) } } } });
    expect(await program.run(['image', 'upload', 'local:relative.img'])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('by its whole path'),
    });
  });

  test('--convert makes another format of it first, where the file is, and removes that again', async () => {
    const raw = Buffer.alloc(2 * 1024 * 1024, randomBytes(4096));
    const source = await file('source.raw', raw);
    const qemu = (...args: string[]) => execFileSync('qemu-img', args, { cwd: program.directory, stdio: 'ignore' });
    qemu('convert', '-O', 'qcow2', 'source.raw', 'packed.qcow2');
    const scratch = join(program.directory, 'scratch');
    await mkdir(scratch);
    const packed = join(program.directory, 'packed.qcow2');
    for (const path of [packed, `local:${packed}`]) {
      const ended = await upload(path, '--convert', 'raw', '--scratch', scratch, '--force');
      expect(ended).toMatchObject({
        exitCode: 0,
        result: { image: { diskFormat: 'raw', size: raw.length, hash: { value: sha512(raw) } } },
      });
      expect(await readdir(scratch)).toEqual([]);
    }
    expect(await upload(packed, '--convert', 'raw', '--scratch', scratch)).toMatchObject({ result: { sent: false } });
    expect(await upload(source, '--convert', 'raw')).toMatchObject({ exitCode: 0, result: { sent: true } });
    const nowhere = await upload(packed, '--convert', 'raw', '--scratch', '/nowhere', '--name', 'other');
    expect(nowhere).toMatchObject({ exitCode: 1, failure: { type: 'ScratchUnusable' } });
    expect(await images('other')).toEqual([]);
    expect((await readdir(program.directory)).filter((name) => name.startsWith('.stackhand'))).toEqual([]);
  });

  test('a converted file that can not be removed is told, and is no failure of the upload', async () => {
    const source = await file('kept.raw', Buffer.alloc(1024 * 1024, randomBytes(4096)));
    const scratch = join(program.directory, 'kept-scratch');
    await mkdir(scratch);
    await cloud.faults({ match: 'PATCH .*/images/', times: 1, delay: 4000 });
    const id = await program.begin(
      'image',
      'upload',
      source,
      '--convert',
      'qcow2',
      '--scratch',
      scratch,
      '--protected',
    );
    await until('it is being protected', used, 30);
    const [converted = ''] = await readdir(scratch);
    await rename(join(scratch, converted), join(scratch, 'other'));
    await mkdir(join(scratch, converted));
    await cloud.faults();
    const told = expect.stringMatching(new RegExp(`${converted} was left on .*: .*can't be removed`));
    expect(await report(id)).toMatchObject({ outcome: 'partial', summary: told });
    expect(await images('kept')).toMatchObject([{ status: 'active', protected: true }]);
  });

  test('cancelled while it is protected it is deleted all the same; while others are set aside it stays', async () => {
    await upload(await file('late.img', 'before'));
    const later = await file('late.img');
    await cloud.faults({ match: 'PATCH .*/images/', times: 1, drop: 'after', delay: 2000 });
    const protecting = await program.begin('image', 'upload', later, '--protected', '--replace');
    await until('it is being protected', used, 30);
    await program.run(['operation', 'cancel', protecting]);
    await expect(report(protecting)).rejects.toThrow();
    expect(await images('late')).toMatchObject([{ name: 'late', size: 6 }]);

    await cloud.faults({ match: 'PATCH .*/images/', times: 1, delay: 2000 });
    const replacing = await program.begin('image', 'upload', later, '--replace');
    await until('the one before is set aside', used, 30);
    await program.run(['operation', 'cancel', replacing]);
    expect(await report(replacing)).toMatchObject({ result: { replaced: [expect.anything()] } });
    expect(new Set((await images('late')).map(({ size }) => size))).toEqual(new Set([6, bytes.length]));
  });

  test('on a terminal without a path it asks for it, and for the name', async () => {
    const asked: string[] = [];
    const path = await file('asked.img');
    const ran = await program.run(['image', 'upload'], { asked, answers: [path, ''] });
    expect(asked).toEqual([expect.stringContaining('HOST:PATH'), 'Name [asked]:']);
    expect(ran.exitCode).toBe(0);
    expect(await images('asked')).toHaveLength(1);
  });

  describe('from the web', () => {
    let close = (): void => undefined;
    afterEach(() => close());

    /** A web server with one file; `refuse` says to whom it gives nothing. */
    const serve = async (refuse: RequestListener = () => undefined): Promise<string> => {
      const server = createServer((request, response) => {
        refuse(request, response);
        if (response.writableEnded) return;
        const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
        const part = range === null ? bytes : bytes.subarray(Number(range[1]), Number(range[2]) + 1);
        response.writeHead(range === null ? 200 : 206, {
          'content-length': part.length,
          etag: '"one"',
          ...(range === null
            ? {}
            : { 'content-range': `bytes ${range[1] ?? ''}-${range[2] ?? ''}/${String(bytes.length)}` }),
        });
        response.end(part);
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      close = () => {
        server.close();
        server.closeAllConnections();
      };
      return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
    };

    test('Glance fetches it by itself where it can', async () => {
      const ended = await upload(`${await serve()}/images/web.img?signed=1`);
      expect(ended).toMatchObject({
        exitCode: 0,
        summary: expect.stringContaining('as Glance fetched it'),
        result: { image: { name: 'web', size: bytes.length, hash: { value: sha512(bytes) } } },
      });
      expect(ended.items.map(({ action }) => action)).toContain('Have Glance fetch the content');
      expect(JSON.stringify(ended)).not.toContain('signed');
    });

    test('where it can not, the worker streams it', async () => {
      const url = await serve(({ headers }, response) => {
        if (headers['user-agent'] === 'stackhand') return;
        response.writeHead(403).end();
      });
      const ended = await upload(`${url}/streamed.img`);
      expect(ended).toMatchObject({
        exitCode: 0,
        summary: expect.stringContaining('as sent'),
        result: { image: { hash: { value: sha512(bytes) } } },
      });
      const fetching = ended.items.find(({ action }) => action.startsWith('Have Glance'));
      expect(fetching?.why).toContain('403');
    });

    test('what a server without parts sends is looked at from its beginning, and the rest is told as unseen', async () => {
      execFileSync('qemu-img', ['create', '-f', 'qcow2', 'b.qcow2', '16M'], {
        cwd: program.directory,
        stdio: 'ignore',
      });
      const args = ['create', '-f', 'qcow2', '-b', 'b.qcow2', '-F', 'qcow2', 'o.qcow2'];
      execFileSync('qemu-img', args, { cwd: program.directory, stdio: 'ignore' });
      const contents = {
        '/b.qcow2': await readFile(join(program.directory, 'b.qcow2')),
        '/o.qcow2': await readFile(join(program.directory, 'o.qcow2')),
      };
      const url = await serve(({ url: at = '' }, response) => {
        const content = contents[at as keyof typeof contents];
        response.writeHead(200, { 'content-length': content.length }).end(content);
      });
      const whole = await upload(`${url}/b.qcow2`);
      expect(whole).toMatchObject({ exitCode: 0, result: { image: { diskFormat: 'qcow2' } } });
      expect(whole.items[0]?.why).toContain('whether it is whole can not be seen');
      expect(await upload(`${url}/o.qcow2`)).toMatchObject({ exitCode: 1, failure: { type: 'ImageRefused' } });
    });

    test('where Glance makes something else of it on its way, it is sent from here', async () => {
      let asked = 0;
      const url = await serve(({ headers }, response) => {
        if (headers['user-agent'] === 'stackhand') return;
        asked += 1;
        response.writeHead(200, { 'content-length': 4 }).end('else');
      });
      const ended = await upload(`${url}/converted.img`);
      expect(asked).toBe(1);
      expect(ended).toMatchObject({ exitCode: 0, result: { image: { hash: { value: sha512(bytes) } } } });
      expect(await images('converted')).toHaveLength(1);
    });

    test('redirects are followed, but to no other scheme and not for ever', async () => {
      const url = await serve(({ url: at = '', headers }, response) => {
        const to: Record<string, string> = {
          '/one.img': '/two.img',
          '/loop.img': '/loop.img',
          '/file.img': 'file:///etc/passwd',
        };
        const location = to[at];
        if (location !== undefined) response.writeHead(302, { location }).end();
        else if (headers['user-agent'] !== 'stackhand') response.writeHead(403).end();
      });
      expect(await upload(`${url}/one.img`)).toMatchObject({ exitCode: 0, result: { image: { name: 'one' } } });
      for (const [name, why] of [
        ['loop', 'sent on more than 5 times'],
        ['file', 'which is not followed'],
      ] as const)
        expect(await upload(`${url}/${name}.img`)).toMatchObject({
          exitCode: 1,
          failure: { type: 'ImageFileUnusable', message: expect.stringContaining(why) },
        });
    });

    test('an address that gives nothing is refused before anything is made; so is a password in it', async () => {
      const url = await serve((_request, response) => void response.writeHead(404).end());
      expect(await upload(`${url}/missing.img`)).toMatchObject({
        exitCode: 1,
        failure: { type: 'ImageFileUnusable', message: expect.stringContaining('404') },
      });
      expect(await images('missing')).toEqual([]);
      const ran = await program.run(['image', 'upload', 'https://me:secret@example.com/x.img']);
      expect(ran).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('would be kept') });
    });
  });
});
